"""What the house means by time."""

from typing import NewType, Protocol

Instant = NewType("Instant", int)
"""A moment: microseconds since 1970 in UTC. A person's zone is kept beside it, never in it."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """The only source of time: injected, so that a journey can live through months."""

    def now(self) -> Instant:
        """Return the wall clock's moment."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go backwards: for durations and deadlines."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; a cancellation ends the wait at once."""
        ...


def later(instant: Instant, micros: int) -> Instant:
    """Return the moment that lies so many microseconds after another."""
    return Instant(instant + micros)
