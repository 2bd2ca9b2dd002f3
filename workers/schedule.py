"""Every clock on one screen: when → job. Each planned moment is promised exactly once."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from backend.kernel.clock import HOUR, SECOND, Instant
from backend.kernel.errors import RingbackError
from backend.kernel.people import Role
from backend.platform.database.tables import people
from backend.platform.jobs.clocks import Clocks, ClockWork
from backend.platform.jobs.rhythms import Every, read_rhythm
from backend.platform.settings import Settings
from backend.platform.telemetry.logs import get_logger
from workers.parts import Parts

LOOK_S = 30.0
REST_S = 0.05  # a clock that strikes in this very moment

_log = get_logger("schedule")


def clocks(settings: Settings) -> Iterator[ClockWork]:
    """Yield every clock that these settings want; the nights are the owner's."""
    yield ClockWork("upkeep.prune", read_rhythm("every 1h"))
    yield ClockWork("upkeep.retain", read_rhythm("15 3 * * *"))  # first: the backup is smaller
    yield ClockWork("upkeep.check", read_rhythm("15 4 * * *"))
    yield ClockWork("memory.retire", read_rhythm("45 3 * * *"))
    hours = settings.backup.every_hours
    if hours == 24:
        yield ClockWork("upkeep.backup", read_rhythm("30 3 * * *"))
    elif hours > 0:
        yield ClockWork("upkeep.backup", Every(max(int(hours * HOUR / SECOND), 1) * SECOND))


class Schedule:
    """Winds the clocks. Every process may run one: a moment's job is promised by one of them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._works = tuple(clocks(parts.settings))
        self._clocks = Clocks(database=parts.database, ledger=parts.jobs, clock=parts.clock)
        self._has_cleared = False

    async def run(self) -> None:
        """Look at the clocks for ever: now and then, and whenever one strikes."""
        while True:
            wait_s = LOOK_S
            try:
                next_at = await self.look()
                if next_at is not None:
                    left_s = (next_at - self._parts.clock.now()) / SECOND
                    wait_s = min(max(left_s, REST_S), LOOK_S)
            except (RingbackError, DBAPIError) as trouble:
                _log.warning("clocks_unread", failure=trouble)
            await self._parts.clock.sleep(wait_s)

    async def look(self) -> Instant | None:
        """Promise what is due; return when the next clock strikes."""
        zones = await self._zones()
        if zones is None:
            return None  # nobody to look after yet
        zone, users = zones
        if not self._has_cleared:
            # Once in a life: another version of this program may plan other clocks beside us.
            await self._clocks.keep_only([work.job for work in self._works], list(users))
            self._has_cleared = True
        return await self._clocks.wind(self._works, zone=zone, users=users)

    async def _zones(self) -> tuple[str, dict[str, str]] | None:
        """Return the owner's zone, and that of everybody who has a memory of their own."""
        query = (
            select(people.c.owner_id, people.c.zone, people.c.role)
            .where(people.c.role.in_([Role.OWNER.value, Role.MEMBER.value]))
            .order_by(people.c.created_at)
        )
        async with self._parts.database.reading() as connection:
            found = list(await connection.execute(query))
        owners = [row.zone for row in found if row.role == Role.OWNER.value]
        if not owners:
            return None
        return owners[0] or "UTC", {row.owner_id: row.zone or "UTC" for row in found}
