"""Asks what is dear to ask now and then: seldom while all is well, soon again when it is not."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError
from backend.platform.health.checks import no_answer
from backend.platform.health.types import Check, Checker

WELL_S = 60.0
SICK_S = 5.0
WITHIN_S = 2.0  # below the monitor's own patience: what is late is remembered as an answer
ANSWERS_SURE = 2  # in a row; what was seen only once is asked again at the next look


class Gently:
    """A question for a monitor that looks every few seconds."""

    def __init__(
        self,
        ask: Checker,
        *,
        clock: Clock,
        well_s: float = WELL_S,
        within_s: float = WITHIN_S,
        between: Checker | None = None,
        trouble: Callable[[], str] = lambda: "",
    ) -> None:
        """`between` is the cheap question of every other look; `trouble` is what its users met."""
        self._ask, self._clock = ask, clock
        self._well_s, self._within_s = well_s, within_s
        self._between, self._trouble = between, trouble
        self._last: Check | None = None
        self._asked_at = 0.0
        self._alike = 0  # answers in a row that said the same

    async def check(self) -> Check:
        """Ask now."""
        found = await self._asked()
        self._alike = self._alike + 1 if self._last and self._last.ok == found.ok else 1
        self._last, self._asked_at = found, self._clock.monotonic()
        return self._told(found)

    async def pulse(self) -> Check:
        """Ask when it is time to; else say what was last answered."""
        if self._last is None or self._clock.monotonic() - self._asked_at >= self._pause_s:
            return await self.check()
        if self._between is not None:
            reached = await self._between()
            if not reached.ok:
                return reached
        return self._told(self._last)

    @property
    def _pause_s(self) -> float:
        if self._last is None or self._alike < ANSWERS_SURE:
            return 0.0
        is_well = self._last.ok and not self._trouble()
        return self._well_s if is_well else min(SICK_S, self._well_s)

    async def _asked(self) -> Check:
        try:
            async with asyncio.timeout(self._within_s):
                return await self._ask()
        except TimeoutError:
            return no_answer(self._within_s)
        except RingbackError as failure:
            return Check(ok=False, detail=failure.message, cure=failure.cure)

    def _told(self, found: Check) -> Check:
        """Return an answer; that all is well is not believed while its users fail."""
        trouble = self._trouble() if found.ok else ""
        return replace(found, ok=False, detail=trouble) if trouble else found
