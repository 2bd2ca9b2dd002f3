"""Speech engines that do what a test says, and a line that only writes down."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import numpy as np
import numpy.typing as npt

from backend.conversation.hearing.voice_activity import Windows
from backend.kernel.audio import RATE_HZ, Sound, WordEnd
from backend.kernel.errors import TooLarge, Unavailable
from backend.kernel.speech import Transcript, Utterance
from backend.llm import Payer

LETTER_MS = 50


class LoudnessDetector:
    """Takes whatever is loud for a voice; its memory counts the windows of an ear."""

    name = "loudness"

    def __init__(self) -> None:
        self.rounds: list[int] = []
        self.is_broken = False
        self.failures_left = 0  # runs that fail as an engine fails

    async def warm(self) -> None:
        pass

    def fresh(self) -> npt.NDArray[np.float32]:
        return np.zeros(1, np.float32)

    def judge(
        self, windows: Windows, memories: Sequence[npt.NDArray[np.float32]]
    ) -> tuple[Sequence[float], Sequence[npt.NDArray[np.float32]]]:
        if self.is_broken:
            raise RuntimeError("broken")
        if self.failures_left:
            self.failures_left -= 1
            raise Unavailable("failed")
        self.rounds.append(len(windows))
        levels = np.abs(windows).mean(axis=1)
        return [0.9 if level > 0.02 else 0.05 for level in levels], [m + 1 for m in memories]


class ScriptedTranscriber:
    """Hears what it was told to hear, in whatever is not silent."""

    name = "scripted"
    is_idle = True

    def __init__(self, text: str) -> None:
        self.text = text

    async def warm(self) -> None:
        pass

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
        payer: Payer | None = None,
    ) -> Transcript:
        is_silent = not np.frombuffer(utterance.pcm, "<i2").any()
        return Transcript("" if is_silent else self.text, 0.0 if is_silent else 1.0, self.name)


class HummingVoice:
    """Hums for as long as the text would take, in pieces; fails after so many when told to."""

    def __init__(self, name: str = "humming", *, rate_hz: int = RATE_HZ) -> None:
        self.name, self.rate_hz = name, rate_hz
        self.spoken: list[str] = []
        self.stopped: list[str] = []
        self.pieces_until_failure: int | None = None
        self.letters_max: int | None = None
        self.is_mute = self.is_closed = False

    async def warm(self) -> None:
        if self.pieces_until_failure == 0:
            raise Unavailable("no voice")

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        if self.letters_max is not None and len(text) > self.letters_max:
            raise TooLarge("too long")
        self.spoken.append(text)
        if self.is_mute:
            return
        piece = (np.ones(self.rate_hz // 10) * 3000).astype("<i2").tobytes()
        is_over = False
        try:
            for number in range(max(1, len(text) * LETTER_MS // 100)):
                if number == self.pieces_until_failure:
                    raise Unavailable("the voice broke")
                yield Sound(piece, self.rate_hz)
            is_over = True
        finally:
            if not is_over:
                self.stopped.append(text)

    async def close(self) -> None:
        self.is_closed = True


class TimedVoice(HummingVoice):
    """Hums each word for as long as it is written, and tells its end."""

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        self.spoken.append(text)
        for number, word in enumerate(text.split()):
            if number == self.pieces_until_failure:
                raise Unavailable("the voice broke")
            duration_ms = len(word) * LETTER_MS
            pcm = (np.ones(duration_ms * self.rate_hz // 1000) * 3000).astype("<i2").tobytes()
            yield Sound(pcm, self.rate_hz, (WordEnd(word, duration_ms),))


class SlowVoice(HummingVoice):
    """Keeps one waiting for its first sound."""

    def __init__(self, *, first_s: float) -> None:
        super().__init__("slow")
        self._first_s = first_s

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        is_over = False
        try:
            await asyncio.sleep(self._first_s)  # noqa: TID251 -- patience runs on the loop's time
            async for sound in super().speak(text):
                yield sound
            is_over = True
        finally:
            if not is_over:
                self.stopped.append(text)


class WrittenLine:
    """A line that hears nothing and remembers what was done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.marks: list[str] = []
        self.pcm = b""

    @property
    def sent_ms(self) -> int:
        return len(self.pcm) // (RATE_HZ * 2 // 1000)

    async def play(self, pcm: bytes) -> None:
        self.pcm += pcm
        self.done.append("play")

    async def mark(self, name: str) -> None:
        self.marks.append(name)
        self.done.append("mark")

    async def clear(self) -> None:
        self.pcm = b""
        self.done.append("clear")
