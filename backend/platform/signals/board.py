"""Those who listen in this process, by topic."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from backend.platform.signals.port import BACKLOG_MAX


class Subscriber:
    """One listener's backlog."""

    def __init__(self) -> None:
        self._backlog: deque[str] = deque(maxlen=BACKLOG_MAX)  # full: the oldest is dropped
        self._news = asyncio.Event()
        self._is_closed = False

    def tell(self, message: str) -> None:
        """Add a signal."""
        self._backlog.append(message)
        self._news.set()

    def close(self) -> None:
        """End the listener's loop once it has read what waits."""
        self._is_closed = True
        self._news.set()

    async def messages(self) -> AsyncIterator[str]:
        """Yield signals as they come."""
        while True:
            while self._backlog:
                yield self._backlog.popleft()
            if self._is_closed:
                return
            self._news.clear()
            await self._news.wait()


class Board:
    """Hands each signal to the listeners of its topic."""

    def __init__(self) -> None:
        self._subscribers: dict[str, set[Subscriber]] = {}

    @property
    def topics(self) -> set[str]:
        """Return what is listened to."""
        return set(self._subscribers)

    def tell(self, topic: str, message: str) -> None:
        """Hand on one signal."""
        for subscriber in self._subscribers.get(topic, ()):
            subscriber.tell(message)

    def wake_all(self) -> None:
        """Tell everybody that signals may have been lost."""
        for topic in self._subscribers:
            self.tell(topic, "")

    def close(self) -> None:
        """End every listener's loop."""
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                subscriber.close()

    @contextmanager
    def subscriber(self, topic: str) -> Iterator[Subscriber]:
        """Keep a listener on the board."""
        subscriber = Subscriber()
        self._subscribers.setdefault(topic, set()).add(subscriber)
        try:
            yield subscriber
        finally:
            others = self._subscribers[topic]
            others.discard(subscriber)
            if not others:
                del self._subscribers[topic]
