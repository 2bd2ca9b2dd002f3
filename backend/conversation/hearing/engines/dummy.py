"""Hears the same words in everything, at once: what a measurement shows is our own work."""

from collections.abc import Sequence

from backend.kernel.clock import Clock
from backend.kernel.speech import Transcript, Utterance
from backend.llm import Payer

HEARD = "Tell me something about the sea, please."


class DummyTranscriber:
    """A fair race's speech to text; chosen by `ringback up --engines dummy` alone."""

    name = "dummy"
    is_idle = True

    def __init__(self, clock: Clock, *, delay_ms: float = 0.0) -> None:
        self._clock, self._delay_s = clock, delay_ms / 1000

    async def warm(self) -> None:
        """There is nothing to load."""

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
        payer: Payer | None = None,
    ) -> Transcript:
        """Return the fixed words, after the declared delay."""
        if self._delay_s:
            await self._clock.sleep(self._delay_s)
        return Transcript(text=HEARD, confidence=1.0, engine=self.name)
