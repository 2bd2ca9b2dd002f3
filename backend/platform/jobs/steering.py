"""What people do to a job: call it off, have it run again, have it run now."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update

from backend.kernel.clock import Instant
from backend.kernel.errors import Conflict, Missing
from backend.kernel.ids import OwnerId
from backend.platform.database.tables import jobs
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.rows import COLUMNS, HISTORY, HISTORY_MAX, decoded, history_of
from backend.platform.jobs.types import ATTEMPTS_MAX, ENDED_BADLY, KEPT_PROMISES, JobState

# What was forgotten is gone from the first moment; these wipe its last traces.
NEVER_CALLED_OFF = ("upkeep.forget",)


async def cancel(tx: Transaction, job_id: str, owner_id: OwnerId | None) -> JobState:
    """Call a job off: at once while it waits; while it runs, at its next sign of life."""
    held = await tx.execute(
        jobs.select()
        .with_only_columns(jobs.c.id)
        .where(*_of(job_id, owner_id), jobs.c.name.in_(NEVER_CALLED_OFF))
    )
    if held.first() is not None:
        raise Conflict("What was forgotten stays forgotten: wiping its traces is never called off.")
    waiting = await tx.execute(
        update(jobs)
        .where(*_of(job_id, owner_id), jobs.c.state == JobState.WAITING)
        .values(state=JobState.CANCELLED, cancel_asked_at=tx.at, finished_at=tx.at)
    )
    if waiting.rowcount:
        return JobState.CANCELLED
    running = await tx.execute(
        update(jobs)
        .where(*_of(job_id, owner_id), jobs.c.state == JobState.LEASED)
        .values(cancel_asked_at=tx.at)
    )
    if running.rowcount:
        return JobState.LEASED
    state = await _state_of(tx, job_id, owner_id)
    raise Conflict(f"The job is {state} already.")


async def retry(tx: Transaction, job_id: str, owner_id: OwnerId | None) -> None:
    """Give a job that ended badly a new life; how the last one ended is kept with its result."""
    found = await tx.execute(
        jobs.select().with_only_columns(*COLUMNS).where(*_of(job_id, owner_id)).with_for_update()
    )
    row = found.one_or_none()
    if row is None:
        raise Missing("There is no such job.")
    if row.state not in ENDED_BADLY:
        raise Conflict(f"The job is {row.state}: only one that died or was called off is retried.")
    life = {
        "ended_at": row.finished_at,
        "state": row.state,
        "attempts": row.attempts,
        "error": row.error,
        "error_kind": row.error_kind,
    }
    history = [*history_of(decoded(row.result)), life][-HISTORY_MAX:]
    await tx.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            state=JobState.WAITING,
            attempts=0,
            attempts_max=ATTEMPTS_MAX,
            not_before=tx.at,
            progress=0.0,
            cancel_asked_at=None,
            finished_at=None,
            result={HISTORY: history},
        )
    )


async def dead_ids(
    tx: Transaction, name: str, owner_id: OwnerId | None, before: Instant, limit: int
) -> list[str]:
    """Return some jobs of a name that died until a moment, the oldest first; they are ours now."""
    died = (jobs.c.state == JobState.DEAD, jobs.c.name == name, jobs.c.finished_at <= before)
    mine = (jobs.c.owner_id == owner_id,) if owner_id is not None else ()
    return await _some(tx, (*died, *mine), limit)


async def broken_ids(tx: Transaction, before: Instant, limit: int) -> list[str]:
    """Return some kept promises that ended badly until a moment, the oldest first."""
    broken = (
        jobs.c.state.in_(ENDED_BADLY),
        jobs.c.name.in_(KEPT_PROMISES),
        jobs.c.finished_at <= before,
    )
    return await _some(tx, broken, limit)


async def _some(tx: Transaction, those: Sequence[ColumnElement[bool]], limit: int) -> list[str]:
    query = select(jobs.c.id).where(*those)
    query = query.order_by(jobs.c.id).limit(limit).with_for_update(skip_locked=True)
    return list((await tx.execute(query)).scalars())


async def hurry(tx: Transaction, job_id: str, owner_id: OwnerId | None) -> None:
    """Make a job that waits for its time due now."""
    hurried = await tx.execute(
        update(jobs)
        .where(*_of(job_id, owner_id), jobs.c.state == JobState.WAITING)
        .values(not_before=tx.at)
    )
    if not hurried.rowcount:
        state = await _state_of(tx, job_id, owner_id)
        raise Conflict(f"The job is {state}: only one that waits can be hurried.")


async def _state_of(tx: Transaction, job_id: str, owner_id: OwnerId | None) -> str:
    found = await tx.execute(
        jobs.select().with_only_columns(jobs.c.state).where(*_of(job_id, owner_id))
    )
    state = found.scalar_one_or_none()
    if state is None:
        raise Missing("There is no such job.")
    return str(state)


def _of(job_id: str, owner_id: OwnerId | None) -> tuple[ColumnElement[bool], ...]:
    mine = (jobs.c.owner_id == owner_id,) if owner_id is not None else ()
    return (jobs.c.id == job_id, *mine)
