"""A spoken conversation over the app's socket: a file or the microphone speaks."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from backend.cli.late import load
from backend.cli.lines import line_lost
from backend.cli.live import (
    MESSAGE_BYTES_MAX,
    PATH,
    hello,
    message,
    microphone_frame,
    speech_of,
    understand,
)
from backend.cli.output import show_lines
from backend.cli.player import Player
from backend.cli.wav_pair import write_stereo
from backend.conversation.sound import read_wav
from backend.kernel.audio import FRAME_BYTES, FRAME_MS, RATE_HZ, Sound
from backend.kernel.clock import Clock
from backend.kernel.errors import Unavailable
from backend.platform.clock import SystemClock

TICK_S = FRAME_MS / 1000
SILENCE = bytes(FRAME_BYTES)
BYTES_PER_S = RATE_HZ * 2
GREETING_S_MAX = 5.0
PAUSE_S = 0.4  # between the greeting and our first word
QUIET_S = 2.0  # after the last word of both: the conversation of a file is over
ANSWER_S_MAX = 60.0
OPEN_S_MAX = 20.0


class Source(Protocol):
    """Where our side's sound comes from, a frame every 20 ms."""

    @property
    def is_empty(self) -> bool:
        """Say whether nothing more will come but silence."""
        ...

    def begin(self) -> None:
        """Speak from now on: the greeting has been heard."""
        ...

    def frames(self) -> AsyncIterator[bytes]:
        """Give a frame each time that one is due."""
        ...


class WavSource:
    """A file that speaks at the pace of speech, and is silent before and after."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._pcm, self._clock = read_wav(path).pcm, clock
        self._has_begun = self.is_empty = False

    def begin(self) -> None:
        """Let the file speak from the next frame on."""
        self._has_begun = True

    async def frames(self) -> AsyncIterator[bytes]:
        """Give the file's frames between two silences, for as long as somebody takes them."""
        due, at = self._clock.monotonic(), 0
        while True:
            if self._has_begun and not self.is_empty:
                yield self._pcm[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")
                at += FRAME_BYTES
                self.is_empty = at >= len(self._pcm)
            else:
                yield SILENCE
            due += TICK_S
            await self._clock.sleep(max(0.0, due - self._clock.monotonic()))


class Talk:
    """One spoken conversation, seen from our side."""

    def __init__(
        self, connection: ClientConnection, *, clock: Clock, source: Source,
        listen: Callable[[bytes], None], show: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._connection, self._clock, self._source = connection, clock, source
        self._listen, self._show = listen, show
        self._marks: deque[tuple[float, str]] = deque()
        self._heard_until = self._last_event = clock.monotonic()
        self._is_answer_awaited = False
        self._is_over = False
        self._started = clock.monotonic()
        self.conversation_id = ""
        self.turns: list[dict[str, Any]] = []  # JSON, as the instance told them
        self.spoken, self.heard = bytearray(), bytearray()

    async def hold(self) -> None:
        """Speak and listen until the file is answered, or somebody hangs up."""
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._receive())
            try:
                await self._speak()
                await self._connection.send(message("bye"))
            except ConnectionClosed:
                self._is_over = True
            await self._connection.close()
            await listening

    async def _speak(self) -> None:
        sequence = 0
        async for frame in self._source.frames():
            if self._is_over or self._is_finished():
                return
            if self._is_greeted():
                self._source.begin()
            self.spoken += frame
            await self._connection.send(microphone_frame(frame, sequence))
            sequence += 1
            now = self._clock.monotonic()
            while self._marks and self._marks[0][0] <= now:
                await self._connection.send(message("mark", name=self._marks.popleft()[1]))

    def _is_greeted(self) -> bool:
        """Say whether the greeting has been heard out, or none comes: people wait for it too."""
        now = self._clock.monotonic()
        if self.heard:
            return now > self._heard_until + PAUSE_S
        return bool(self.conversation_id) and now - self._last_event > GREETING_S_MAX

    def _is_finished(self) -> bool:
        if not self._source.is_empty:
            return False
        now = self._clock.monotonic()
        if now - self._last_event > ANSWER_S_MAX:
            raise Unavailable("No answer came.", cure="ringback doctor")
        if self._is_answer_awaited or not self.turns:
            return False
        return now - max(self._last_event, self._heard_until) > QUIET_S

    async def _receive(self) -> None:
        try:
            async for payload in self._connection:
                if isinstance(payload, bytes):
                    self._hear(speech_of(payload))
                else:
                    self._take(dict(understand(payload)))
        except ConnectionClosed:
            pass  # the end of the conversation, whoever hung up
        finally:
            self._is_over = True

    def _hear(self, pcm: bytes) -> None:
        now = self._clock.monotonic()
        begins = max(now, self._heard_until)
        at = round((begins - self._started) * RATE_HZ) * 2
        self.heard.extend(bytes(max(0, at - len(self.heard))))
        self.heard += pcm
        self._heard_until = begins + len(pcm) / BYTES_PER_S
        self._listen(pcm)

    def _take(self, told: dict[str, Any]) -> None:
        self._last_event = self._clock.monotonic()
        kind = told["type"]
        if kind == "welcome":
            self.conversation_id = str(told["conversation_id"])
        elif kind == "voice_started":
            self._is_answer_awaited = True
        elif kind == "heard":
            self._show(f"You       {told['text']}")
        elif kind == "said":
            self._show(f"Ringback  {told['text']}")
        elif kind == "turn_ended":
            self._is_answer_awaited = False
            self.turns.append({key: told[key] for key in ("heard", "said", "sources")})
        elif kind == "mark":
            self._marks.append((self._heard_until, str(told["name"])))
        elif kind == "clear":
            self._clear()

    def _clear(self) -> None:
        """Drop what has not been heard yet; its marks are due at once."""
        now = self._clock.monotonic()
        del self.heard[max(0, round((now - self._started) * RATE_HZ) * 2) :]
        self._heard_until = min(self._heard_until, now)
        self._marks = deque((now, name) for _, name in self._marks)


async def converse(
    url: str, token: str, *, wav: Path | None, out: Path | None, play: bool
) -> dict[str, Any]:
    """Hold a spoken conversation and return what was said in it."""
    clock = SystemClock()
    with ExitStack() as stack:
        source: Source
        if wav is not None:
            source, listen = WavSource(wav, clock), _nobody
            if play:
                player = Player()
                stack.callback(player.close)
                listen = player.play
        else:
            microphone = stack.enter_context(load("microphone")())
            source, listen = microphone, microphone.play
        show = _quiet if wav is not None else _aloud
        try:
            async with connect(
                url + PATH, max_size=MESSAGE_BYTES_MAX, open_timeout=OPEN_S_MAX, proxy=None
            ) as connection:
                await connection.send(hello(token, "voice"))
                talk = Talk(connection, clock=clock, source=source, listen=listen, show=show)
                await talk.hold()
        except (OSError, TimeoutError, WebSocketException) as failure:
            raise line_lost(failure) from failure
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
    if wav is not None and not talk.turns:
        raise Unavailable("Nothing was understood.", cure="ringback doctor")
    if out is not None:
        write_stereo(out, Sound(bytes(talk.spoken)), Sound(bytes(talk.heard)))
    return {
        "conversation_id": talk.conversation_id,
        "turns": talk.turns,
        "out": None if out is None else str(out),
    }


def _nobody(pcm: bytes) -> None:
    """Hear nothing."""


def _quiet(line: str) -> None:
    """Show nothing: a file's conversation is shown as a whole."""


def _aloud(line: str) -> None:
    show_lines([line])
