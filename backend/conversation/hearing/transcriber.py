"""What turns an utterance into words must be able to do."""

from collections.abc import Sequence
from typing import Protocol

from backend.kernel.speech import Transcript, Utterance
from backend.llm import Payer


class Transcriber(Protocol):
    """Speech to text, shared by all calls."""

    @property
    def name(self) -> str:
        """Which engine and model it is."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being read, so that a guess would make nobody wait."""
        ...

    async def warm(self) -> None:
        """Load what is heavy, so that the first caller does not wait for it."""
        ...

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
        payer: Payer | None = None,
    ) -> Transcript:
        """Return the words; empty text when there were none.

        Hints are names and words that the caller is likely to use. What is not final is a glance at
        an utterance that still grows: it is cheap, and refused with `Busy` when others wait. The
        line says whose words they are, so that nobody is served twice while another waits; the
        payer, whose money it is where the ears cost any.
        """
        ...
