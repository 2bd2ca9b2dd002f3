"""Several voices in order: when one fails in the middle of a reply, the next one goes on."""

import contextlib
import re
from collections.abc import AsyncGenerator, Callable, Sequence

from backend.conversation.speaking.speakable import speakable
from backend.conversation.speaking.voice import Voice
from backend.kernel.audio import Sound
from backend.kernel.clock import Clock
from backend.kernel.errors import NotConfigured, RingbackError, Unavailable

# A voice that failed is left alone for a while, each time twice as long.
REST_S_MIN = 2.0
REST_S_MAX = 60.0
SENTENCE_END = re.compile(r"(?<=[.!?…;:])\s+")


class VoiceLevels:
    """A voice made of voices, best first; it makes text speakable for all of them."""

    def __init__(
        self,
        levels: Sequence[Voice],
        *,
        clock: Clock,
        on_failure: Callable[[str, str], None] = lambda _voice, _reason: None,
    ) -> None:
        if not levels:
            raise NotConfigured("There is no voice.", cure="pip install 'ringback[voice]'")
        self._levels, self._clock, self._on_failure = tuple(levels), clock, on_failure
        self._rests_until = [0.0] * len(levels)
        self._failures = [0] * len(levels)  # in a row

    @property
    def name(self) -> str:
        """Which voice speaks at present."""
        return self._levels[next(iter(self._order()))].name

    async def warm(self) -> None:
        """Warm the voices in order until one is ready; those behind it warm up when needed."""
        failures: list[str] = []
        for index, voice in enumerate(self._levels):
            try:
                await voice.warm()
            except RingbackError as failure:
                self._failed(index, failure)
                failures.append(f"{voice.name}: {failure.message}")
            else:
                return
        raise Unavailable(f"No voice is ready. {' '.join(failures)}")

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """Give the sound of a phrase, sentence by sentence, each by the best voice that can."""
        for sentence in SENTENCE_END.split(speakable(text)):
            if not any(character.isalnum() for character in sentence):
                continue
            async with contextlib.aclosing(self._speak_sentence(sentence)) as sounds:
                async for sound in sounds:
                    yield sound

    async def close(self) -> None:
        """Close every voice."""
        for voice in self._levels:
            await voice.close()

    async def _speak_sentence(self, sentence: str) -> AsyncGenerator[Sound, None]:
        """Let the next voice say the sentence again from its start: twice is better than lost."""
        last: RingbackError | None = None
        for index in self._order():
            try:
                async with contextlib.aclosing(self._levels[index].speak(sentence)) as sounds:
                    async for sound in sounds:
                        yield sound
            except RingbackError as failure:
                self._failed(index, failure)
                last = failure
            else:
                self._failures[index] = 0
                return
        raise Unavailable("No voice answers.") from last

    def _order(self) -> list[int]:
        """Rested voices come first; a resting one is still better than silence."""
        now = self._clock.monotonic()
        return sorted(range(len(self._levels)), key=lambda index: self._rests_until[index] > now)

    def _failed(self, index: int, failure: RingbackError) -> None:
        rest_s = min(REST_S_MAX, REST_S_MIN * 2 ** min(self._failures[index], 10))
        self._failures[index] += 1
        self._rests_until[index] = self._clock.monotonic() + rest_s
        self._on_failure(self._levels[index].name, failure.message)
