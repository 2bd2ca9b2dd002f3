"""Takes away jobs that are over for long, a few at a time; what health tells of stays."""

from sqlalchemy import delete, func, or_, select

from backend.kernel.clock import Instant
from backend.platform.database.engine import Database
from backend.platform.database.tables import jobs
from backend.platform.jobs.types import FAMILIES, KEPT_PROMISES, JobState

ROWS_AT_ONCE = 500  # of one transaction: a call's turn waits for no more than these


async def prune_jobs(database: Database, *, over_before: Instant, dead_before: Instant) -> int:
    """Delete jobs that were done or called off before a moment, and died before another.

    The last one done of each name stays: it is how anybody knows when a backup was made.
    """
    newest = select(func.max(jobs.c.id)).where(jobs.c.state == JobState.DONE)
    async with database.reading() as connection:
        kept = list((await connection.execute(newest.group_by(jobs.c.name))).scalars())
    removed = 0
    for states, before in (
        ((JobState.DONE, JobState.CANCELLED), over_before),
        ((JobState.DEAD,), dead_before),
    ):
        while gone := await _prune_some(database, states, before, kept):
            removed += gone
    return removed


async def _prune_some(
    database: Database, states: tuple[JobState, ...], before: Instant, kept: list[str]
) -> int:
    old = (
        jobs.c.family.in_(sorted(set(FAMILIES.values()))),
        jobs.c.finished_at < before,
        jobs.c.state.in_(states),
        # A promise that was not kept is how anybody knows that something is still to be done.
        or_(jobs.c.state == JobState.DONE, jobs.c.name.not_in(KEPT_PROMISES)),
    )
    async with database.transaction() as tx:
        query = select(jobs.c.id).where(*old, jobs.c.id.not_in(kept)).limit(ROWS_AT_ONCE)
        ids = list((await tx.execute(query)).scalars())
        if not ids:
            return 0
        # Once more by its state: somebody may just be giving it a new life.
        return (await tx.execute(delete(jobs).where(jobs.c.id.in_(ids), *old))).rowcount
