"""Ears, transcripts and voices that do what a test says."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from backend.kernel.audio import Frame, Sound
from backend.kernel.errors import Unavailable
from backend.kernel.speech import Transcript, Utterance
from backend.llm import Payer


class FakeEar:
    """Hears a voice in everything that is not silent."""

    async def listen(self, frame: Frame) -> float:
        return 1.0 if any(frame.pcm) else 0.0

    def hears_nothing(self, frame: Frame) -> bool:
        return not any(frame.pcm)

    def close(self) -> None:
        pass


class FakeActivity:
    """Opens ears."""

    async def warm(self) -> None:
        pass

    def open(self) -> FakeEar:
        return FakeEar()


class FakeTranscriber:
    """Hears what it was told, in order; the same utterance twice is the same words."""

    name = "fake"
    is_idle = True

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.hints: list[tuple[str, ...]] = []
        self.is_away = self.is_unsure = False
        self._last: tuple[int, str] = (-1, "")  # where it began, what it was

    async def warm(self) -> None:
        pass

    def forget(self) -> None:
        """Hear something else in what goes on."""
        self._last = (-1, "")

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
        payer: Payer | None = None,
    ) -> Transcript:
        self.hints.append(tuple(hints))
        if self.is_away:
            raise Unavailable
        if self._last[0] != utterance.started_ms:
            self._last = (utterance.started_ms, self.texts.pop(0) if self.texts else "")
        return Transcript(self._last[1], 1.0, self.name, is_unsure=self.is_unsure)


class FakeWitness:
    """Says of everything that it is as likely the end as it was told."""

    name = "fake"

    def __init__(self, likely: float = 0.9) -> None:
        self.likely, self.asked, self.is_away = likely, 0, False
        self.may_speak = asyncio.Event()
        self.may_speak.set()

    async def warm(self) -> None:
        pass

    async def ending(self, utterance: Utterance) -> float:
        self.asked += 1
        await self.may_speak.wait()
        if self.is_away:
            raise Unavailable
        return self.likely


class FakeVoice:
    """Says every phrase as a tone of the same length, and keeps what it was given."""

    name = "fake"

    def __init__(self, *, phrase_ms: int = 120) -> None:
        self.phrase_ms = phrase_ms
        self.spoken: list[str] = []
        self.is_away = False

    async def warm(self) -> None:
        pass

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        if self.is_away:
            raise Unavailable
        self.spoken.append(text)
        yield Sound(b"\x00\x10\x00\xf0" * (8 * self.phrase_ms), 16_000)

    async def close(self) -> None:
        pass
