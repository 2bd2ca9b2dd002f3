"""The ledger as it is read: one job, the newest, what is due, how much waits."""

import re
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, exists, func, select

from backend.kernel.clock import SECOND, Clock, Instant
from backend.kernel.errors import Conflict, Missing
from backend.kernel.ids import JobId, OwnerId
from backend.platform.database.engine import Database
from backend.platform.database.tables import jobs
from backend.platform.jobs.rows import COLUMNS, shown
from backend.platform.jobs.types import Backlog, JobRow, JobState

LIST_MAX = 500
NONE = "There is no such job."
_PART = re.compile(r"[0-9a-f-]{4,36}")


class ShownJobs:
    """Reads jobs, of one owner or of all."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def get(self, job_id: str, owner_id: OwnerId | None = None) -> JobRow:
        """Return one job; with an owner given, only theirs."""
        query = select(*COLUMNS).where(jobs.c.id == job_id)
        if owner_id is not None:
            query = query.where(jobs.c.owner_id == owner_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise Missing(NONE)
        return shown(row)

    async def named(self, name: str, owner_id: OwnerId | None = None) -> JobId:
        """Return the one job whose id is this, or begins or ends so: ids are long to type."""
        query = select(jobs.c.id).limit(2)
        if owner_id is not None:
            query = query.where(jobs.c.owner_id == owner_id)
        part = name.lower()
        async with self._database.reading() as connection:
            found = (await connection.execute(query.where(jobs.c.id == name))).scalars().all()
            if not found and _PART.fullmatch(part):
                is_part = jobs.c.id.endswith(part) | jobs.c.id.startswith(part)
                found = (await connection.execute(query.where(is_part))).scalars().all()
        if not found:
            raise Missing(NONE, cure="ringback jobs list")
        if len(found) > 1:
            raise Conflict("More than one job's id is like that.", cure="give more of its id")
        return JobId(found[0])

    async def list(
        self,
        owner_id: OwnerId | None = None,
        state: JobState | None = None,
        limit: int = 100,
        *,
        name: str | None = None,
        family: str | None = None,
    ) -> list[JobRow]:
        """Return the newest jobs, of one owner or of all, as far as they fit."""
        query = select(*COLUMNS).order_by(jobs.c.created_at.desc(), jobs.c.id.desc())
        wanted = (
            (jobs.c.owner_id, owner_id),
            (jobs.c.state, state),
            (jobs.c.name, name),
            (jobs.c.family, family),
        )
        for column, value in wanted:
            if value is not None:
                query = query.where(column == value)
        async with self._database.listing() as connection:
            rows = await connection.execute(query.limit(min(limit, LIST_MAX)))
            return [shown(row) for row in rows]

    async def due_families(self, families: Mapping[str, Collection[str]]) -> frozenset[str]:
        """Return those families of whose jobs, given by name, one is due."""
        if not families:
            return frozenset()
        now = self._clock.now()
        is_due = [
            exists().where(*_due(family, names, now)).label(family)
            for family, names in families.items()
        ]
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*is_due))).one()
        return frozenset(family for family in families if row._mapping[family])

    async def due(
        self, family: str, names: Collection[str], limit: int
    ) -> Sequence[tuple[str, int]]:
        """Return jobs of a family that are due, each with the attempts it has had."""
        query = (
            select(jobs.c.id, jobs.c.attempts)
            .where(*_due(family, names, self._clock.now()))
            .order_by(jobs.c.owner_id, jobs.c.priority, jobs.c.not_before)  # as they are indexed
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [(row.id, row.attempts) for row in await connection.execute(query)]

    async def next_due(self, names: Collection[str]) -> Instant | None:
        """Return when the next waiting job is due, so that a worker need not ask sooner."""
        query = select(jobs.c.not_before).where(
            jobs.c.state == JobState.WAITING, jobs.c.name.in_(names)
        )
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(jobs.c.not_before).limit(1))
            due = found.scalar_one_or_none()
        return None if due is None else Instant(due)

    async def backlog(self) -> dict[str, Backlog]:
        """Return what is due and waits for a hand, by family."""
        now = self._clock.now()
        query = (
            select(
                jobs.c.family, func.count().label("due"), func.min(jobs.c.not_before).label("at")
            )
            .where(jobs.c.state == JobState.WAITING, jobs.c.not_before <= now)
            .group_by(jobs.c.family)
        )
        async with self._database.reading() as connection:
            rows = await connection.execute(query)
            return {row.family: Backlog(row.due, (now - row.at) / SECOND) for row in rows}


def _due(family: str, names: Collection[str], now: Instant) -> tuple[ColumnElement[bool], ...]:
    return (
        jobs.c.state == JobState.WAITING,
        jobs.c.family == family,
        jobs.c.not_before <= now,
        jobs.c.name.in_(names),
    )
