"""Rings the operator when a part breaks or comes back, by every way that is set."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError
from backend.platform.health.types import Change, Check
from backend.platform.telemetry.logs import get_logger

RING_S = 10.0
CHECK_S = 1.5
ATTEMPTS_MAX = 3
PAUSE_S = 2.0
RINGING_MAX = 8  # changes at once by one way

_log = get_logger("health")


class Alarm(Protocol):
    """One way to reach the operator."""

    @property
    def name(self) -> str:
        """How it is named in the log."""
        ...

    async def ring(self, change: Change) -> None:
        """Tell of a change; the same change may come twice when its answer was lost."""
        ...

    async def check(self) -> Check:
        """Say whether it could be rung now, without ringing."""
        ...


class Alarms:
    """Every way, each tried a few times; one that fails keeps no other from ringing.

    Several changes ring at once, a few by each way, so that one that hangs delays no other; those
    of one part ring in their order.
    """

    def __init__(self, ways: Sequence[Alarm], *, clock: Clock) -> None:
        self._clock = clock
        self._ways = tuple(_Way(way) for way in ways)

    @property
    def names(self) -> list[str]:
        """Return every way's name."""
        return [way.alarm.name for way in self._ways]

    async def check(self) -> Check:
        """Say by which ways nobody could be rung now; none of them is rung for it."""
        seen = await asyncio.gather(*(_seen(way.alarm) for way in self._ways))
        broken = [(name, check) for name, check in seen if not check.ok]
        if not broken:
            return Check(ok=True, detail=", ".join(self.names))
        detail = "; ".join(f"{name}: {check.detail}" for name, check in broken)
        cure = "; ".join(check.cure for _, check in broken if check.cure)
        return Check(ok=False, detail=detail, cure=cure)

    async def ring(self, change: Change) -> None:
        """Ring by all ways at once."""
        await asyncio.gather(*(self._ring(way, change) for way in self._ways))

    async def _ring(self, way: "_Way", change: Change) -> None:
        async with way.turns[change.part], way.places:
            await self._try(way.alarm, change)

    async def _try(self, way: Alarm, change: Change) -> None:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                async with asyncio.timeout(RING_S):
                    await way.ring(change)
            except (RingbackError, OSError, TimeoutError) as failure:
                _log.warning("alarm_failed", way=way.name, attempt=attempt, failure=failure)
                await self._clock.sleep(PAUSE_S * attempt)
            else:
                return


class _Way:
    """One way, and who waits for it."""

    def __init__(self, alarm: Alarm) -> None:
        self.alarm = alarm
        self.places = asyncio.Semaphore(RINGING_MAX)
        self.turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)


async def _seen(way: Alarm) -> tuple[str, Check]:
    try:
        async with asyncio.timeout(CHECK_S):
            return way.name, await way.check()
    except TimeoutError:
        return way.name, Check(ok=False, detail=f"no answer within {CHECK_S:g} s")
    except RingbackError as failure:
        return way.name, Check(ok=False, detail=failure.message, cure=failure.cure)


def sentence(change: Change) -> str:
    """Return what an operator reads."""
    state = "works again" if change.is_ok else "is broken"
    detail = f": {change.detail}" if change.detail else ""
    cure = f" Try: {change.cure}." if change.cure and not change.is_ok else ""
    return f"Ringback: {change.part} {state}{detail}.{cure}".replace("..", ".")
