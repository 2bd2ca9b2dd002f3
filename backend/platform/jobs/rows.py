"""A job as the database has it: read without trust, since one bad row must not stop the others."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, Text, bindparam, case, cast, literal, update
from sqlalchemy.dialects import postgresql, sqlite

from backend.kernel.clock import SECOND, Instant, later
from backend.kernel.ids import JobId
from backend.platform.database.tables import jobs
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.types import JobRow, JobState, LeasedJob, NewJob

HISTORY = "history"  # where a result keeps what a replay put aside
HISTORY_MAX = 10
IS_CALLED_OFF = jobs.c.cancel_asked_at.is_not(None)

# As text: were they decoded by the driver, one damaged payload would fail the whole batch.
COLUMNS = (
    *(column for column in jobs.c if column.name not in ("payload", "result")),
    cast(jobs.c.payload, Text).label("payload"),
    cast(jobs.c.result, Text).label("result"),
)

# Built once: to build such a statement takes longer than to run it.
PROMISED: Final = {
    name: insert(jobs)
    .on_conflict_do_nothing(index_elements=[jobs.c.key])
    .returning(jobs.c.id, jobs.c.key)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}

_DONE: Final = {
    "state": JobState.DONE,
    "progress": 1.0,
    "error": "",
    "error_kind": "",
    "lease_holder": "",
    "lease_until": None,
}
ENDED: Final = (  # by the handler's own transaction
    update(jobs)
    .where(
        jobs.c.id == bindparam("of_id"),
        jobs.c.state == JobState.LEASED,
        jobs.c.lease_holder == bindparam("of_holder"),
        jobs.c.attempts == bindparam("of_attempt"),
        jobs.c.started_at == bindparam("leased_at"),
    )
    .values(**_DONE, finished_at=bindparam("ended_at"), result=bindparam("told"))
)


def end_of(job: LeasedJob, tx: Transaction, result: Any) -> dict[str, Any]:  # Any: JSON, and values
    """Return what `ENDED` is given; what is true of the row is what `is_held` asks."""
    return {
        "of_id": job.id,
        "of_holder": job.holder,
        "of_attempt": job.attempt,
        "leased_at": job.leased_at,
        "ended_at": tx.at,
        "told": result,
    }


def new_row(job: NewJob, job_id: JobId, tx: Transaction) -> dict[str, Any]:  # Any: column values
    """Return what is written of a job that is promised."""
    return {
        "id": job_id,
        "owner_id": job.owner_id,
        "name": job.name,
        "family": job.family,
        "payload": dict(job.payload),
        "key": job.key,
        "state": JobState.WAITING,
        "priority": job.priority,
        "not_before": tx.at if job.not_before is None else job.not_before,
        "attempts_max": job.attempts_max,
        "trace_id": job.trace_id,
        "created_at": tx.at,
    }


def after(at: Instant, seconds: float) -> Instant:
    """Return the instant so many seconds later."""
    return later(at, int(seconds * SECOND))


def is_held(job: LeasedJob) -> tuple[Any, ...]:  # Any: SQLAlchemy's column expressions
    """Return what is true of a job's row as long as this very lease lasts.

    Attempt and moment are part of the lease's name: a worker that fell silent, lost its job and was
    then leased it again must not complete what its first self had begun.
    """
    return (
        jobs.c.id == job.id,
        jobs.c.state == JobState.LEASED,
        jobs.c.lease_holder == job.holder,
        jobs.c.attempts == job.attempt,
        jobs.c.started_at == job.leased_at,
    )


async def lease_rows(
    tx: Transaction, job_ids: Collection[str], holder: str, lease_s: float
) -> Sequence[Row[Any]]:
    """Give jobs that wait to a holder and return their rows."""
    leased = await tx.execute(
        update(jobs)
        .where(jobs.c.id.in_(job_ids))
        .values(
            state=JobState.LEASED,
            lease_holder=holder,
            lease_until=after(tx.at, lease_s),
            attempts=jobs.c.attempts + 1,
            started_at=tx.at,
        )
        .returning(*COLUMNS)
    )
    return leased.all()


def done(tx: Transaction) -> dict[str, Any]:  # Any: column values
    """Return what ends a job well."""
    return {**_DONE, "finished_at": tx.at}


def freed(state: Any, tx: Transaction) -> dict[str, Any]:  # Any: column values and expressions
    """Return what takes a job out of its holder's hands; one that was called off ends by it."""
    wanted = literal(state.value) if isinstance(state, JobState) else state
    becomes = case((IS_CALLED_OFF, JobState.CANCELLED.value), else_=wanted)
    return {
        "state": becomes,
        "finished_at": case((becomes == JobState.WAITING.value, None), else_=tx.at),
        "lease_holder": "",
        "lease_until": None,
    }


def leased(row: Row[Any]) -> LeasedJob:
    """Return a row as whoever runs the job gets it."""
    payload = decoded(row.payload)
    return LeasedJob(
        id=JobId(row.id),
        name=row.name,
        family=row.family,
        payload={} if payload is None else payload,
        key=row.key,
        owner_id=row.owner_id,
        holder=row.lease_holder,
        lease_until=Instant(row.lease_until),
        attempt=row.attempts,
        attempts_max=row.attempts_max,
        leased_at=Instant(row.started_at),
        trace_id=row.trace_id,
        fault="Its stored payload is not a JSON object." if payload is None else "",
        history=history_of(decoded(row.result)),
    )


def shown(row: Row[Any]) -> JobRow:
    """Return a row as people look at it."""
    return JobRow(
        id=JobId(row.id),
        owner_id=row.owner_id,
        name=row.name,
        family=row.family,
        key=row.key,
        state=JobState(row.state),
        attempts=row.attempts,
        attempts_max=row.attempts_max,
        progress=row.progress,
        lease_holder=row.lease_holder,
        lease_until=row.lease_until,
        error=row.error,
        not_before=row.not_before,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        result=decoded(row.result),
        error_kind=row.error_kind,
        cancel_asked_at=row.cancel_asked_at,
        trace_id=row.trace_id,
        priority=row.priority,
    )


def decoded(text: str | None) -> Mapping[str, Any] | None:  # Any: JSON
    """Return the object that a column holds; None for everything else."""
    try:
        found = json.loads(text or "null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def history_of(result: Mapping[str, Any] | None) -> Sequence[Any]:  # Any: JSON
    """Return what a job's earlier lives left."""
    found = (result or {}).get(HISTORY)
    return found[-HISTORY_MAX:] if isinstance(found, list) else ()
