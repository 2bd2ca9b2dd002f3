"""A clock that stands still until a test moves it."""

import asyncio
import heapq
import itertools

from backend.kernel.clock import SECOND, Instant
from backend.platform.clock import SystemClock

START = Instant(1_790_000_000 * SECOND)


class FakeClock:
    """Time as the test tells it; sleepers wake when it has come so far."""

    def __init__(self, start: Instant = START) -> None:
        self._start = start
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._has_sleeper = asyncio.Event()

    def now(self) -> Instant:
        return Instant(self._start + round(self._elapsed * SECOND))

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._numbers), woken))
        self._has_sleeper.set()
        await woken

    async def until_somebody_sleeps(self) -> None:
        while not self.sleepers:
            self._has_sleeper.clear()
            await self._has_sleeper.wait()

    def advance(self, seconds: float) -> None:
        self._elapsed += seconds
        while self._sleepers and self._sleepers[0][0] <= self._elapsed:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)

    @property
    def sleepers(self) -> int:
        return sum(not woken.done() for _, _, woken in self._sleepers)


class MovedClock(SystemClock):
    """The wall clock, set ahead by whoever wants to be there."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 0

    def now(self) -> Instant:
        return Instant(super().now() + self._ahead)

    def advance(self, seconds: float) -> None:
        self._ahead += round(seconds * SECOND)
