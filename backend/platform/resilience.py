"""A breaker: what fails again and again is left alone for a while, so that nobody waits for it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, Refused, Unavailable

Result = TypeVar("Result")


class Breaker:
    """Closed while all is well, open after failures in a row, then tried by one call at a time."""

    def __init__(self, failures_max: int, open_s: float, clock: Clock) -> None:
        self._failures_max, self._open_s, self._clock = failures_max, open_s, clock
        self._failures = 0
        self._opened_at: float | None = None
        self._trial_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Say whether calls are refused, or only one is let through to try."""
        return self._opened_at is not None

    @property
    def is_refusing(self) -> bool:
        """Say whether a call would be refused now: nobody is let through, not even to try."""
        if self._opened_at is None:
            return False
        # A trial whose caller was cancelled never reports: after as long again the next may try.
        since = self._opened_at if self._trial_at is None else self._trial_at
        return self._clock.monotonic() - since < self._open_s

    def allow(self) -> bool:
        """Say whether a call may go now; who is let through must report how it ended."""
        if self.is_refusing:
            return False
        if self._opened_at is not None:
            self._trial_at = self._clock.monotonic()
        return True

    def success(self) -> None:
        """Report that a call was answered."""
        self._failures = 0
        self._opened_at = self._trial_at = None

    def failure(self) -> None:
        """Report that a call failed."""
        self._failures += 1
        if self._opened_at is not None or self._failures >= self._failures_max:
            self._opened_at = self._clock.monotonic()
            self._trial_at = None

    async def call(self, function: Callable[[], Awaitable[Result]]) -> Result:
        """Call through the breaker; a refusal is an answer too, so it counts as health."""
        if not self.allow():
            raise Unavailable("It failed too often and is left alone for a while.")
        try:
            result = await function()
        except Refused:
            self.success()
            raise
        except (Busy, Unavailable, OSError):
            self.failure()
            raise
        self.success()
        return result
