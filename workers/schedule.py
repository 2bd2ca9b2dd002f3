"""Every clock on one screen: when → job. Each planned moment is promised exactly once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from backend.kernel.clock import HOUR, SECOND, Instant
from backend.kernel.errors import RingbackError
from backend.kernel.people import Role
from backend.platform.database.tables import people
from backend.platform.jobs.types import NewJob
from backend.platform.settings import Settings
from backend.platform.telemetry.logs import get_logger
from workers.parts import Parts

LOOK_S = 30.0
NIGHT = time(3, 30)  # by the owner's clock: hours in which nobody calls

_log = get_logger("schedule")


class Rhythm(Protocol):
    """When a clock strikes."""

    def last(self, now: Instant, zone: ZoneInfo) -> Instant:
        """Return the latest planned moment that is not in the future."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """At equal distances, counted from 1970."""

    micros: int

    def last(self, now: Instant, zone: ZoneInfo) -> Instant:
        """Return the latest planned moment that is not in the future."""
        return Instant(now - now % self.micros)


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day by the owner's clock."""

    at: time

    def last(self, now: Instant, zone: ZoneInfo) -> Instant:
        """Return the latest planned moment that is not in the future."""
        today = datetime.fromtimestamp(now / SECOND, UTC).astimezone(zone).date()
        days = (today + timedelta(days=1), today, today - timedelta(days=1))
        struck = (_instant(datetime.combine(day, self.at, zone)) for day in days)
        return next(moment for moment in struck if moment <= now)


@dataclass(frozen=True, slots=True)
class ClockWork:
    """One clock: the job that it promises whenever it strikes."""

    job: str
    rhythm: Rhythm


def clocks(settings: Settings) -> Iterator[ClockWork]:
    """Yield every clock that these settings want."""
    yield ClockWork("upkeep.prune", Every(HOUR))
    yield ClockWork("upkeep.retain", Daily(NIGHT))
    hours = settings.backup.every_hours
    if hours == 24:
        yield ClockWork("upkeep.backup", Daily(NIGHT))
    elif hours > 0:
        yield ClockWork("upkeep.backup", Every(int(hours * HOUR)))


class Schedule:
    """Promises what the clocks plan. Every process may run one: a moment's job has one key."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._clocks = tuple(clocks(parts.settings))
        self._promised: dict[str, Instant] = {}

    async def run(self) -> None:
        """Look at the clocks for ever."""
        while True:
            try:
                await self.look()
            except (RingbackError, DBAPIError) as trouble:
                _log.warning("schedule_unread", failure=trouble)
            await self._parts.clock.sleep(LOOK_S)

    async def look(self) -> None:
        """Promise what is due; a moment that passed while nobody ran is made up for once."""
        began = await self._beginning()
        if began is None:
            return
        since, zone = began
        now = self._parts.clock.now()
        for clock in self._clocks:
            planned = clock.rhythm.last(now, zone)
            if planned < since or self._promised.get(clock.job) == planned:
                continue  # before there was anything to look after, or promised already
            await self._promise(clock, planned)
            self._promised[clock.job] = planned

    async def _promise(self, clock: ClockWork, planned: Instant) -> None:
        async with self._parts.database.transaction() as tx:
            job = NewJob(
                name=clock.job,
                payload={"planned_at": planned},
                key=f"{clock.job}:{planned}",
            )
            await self._parts.jobs.add(tx, job)

    async def _beginning(self) -> tuple[Instant, ZoneInfo] | None:
        """Return since when there is an owner, and their zone."""
        query = (
            select(people.c.created_at, people.c.zone)
            .where(people.c.role == Role.OWNER.value)
            .order_by(people.c.created_at)
            .limit(1)
        )
        async with self._parts.database.reading() as connection:
            found = (await connection.execute(query)).first()
        return None if found is None else (Instant(found.created_at), ZoneInfo(found.zone or "UTC"))


def _instant(moment: datetime) -> Instant:
    return Instant(int(moment.timestamp()) * SECOND)
