"""A voice whose work is done by processes of its own: what all such voices do alike."""

from collections.abc import AsyncGenerator

from backend.conversation.speaking.engines.children import Children
from backend.kernel.audio import Sound


class ChildVoice:
    """Hands phrases to its processes; who makes one says what it is and what it needs."""

    def __init__(self, children: Children) -> None:
        self._children = children

    @property
    def process_id(self) -> int | None:
        """Which process speaks, when one runs."""
        return next(iter(self._children.process_ids), None)

    async def warm(self) -> None:
        """Start a process and let it speak a word: the first run is the slowest."""
        async for _ in self.speak("Hello."):
            pass

    def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """Give the sound of a phrase, piece by piece; closing it stops the work."""
        return self._children.speak(text)

    async def close(self) -> None:
        """End the processes."""
        await self._children.close()
