"""Signals within one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.platform.health import Check
from backend.platform.signals.board import Board


class InProcessSignals:
    """Wakes listeners of this process at once."""

    def __init__(self) -> None:
        self._board = Board()

    async def start(self) -> None:
        """Nothing to begin."""

    async def stop(self) -> None:
        """End every open subscription."""
        self._board.close()

    async def check(self) -> Check:
        """Within one process nothing can be away."""
        return Check(ok=True, detail="in the process")

    def publish(self, topic: str, message: str = "") -> None:
        """Wake the topic's listeners."""
        self._board.tell(topic, message)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[AsyncIterator[str]]:
        """Listen to a topic."""
        with self._board.subscriber(topic) as subscriber:
            yield subscriber.messages()
