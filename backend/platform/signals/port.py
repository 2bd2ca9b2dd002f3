"""What wakes those who wait: a signal may be lost, so readers look at the truth as well."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from backend.platform.health import Check

BACKLOG_MAX = 256  # signals that wait for one reader; the oldest are dropped: the newest wakes too


class Signals(Protocol):
    """Carries short hints by topic to everybody who listens at that moment."""

    async def start(self) -> None:
        """Begin to carry."""
        ...

    async def stop(self) -> None:
        """Carry no more; every open subscription ends."""
        ...

    async def check(self) -> Check:
        """Say whether hints reach everybody whom they should."""
        ...

    def publish(self, topic: str, message: str = "") -> None:
        """Send a hint and forget it: never waits, never fails."""
        ...

    def subscribe(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Listen to a topic from the moment the context is entered.

        An empty message means: look at the truth, something may have been missed.
        """
        ...
