"""Pipecat behind Twilio's media stream, as its own examples build it, with the race's dummies.

Run by the peers' interpreter: `python pipecat_bot.py PORT CLIPS_FOLDER`.
"""

import sys
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import clips
import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import (
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMRunFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

HEARD = "Tell me something about the sea, please."
STOP_S = 0.2
CHUNK_BYTES = clips.RATE_HZ  # half a second
NOTHING = {
    **dict.fromkeys(("system_instruction", "temperature", "max_tokens", "top_p", "top_k")),
    **dict.fromkeys(("frequency_penalty", "presence_penalty", "seed")),
    "user_turn_completion_config": None,
}


class DummySTT(SegmentedSTTService):
    """Hears the same words in everything."""

    def __init__(self) -> None:
        super().__init__(ttfs_p99_latency=0.0, settings=STTSettings(model="dummy", language=None))

    @property
    def wants_wav_segments(self) -> bool:
        """Spare it the making of WAV files."""
        return False

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Any, None]:
        """Give the fixed words."""
        del audio
        yield TranscriptionFrame(HEARD, "", time_now_iso8601())


class DummyLLM(LLMService):
    """Gives the reply word by word."""

    def __init__(self, words: list[str]) -> None:
        settings = LLMSettings(model="dummy", filter_incomplete_user_turns=False, **NOTHING)
        super().__init__(settings=settings)
        self._words = words

    async def process_frame(self, frame: Any, direction: Any) -> None:
        """Answer a context; pass on all else."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        for word in self._words:
            await self._push_llm_text(word)
        await self.push_frame(LLMFullResponseEndFrame())


class DummyTTS(TTSService):
    """Gives prerecorded sound."""

    def __init__(self, sounds: Mapping[str, bytes]) -> None:
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            sample_rate=None,
            settings=TTSSettings(model="dummy", voice="dummy", language=None),
        )
        self._sounds = sounds

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Any, None]:
        """Give a sentence's sound at once."""
        audio = self._sounds.get(text.strip()) or next(iter(self._sounds.values()))
        for start in range(0, len(audio), CHUNK_BYTES):
            piece = audio[start : start + CHUNK_BYTES]
            yield TTSAudioRawFrame(piece, clips.RATE_HZ, 1, context_id=context_id)


def application(sounds: Mapping[str, bytes]) -> FastAPI:
    """Return the bot: one pipeline for each call."""
    app = FastAPI()
    words = " ".join(sounds).split(" ")
    tokens = [word if index == 0 else f" {word}" for index, word in enumerate(words)]

    @app.websocket("/ws")
    async def answer(websocket: WebSocket) -> None:
        await websocket.accept()
        _, call = await parse_telephony_websocket(websocket)
        transport = FastAPIWebsocketTransport(websocket, _transport_params(call))
        context = LLMContext([{"role": "system", "content": "You are helpful."}])
        stop = SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.0)
        user, assistant = LLMContextAggregatorPair(
            context,
            user_params=LLMUserAggregatorParams(
                vad_analyzer=SileroVADAnalyzer(params=VADParams(stop_secs=STOP_S)),
                user_turn_strategies=UserTurnStrategies(stop=[stop]),
            ),
        )
        stages = [DummySTT(), user, DummyLLM(tokens), DummyTTS(sounds)]
        worker = PipelineWorker(
            Pipeline([transport.input(), *stages, transport.output(), assistant]),
            params=PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000),
        )
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)

        @transport.event_handler("on_client_connected")
        async def greet(*_: Any) -> None:
            await worker.queue_frames([LLMRunFrame()])

        @transport.event_handler("on_client_disconnected")
        async def leave(*_: Any) -> None:
            await runner.cancel()

        await runner.run()

    return app


def _transport_params(call: Mapping[str, str]) -> FastAPIWebsocketParams:
    serializer = TwilioFrameSerializer(
        stream_sid=call["stream_id"],
        call_sid=call["call_id"],
        params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
    )
    return FastAPIWebsocketParams(
        audio_in_enabled=True, audio_out_enabled=True, add_wav_header=False, serializer=serializer
    )


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    uvicorn.run(
        application(clips.read(Path(sys.argv[2]))),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        log_level="warning",
        access_log=False,
        ws_per_message_deflate=False,
    )
