"""What a voice must be able to do."""

from collections.abc import AsyncGenerator
from typing import Protocol

from backend.kernel.audio import Sound


class Voice(Protocol):
    """Text to speech, shared by all calls."""

    @property
    def name(self) -> str:
        """Which engine and voice it is."""
        ...

    async def warm(self) -> None:
        """Load what is heavy, so that the first caller does not wait for it."""
        ...

    def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """Give the sound of a phrase, piece by piece; closing it stops the work."""
        ...

    async def close(self) -> None:
        """Let go of processes and memory."""
        ...
