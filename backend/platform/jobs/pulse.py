"""Whether each family of jobs gets on: what waits, who runs it, what stands still, what died."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import SECOND, Clock, Instant
from backend.platform.database.engine import Database
from backend.platform.database.tables import jobs
from backend.platform.health.types import Check
from backend.platform.jobs.payloads import PAYLOADS
from backend.platform.jobs.presence import hands
from backend.platform.jobs.types import ErrorKind, JobState, family_of

# Below a minute, with two looks of the monitor.
STALLED_S = 45.0
BURST_S = 600.0  # what dies within ten minutes is one trouble, and rings once
NEEDED = frozenset(family_of(name) for name in PAYLOADS)
WHERE = "ringback jobs list --state waiting; is a process with --role workers up?"


@dataclass(frozen=True, slots=True)
class FamilyPulse:
    """How one family is."""

    waiting: int = 0  # due now
    oldest_s: float = 0.0  # how long the oldest of them is due
    late_s: float = 0.0  # how long the oldest that got nowhere waits: for a hand or for a server
    running: int = 0
    dead: int = 0
    hands: int = 0  # processes that would run it
    is_moving: bool = True  # something was finished lately

    @property
    def is_stalled(self) -> bool:
        """Say whether it stands still although there is something to do."""
        return self.late_s > STALLED_S and not self.is_moving


class Pulse:
    """Feels every family by the rows, so that any process may ask."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        backlog_s: float = 300.0,
        needed: Collection[str] = NEEDED,
        is_whole: bool = True,
    ) -> None:
        """`needed` must be run by somebody; a process that is not the whole answers for these."""
        self._database, self._clock = database, clock
        self._backlog_s, self._needed = backlog_s, frozenset(needed)
        self._is_whole = is_whole
        self._began_at = clock.monotonic()

    async def families(self) -> Mapping[str, FamilyPulse]:
        """Return how every family is that is needed, or that has jobs."""
        async with self._database.reading() as connection:
            now = self._clock.now()
            rows = {row.family: row for row in await connection.execute(_counted(now))}
            there = await hands(connection, now)
            dead = await _dead_of(connection)
            found: dict[str, FamilyPulse] = {}
            for family in sorted(self._needed | set(rows) | set(dead)):
                row = rows.get(family)
                late_s = _late_s(row.late_at, now) if row is not None else 0.0
                found[family] = FamilyPulse(
                    waiting=row.due if row is not None else 0,
                    oldest_s=_late_s(row.due_at, now) if row is not None else 0.0,
                    late_s=late_s,
                    running=row.running if row is not None else 0,
                    dead=dead.get(family, 0),
                    hands=there[family],
                    is_moving=late_s <= STALLED_S or await _is_moving(connection, family, now),
                )
        return found

    async def check(self) -> Check:
        """Say which family stands still, has nobody to run it, or is too far behind."""
        families = await self.families()
        broken = [
            f"{name} {told}"
            for name, pulse in families.items()
            if (self._is_whole or name in self._needed) and (told := self._trouble(pulse))
        ]
        alone = [name for name in sorted(self._needed) if self._is_alone(families[name])]
        if alone:
            broken.append(f"nobody runs jobs of {', '.join(alone)}")
        if broken:
            return Check(ok=False, detail="; ".join(broken), cure=WHERE)
        due = sum(pulse.waiting for pulse in families.values())
        running = sum(pulse.running for pulse in families.values())
        return Check(ok=True, detail=f"{due} jobs are due, {running} run")

    async def check_dead(self) -> Check:
        """Say whether jobs died lately: a burst of them is one break, and its end one recovery."""
        since = self._clock.now() - BURST_S * SECOND
        by_name = (
            select(jobs.c.name, func.count().label("count"))
            .where(jobs.c.state == JobState.DEAD, jobs.c.finished_at > since)
            .group_by(jobs.c.name)
            .order_by(jobs.c.name)
        )
        async with self._database.reading() as connection:
            lately = list(await connection.execute(by_name))
            count = sum((await _dead_of(connection)).values())
        cure = "ringback jobs dead"
        if lately:
            told = ", ".join(f"{row.count} x {row.name}" for row in lately)
            return Check(ok=False, detail=f"given up lately: {told}", cure=cure)
        detail = f"{count} were given up earlier: {cure}" if count else "none was given up"
        return Check(ok=True, detail=detail)

    def _trouble(self, pulse: FamilyPulse) -> str:
        if pulse.is_stalled:
            return f"stands still for {pulse.late_s:.0f} s, {pulse.waiting} jobs are due"
        if pulse.oldest_s > self._backlog_s:
            return f"is {pulse.oldest_s:.0f} s behind, {pulse.waiting} jobs are due"
        return ""

    def _is_alone(self, pulse: FamilyPulse) -> bool:
        # Those who run jobs may start after whoever looks.
        is_settled = self._clock.monotonic() - self._began_at > STALLED_S
        return is_settled and not pulse.hands


def _counted(now: Instant) -> Select[Any]:
    """Return what counts each family's open jobs."""
    is_waiting, is_leased = jobs.c.state == JobState.WAITING, jobs.c.state == JobState.LEASED
    is_due = and_(is_waiting, jobs.c.not_before <= now)
    late_since = case(
        # What waits for a server comes back again and again, and is never due for long.
        (and_(is_waiting, jobs.c.error_kind == ErrorKind.UNAVAILABLE), jobs.c.created_at),
        (is_due, jobs.c.not_before),
        (and_(is_leased, jobs.c.lease_until < now), jobs.c.lease_until),
    )
    return (
        select(
            jobs.c.family,
            func.count(case((is_due, 1))).label("due"),
            func.min(case((is_due, jobs.c.not_before))).label("due_at"),
            func.min(late_since).label("late_at"),
            func.count(case((and_(is_leased, jobs.c.lease_until >= now), 1))).label("running"),
        )
        .where(jobs.c.state.in_([JobState.WAITING, JobState.LEASED]))
        .group_by(jobs.c.family)
    )


async def _is_moving(connection: AsyncConnection, family: str, now: Instant) -> bool:
    lately = exists().where(
        jobs.c.family == family,
        jobs.c.finished_at > now - STALLED_S * SECOND,
        jobs.c.state == JobState.DONE,
    )
    return bool((await connection.execute(select(lately))).scalar_one())


async def _dead_of(connection: AsyncConnection) -> dict[str, int]:
    query = select(jobs.c.family, func.count().label("count")).where(jobs.c.state == JobState.DEAD)
    rows = await connection.execute(query.group_by(jobs.c.family))
    return {row.family: row._mapping["count"] for row in rows}


def _late_s(since: int | None, now: Instant) -> float:
    return 0.0 if since is None else max((now - since) / SECOND, 0.0)
