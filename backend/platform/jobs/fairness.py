"""Whose turn it is: the urgent first, then the owners one after the other, then the oldest."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, or_, select, text

from backend.kernel.clock import Instant
from backend.platform.database.tables import jobs
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.types import JobState, family_of

# With several workers at one PostgreSQL the first candidates may be locked by another: look at so
# many more than are wanted.
SPARE = 128


async def due_ids(tx: Transaction, names: Collection[str], limit: int) -> list[str]:
    """Return the next jobs that are due and locked by nobody, in the order of their turns."""
    if tx.dialect == "sqlite":  # one writer: nobody else is leasing now
        found = await tx.execute(_ranked(names, tx.at, limit))
        return [row.id for row in found]
    ranked = _ranked(names, tx.at, limit + SPARE).subquery()
    found = await tx.execute(
        select(jobs.c.id)
        .join(ranked, ranked.c.id == jobs.c.id)
        .where(jobs.c.state == JobState.WAITING)  # seen again once the lock is ours
        .order_by(ranked.c.rank)
        .limit(limit)
        .with_for_update(skip_locked=True, of=jobs)
    )
    return [row.id for row in found]


async def hands_left(tx: Transaction, names: Collection[str], limit: int, together_max: int) -> int:
    """Return how many more of these jobs' families may run in the whole instance, up to `limit`."""
    families = _families(names)
    if tx.dialect != "sqlite":
        # Two that count at once would both find room: one after the other.
        for family in families:
            lock = select(func.pg_advisory_xact_lock(func.hashtext(f"ringback.jobs.{family}")))
            await tx.execute(lock)
    held = await tx.execute(
        select(func.count())
        .select_from(jobs)
        .where(jobs.c.state == JobState.LEASED, jobs.c.family.in_(families))
    )
    return min(limit, together_max - int(held.scalar_one()))


async def waiting_of(connection: Any, owner_id: str | None, family: str, enough: int) -> int:
    """Return how many jobs of a family wait for an owner, counted no further than `enough`."""
    # Any: an AsyncConnection or what stands in for one
    asked = {"of_family": family, "enough": enough}
    if owner_id is None:
        found = await connection.execute(_WAITING_OF_NOBODY, asked)
    else:
        found = await connection.execute(_WAITING_OF, asked | {"whose": owner_id})
    return int(found.scalar_one())


def _waiting(mine: ColumnElement[bool]) -> Select[Any]:  # Any: a count
    is_theirs = (jobs.c.state == JobState.WAITING, jobs.c.family == bindparam("of_family"), mine)
    some = select(literal(1)).where(*is_theirs).limit(bindparam("enough")).subquery()
    return select(func.count()).select_from(some)


# Built once: to build such a statement takes longer than to run it.
_WAITING_OF = _waiting(jobs.c.owner_id == bindparam("whose"))
_WAITING_OF_NOBODY = _waiting(jobs.c.owner_id.is_(None))


def _ranked(names: Collection[str], now: Instant, limit: int) -> Select[Any]:
    """Return the due jobs by turn: an owner's n-th job comes after everybody's (n-1)-th.

    What an owner has in hand already counts as turns taken: else two long jobs of one owner would
    hold every hand while another's short one waits.
    """
    families = _families(names)
    mine = (jobs.c.priority.desc(), jobs.c.not_before, jobs.c.id)
    turn = func.row_number().over(partition_by=jobs.c.owner_id, order_by=mine)
    due = (
        select(jobs.c.id, jobs.c.owner_id, jobs.c.priority, jobs.c.not_before, turn.label("turn"))
        .where(
            jobs.c.state == JobState.WAITING,
            jobs.c.family.in_(families),
            jobs.c.not_before <= now,
            jobs.c.name.in_(names),
        )
        .subquery()
    )
    held = (
        select(jobs.c.owner_id, func.count().label("held"))
        .where(jobs.c.state == JobState.LEASED, jobs.c.family.in_(families))
        .group_by(jobs.c.owner_id)
        .subquery()
    )
    is_same = or_(
        held.c.owner_id == due.c.owner_id,
        and_(held.c.owner_id.is_(None), due.c.owner_id.is_(None)),
    )
    place = due.c.turn + func.coalesce(held.c.held, 0)
    order = (due.c.priority.desc(), place, due.c.not_before, due.c.id)
    rank = func.row_number().over(order_by=order).label("rank")
    return (
        select(due.c.id, rank)
        .select_from(due.outerjoin(held, is_same))
        .where(due.c.turn <= limit)
        .order_by(text("rank"))
        .limit(limit)
    )


def _families(names: Collection[str]) -> list[str]:
    return sorted({family_of(name) for name in names})
