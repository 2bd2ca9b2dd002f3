"""LiveKit's AgentSession behind Twilio's media stream, in one process, with the race's dummies.

Not LiveKit's own deployment, which is a process for each call behind WebRTC: the agent's pipeline
alone. Run by the peers' interpreter: `python livekit_bot.py PORT CLIPS_FOLDER`.
"""

import asyncio
import audioop
import base64
import json
import logging
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any

import clips
import uvicorn
from fastapi import FastAPI, WebSocket
from livekit import rtc
from livekit.agents import Agent, AgentSession, llm, stt, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.voice.io import AudioInput, AudioOutput, AudioOutputCapabilities
from livekit.plugins import silero

HEARD = "Tell me something about the sea, please."
START_S = STOP_S = 0.2
RATE_HZ = clips.RATE_HZ


class DummyLLM(llm.LLM):
    """Gives the reply word by word."""

    def __init__(self, words: list[str]) -> None:
        super().__init__()
        self.words = words

    def chat(
        self,
        *,
        chat_ctx: Any,
        tools: Any = None,
        conn_options: Any = DEFAULT_API_CONNECT_OPTIONS,
        **_: Any,
    ) -> Any:
        """Begin a reply."""
        return _Words(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class _Words(llm.LLMStream):
    async def _run(self) -> None:
        for word in self._llm.words:
            delta = llm.ChoiceDelta(role="assistant", content=word)
            self._event_ch.send_nowait(llm.ChatChunk(id="x", delta=delta))


class DummyTTS(tts.TTS):
    """Gives prerecorded sound."""

    def __init__(self, sounds: Mapping[str, bytes]) -> None:
        capabilities = tts.TTSCapabilities(streaming=False)
        super().__init__(capabilities=capabilities, sample_rate=RATE_HZ, num_channels=1)
        self.sounds = sounds

    def synthesize(self, text: str, *, conn_options: Any = DEFAULT_API_CONNECT_OPTIONS) -> Any:
        """Begin a phrase."""
        return _Sounds(tts=self, input_text=text, conn_options=conn_options)


class _Sounds(tts.ChunkedStream):
    async def _run(self, emitter: Any) -> None:
        emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=RATE_HZ,
            num_channels=1,
            mime_type="audio/pcm",
        )
        known, text = self._tts.sounds, self._input_text.strip()
        audio = known.get(text) or b"".join(known[each] for each in known if each in text)
        for start in range(0, len(audio), RATE_HZ):
            emitter.push(audio[start : start + RATE_HZ])
        emitter.flush()


class DummySTT(stt.STT):
    """Is never asked: the bot's node gives the fixed words."""

    def __init__(self) -> None:
        capabilities = stt.STTCapabilities(streaming=True, interim_results=False)
        super().__init__(capabilities=capabilities)

    async def _recognize_impl(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


class Ear(AudioInput):
    """What the caller says."""

    def __init__(self) -> None:
        super().__init__(label="twilio")
        self._frames = utils.aio.Chan()

    async def __anext__(self) -> Any:
        return await self._frames.__anext__()

    def push(self, ulaw: bytes) -> None:
        """Take a frame off the wire."""
        pcm = audioop.ulaw2lin(ulaw, 2)
        frame = rtc.AudioFrame(
            data=pcm, sample_rate=RATE_HZ, num_channels=1, samples_per_channel=len(ulaw)
        )
        self._frames.send_nowait(frame)


class Mouth(AudioOutput):
    """What the caller hears."""

    def __init__(self, send: Callable[[str], None]) -> None:
        capabilities = AudioOutputCapabilities(pause=False)
        super().__init__(label="twilio", capabilities=capabilities, sample_rate=RATE_HZ)
        self._send = send
        self.stream_sid = ""
        self._began: float | None = None
        self._pushed_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def capture_frame(self, frame: Any) -> None:
        """Send a piece of sound."""
        await super().capture_frame(frame)
        if self._began is None:
            self._began = time.time()
            self.on_playback_started(created_at=self._began)
        self._pushed_s += frame.duration
        payload = base64.b64encode(audioop.lin2ulaw(bytes(frame.data), 2)).decode()
        self._tell("media", f',"media":{{"payload":"{payload}"}}')

    def flush(self) -> None:
        """Say when all of it will have been heard."""
        super().flush()
        if self._began is None:
            return
        pushed_s = self._pushed_s
        left_s = self._began + pushed_s - time.time()

        def done() -> None:
            self._reset()
            self.on_playback_finished(playback_position=pushed_s, interrupted=False)

        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(max(0.0, left_s), done)

    def clear_buffer(self) -> None:
        """Fall silent."""
        self._tell("clear", "")
        if self._began is None:
            return
        heard_s = min(time.time() - self._began, self._pushed_s)
        self._reset()
        self.on_playback_finished(playback_position=heard_s, interrupted=True)

    def _tell(self, event: str, more: str) -> None:
        self._send(f'{{"event":"{event}","streamSid":"{self.stream_sid}"{more}}}')

    def _reset(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._began, self._pushed_s = None, None, 0.0


class Bot(Agent):
    """The agent of one call."""

    def __init__(self) -> None:
        super().__init__(instructions="You are helpful.")
        self.heard = utils.aio.Chan()

    async def stt_node(self, audio: Any, model_settings: Any) -> AsyncGenerator[Any, None]:
        """Give the fixed words whenever a turn has ended."""
        del model_settings

        async def drain() -> None:
            async for _ in audio:
                pass

        draining = asyncio.create_task(drain())
        try:
            async for text in self.heard:
                said = stt.SpeechData(text=text, language="en")
                kind = stt.SpeechEventType.FINAL_TRANSCRIPT
                yield stt.SpeechEvent(type=kind, alternatives=[said])
        finally:
            draining.cancel()


def application(sounds: Mapping[str, bytes]) -> FastAPI:
    """Return the bot: one session for each call."""
    app = FastAPI()
    words = " ".join(sounds).split(" ")
    tokens = [word if index == 0 else f" {word}" for index, word in enumerate(words)]
    detector = silero.VAD.load(
        min_speech_duration=0.05,
        min_silence_duration=STOP_S,
        activation_threshold=0.7,
        sample_rate=RATE_HZ,
    )

    @app.websocket("/ws")
    async def answer(websocket: WebSocket) -> None:
        await websocket.accept()
        waiting: asyncio.Queue[str] = asyncio.Queue()

        async def write() -> None:
            while True:
                await websocket.send_text(await waiting.get())

        writing = asyncio.create_task(write())
        ear, mouth, bot = Ear(), Mouth(waiting.put_nowait), Bot()
        session = _session(detector, DummyLLM(tokens), DummyTTS(sounds))

        @session.on("user_state_changed")
        def follow(change: Any) -> None:
            if (change.old_state, change.new_state) == ("speaking", "listening"):
                bot.heard.send_nowait(HEARD)

        try:
            while (raw := await websocket.receive())["type"] != "websocket.disconnect":
                message = json.loads(raw["text"])
                if message["event"] == "media":
                    ear.push(base64.b64decode(message["media"]["payload"]))
                elif message["event"] == "start":
                    mouth.stream_sid = message["streamSid"]
                    session.input.audio, session.output.audio = ear, mouth
                    await session.start(bot)
                    session.generate_reply(user_input="hello")
        finally:
            writing.cancel()
            await session.aclose()

    return app


def _session(detector: Any, mind: DummyLLM, voice: DummyTTS) -> Any:
    turns = {
        "turn_detection": "vad",
        "endpointing": {"min_delay": 0.0, "max_delay": 0.1},
        "interruption": {
            "mode": "vad",
            "min_duration": START_S,
            "resume_false_interruption": False,
        },
    }
    return AgentSession(
        stt=DummySTT(),
        llm=mind,
        tts=voice,
        vad=detector,
        turn_handling=turns,
        aec_warmup_duration=None,
        user_away_timeout=None,
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    uvicorn.run(
        application(clips.read(Path(sys.argv[2]))),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        ws_per_message_deflate=False,
    )
