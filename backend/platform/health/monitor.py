"""Looks at every part every few seconds, and tells each break once and each recovery once."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from backend.kernel.clock import SECOND, Clock, Instant
from backend.platform.health.checks import Health
from backend.platform.health.types import Change, Finding

LEAVE_S = 0.1  # to break a question off; a driver whose server hangs takes many seconds


@dataclass(frozen=True, slots=True)
class MonitorRules:
    """How often is looked, and from when on something is believed.

    A part that hangs is found broken after every_s and twice look_s at the latest: 8.5 s.
    """

    every_s: float = 3.0
    look_s: float = 2.5  # a part that answers later is as good as broken
    first_look_s: float = 60.0  # at the start a model may have to be loaded
    looks_broken: int = 2  # a single miss is no break
    looks_well: int = 2
    flaps_in_s: float = 600.0  # a part that broke before within this time has to prove itself,
    proof_s: float = 10.0  # twice as long for each time
    proof_s_max: float = 300.0


@dataclass(slots=True)
class _Watched:
    """What is known of one part."""

    finding: Finding | None = None  # of the last look
    is_ok: bool | None = None  # settled; None: nobody knows
    since: int = 0
    streak: int = 0  # looks in a row that contradict what is settled
    streak_at: int = 0
    breaks: deque[float] = field(default_factory=lambda: deque(maxlen=8))


class Monitor:
    """Watches the parts of this process. Each has a task: one that hangs delays no other."""

    def __init__(
        self,
        health: Health,
        *,
        clock: Clock,
        on_change: Callable[[Change], None],
        rules: MonitorRules | None = None,
    ) -> None:
        self._health, self._clock, self._on_change = health, clock, on_change
        self.rules = rules or MonitorRules()
        self._watched: dict[str, _Watched] = {}
        self._asking: dict[str, asyncio.Task[Finding]] = {}
        self.lag_s = 0.0  # how late the loop was lately
        self._looked_at: float | None = None

    def remember(self, settled: Mapping[str, tuple[bool, Instant]]) -> None:
        """Go on from how the parts were when this process was last stopped."""
        for part, (is_ok, since) in settled.items():
            self._watched[part] = _Watched(is_ok=is_ok, since=since)

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_loop())
            for part in self._health.names:
                group.create_task(self._watch(part))

    async def look(self, part: str) -> None:
        """Look at one part now, and tell when it is settled that it changed."""
        watched = self._watched.setdefault(part, _Watched())
        is_new = watched.finding is None
        within_s = self.rules.first_look_s if is_new else self.rules.look_s
        seen_at = self._clock.now()
        found = await self._feel(part, within_s=within_s)
        watched.finding = found
        self._looked_at = self._clock.monotonic()
        self._settle(part, watched, found, seen_at)

    @property
    def findings(self) -> dict[str, Finding]:
        """Return what the last look at each part saw."""
        seen = ((part, watched.finding) for part, watched in self._watched.items())
        return {part: finding for part, finding in seen if finding is not None}

    @property
    def states(self) -> dict[str, bool]:
        """Return the settled state of each part that is known."""
        return {
            part: watched.is_ok
            for part, watched in self._watched.items()
            if watched.is_ok is not None
        }

    async def not_ready(self) -> list[Finding]:
        """Return the vital parts that were not well at the last look.

        Before there is one, or when looking stopped, they are asked: ready is never a guess.
        """
        findings, vital = self.findings, self._health.vital
        is_fresh = self._looked_at is not None and (
            self._clock.monotonic() - self._looked_at < 3 * self.rules.every_s
        )
        if not is_fresh or any(part not in findings for part in vital):
            return await self._health.not_ready()
        return [findings[part] for part in vital if not findings[part].ok]

    # ── one part ─────────────────────────────────────────────────────────────────────────────
    async def _watch(self, part: str) -> None:
        while True:
            began = self._clock.monotonic()
            await self.look(part)
            took_s = self._clock.monotonic() - began
            await self._clock.sleep(max(0.05, self.rules.every_s - took_s))

    async def _feel(self, part: str, *, within_s: float) -> Finding:
        """Ask a part; one that can't even be left in time goes on being waited for by the next."""
        asking = self._asking.get(part)
        if asking is None:
            asking = asyncio.ensure_future(self._health.feel(part, within_s=within_s))
        self._asking[part] = asking
        try:
            await asyncio.wait({asking}, timeout=within_s + LEAVE_S)
        except asyncio.CancelledError:
            asking.cancel()
            await asyncio.wait({asking})
            raise
        if asking.done():
            self._asking.pop(part, None)
            return asking.result()
        return self._health.unanswered(part, within_s=within_s)

    def _settle(self, part: str, watched: _Watched, found: Finding, seen_at: Instant) -> None:
        if found.ok == watched.is_ok:
            watched.streak = 0
            return
        if watched.streak == 0:
            watched.streak_at = seen_at
        watched.streak += 1
        is_first = watched.is_ok is None
        if not is_first and not self._is_believed(watched, is_ok=found.ok):
            return
        if not found.ok:
            watched.breaks.append(self._clock.monotonic())
        watched.is_ok, watched.since, watched.streak = found.ok, watched.streak_at, 0
        self._on_change(
            Change(
                part, found.ok, found.detail, found.cure, Instant(watched.since), is_first=is_first
            )
        )

    def _is_believed(self, watched: _Watched, *, is_ok: bool) -> bool:
        if not is_ok:
            return watched.streak >= self.rules.looks_broken
        well_s = (self._clock.now() - watched.streak_at) / SECOND
        return watched.streak >= self.rules.looks_well and well_s >= self._proof_s(watched)

    def _proof_s(self, watched: _Watched) -> float:
        """Return how long a part must be well to count as recovered: longer when it flaps."""
        since = self._clock.monotonic() - self.rules.flaps_in_s
        lately = sum(at >= since for at in watched.breaks)
        if lately < 2:
            return 0.0
        return float(min(self.rules.proof_s_max, self.rules.proof_s * 2 ** (lately - 2)))

    async def _watch_loop(self) -> None:
        """Measure how late the loop wakes us: what keeps it busy keeps every call waiting."""
        pause_s = 0.25
        while True:
            before = self._clock.monotonic()
            await self._clock.sleep(pause_s)
            late_s = max(0.0, self._clock.monotonic() - before - pause_s)
            self.lag_s = max(late_s, self.lag_s * 0.9)  # its peak, forgotten within seconds
