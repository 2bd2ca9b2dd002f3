"""Hears the same words in everything, at once: what a measurement shows is our own work."""

from collections.abc import Sequence

from backend.kernel.speech import Transcript, Utterance

HEARD = "Tell me something about the sea, please."


class DummyTranscriber:
    """A fair race's speech to text; chosen by `ringback up --engines dummy` alone."""

    name = "dummy"
    is_idle = True

    async def warm(self) -> None:
        """There is nothing to load."""

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
    ) -> Transcript:
        """Return the fixed words."""
        return Transcript(text=HEARD, confidence=1.0, engine=self.name)
