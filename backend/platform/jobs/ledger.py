"""The ledger: jobs are promised, leased, completed once, and never forgotten."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from backend.kernel.clock import SECOND, Clock, Instant, later
from backend.kernel.errors import Conflict, Missing
from backend.kernel.ids import Ids, JobId, OwnerId
from backend.platform.database.engine import Database
from backend.platform.database.tables import jobs
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.types import TOPIC, Backlog, JobRow, JobState, LeasedJob, NewJob
from backend.platform.signals.port import Signals

LIST_MAX = 500
ERROR_CHARS_MAX = 500


class Ledger:
    """Keeps jobs in the truth itself, so that a promise is as durable as what it follows from."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, signals: Signals) -> None:
        self._database, self._clock, self._ids, self._signals = database, clock, ids, signals

    async def add(self, tx: Transaction, job: NewJob) -> JobId:
        """Promise a job in the caller's transaction; the same key gives the job there is."""
        family = job.family
        insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
        added = await tx.execute(
            insert(jobs)
            .values(
                id=self._ids.new(),
                owner_id=job.owner_id,
                name=job.name,
                family=family,
                payload=dict(job.payload),
                key=job.key,
                state=JobState.WAITING,
                priority=job.priority,
                not_before=tx.at if job.not_before is None else job.not_before,
                attempts_max=job.attempts_max,
                trace_id=job.trace_id,
                created_at=tx.at,
            )
            .on_conflict_do_nothing(index_elements=[jobs.c.key])
            .returning(jobs.c.id)
        )
        job_id = added.scalar_one_or_none()
        if job_id is None:
            found = await tx.execute(select(jobs.c.id).where(jobs.c.key == job.key))
            return JobId(found.scalar_one())
        tx.after_commit(self._ring)
        return JobId(job_id)

    async def promise(self, name: str, payload: Mapping[str, Any]) -> JobId:  # Any: JSON
        """Promise a job by itself, however often it was promised before."""
        async with self._database.transaction() as tx:
            return await self.add(tx, NewJob(name, payload, key=f"{name}:{self._ids.new()}"))

    async def lease(
        self, holder: str, names: Collection[str], limit: int, lease_s: float
    ) -> list[LeasedJob]:
        """Take up to `limit` jobs that are due; nobody else gets them before the lease ends."""
        if not names or limit < 1:
            return []
        async with self._database.transaction() as tx:
            due = (
                select(jobs.c.id)
                .where(
                    jobs.c.state == JobState.WAITING,
                    jobs.c.not_before <= tx.at,
                    jobs.c.name.in_(names),
                )
                .order_by(jobs.c.priority.desc(), jobs.c.not_before, jobs.c.id)
                .limit(limit)
                .with_for_update(skip_locked=True)  # PostgreSQL; SQLite has one writer anyway
            )
            taken = [row.id for row in await tx.execute(due)]
            if not taken:
                return []
            rows = {row.id: row for row in await _lease(tx, taken, holder, lease_s)}
        return [_leased(rows[job_id]) for job_id in taken]

    async def lease_one(self, holder: str, job_id: str, lease_s: float) -> LeasedJob | None:
        """Take this job, if it is due and nobody has it."""
        async with self._database.transaction() as tx:
            due = (
                select(jobs.c.id)
                .where(
                    jobs.c.id == job_id,
                    jobs.c.state == JobState.WAITING,
                    jobs.c.not_before <= tx.at,
                )
                .with_for_update(skip_locked=True)
            )
            if (await tx.execute(due)).first() is None:
                return None
            rows = await _lease(tx, [job_id], holder, lease_s)
        return _leased(rows[0])

    async def due(self, names: Collection[str], limit: int) -> list[JobRow]:
        """Return jobs that are due, the owners taking turns: nobody's flood holds up another."""
        if not names or limit < 1:
            return []
        order = (jobs.c.priority.desc(), jobs.c.not_before, jobs.c.id)
        turn = func.row_number().over(partition_by=jobs.c.owner_id, order_by=order)
        query = (
            select(jobs)
            .where(
                jobs.c.state == JobState.WAITING,
                jobs.c.not_before <= self._clock.now(),
                jobs.c.name.in_(names),
            )
            .order_by(jobs.c.priority.desc(), turn, jobs.c.not_before, jobs.c.id)
            .limit(min(limit, LIST_MAX))
        )
        async with self._database.reading() as connection:
            return [_row(row) for row in await connection.execute(query)]

    async def renew(self, job: LeasedJob, lease_s: float, progress: float | None = None) -> bool:
        """Hold a job longer; False when the lease was lost meanwhile."""
        async with self._database.transaction() as tx:
            values: dict[str, Any] = {"lease_until": _after(tx.at, lease_s)}  # Any: column values
            if progress is not None:
                values["progress"] = progress
            held = await tx.execute(update(jobs).where(*_is_held(job)).values(**values))
            return held.rowcount == 1

    async def complete(
        self,
        tx: Transaction,
        job: LeasedJob,
        result: Mapping[str, Any] | None = None,  # Any: JSON
    ) -> None:
        """End a job in the handler's own transaction: its writes and its end are one.

        Raises Conflict when the lease was lost, so that the handler's writes are rolled back:
        whoever holds the job now writes them.
        """
        ended = await tx.execute(
            update(jobs)
            .where(*_is_held(job))
            .values(
                state=JobState.DONE,
                progress=1.0,
                result=None if result is None else dict(result),
                error="",
                lease_holder="",
                lease_until=None,
                finished_at=tx.at,
            )
        )
        if ended.rowcount != 1:
            raise Conflict("The job's lease was lost; somebody else has it now.")

    async def fail(
        self, job: LeasedJob, error: str, retry_in_s: float | None, *, counts: bool = True
    ) -> JobState:
        """Give a job back after a failure; without a retry, or with none left, it is dead.

        An attempt that does not count is made up for by one more: it keeps its number, which is
        part of the lease's name.
        """
        is_dead = retry_in_s is None or (counts and job.attempt >= job.attempts_max)
        state = JobState.DEAD if is_dead else JobState.WAITING
        async with self._database.transaction() as tx:
            await tx.execute(
                update(jobs)
                .where(*_is_held(job))
                .values(
                    state=state,
                    error=error[:ERROR_CHARS_MAX],
                    not_before=_after(tx.at, retry_in_s or 0),
                    attempts_max=jobs.c.attempts_max + (0 if counts else 1),
                    lease_holder="",
                    lease_until=None,
                    finished_at=tx.at if is_dead else None,
                )
            )
            if not is_dead:
                tx.after_commit(self._ring)
        return state

    async def release(self, job: LeasedJob) -> None:
        """Hand a job back unharmed, when its worker is stopped: the attempt does not count."""
        async with self._database.transaction() as tx:
            await tx.execute(
                update(jobs)
                .where(*_is_held(job))
                .values(
                    state=JobState.WAITING,
                    attempts=jobs.c.attempts - 1,
                    not_before=tx.at,
                    lease_holder="",
                    lease_until=None,
                )
            )
            tx.after_commit(self._ring)

    async def sweep(self) -> int:
        """Free the jobs whose holder is silent; the attempt counted, so some are dead now."""
        async with self._database.transaction() as tx:
            is_spent = jobs.c.attempts >= jobs.c.attempts_max
            freed = await tx.execute(
                update(jobs)
                .where(jobs.c.state == JobState.LEASED, jobs.c.lease_until < tx.at)
                .values(
                    state=case((is_spent, JobState.DEAD.value), else_=JobState.WAITING.value),
                    finished_at=case((is_spent, tx.at), else_=None),
                    error="the worker that held it fell silent",
                    not_before=tx.at,
                    lease_holder="",
                    lease_until=None,
                )
            )
            if freed.rowcount:
                tx.after_commit(self._ring)
            return freed.rowcount

    async def cancel(self, tx: Transaction, job_id: JobId) -> bool:
        """Call off a job that nobody has begun; False when it is too late."""
        called_off = await tx.execute(
            update(jobs)
            .where(jobs.c.id == job_id, jobs.c.state == JobState.WAITING)
            .values(state=JobState.CANCELLED, finished_at=tx.at)
        )
        return called_off.rowcount == 1

    async def get(self, job_id: str, owner_id: OwnerId | None = None) -> JobRow:
        """Return one job; with an owner given, only theirs."""
        query = select(jobs).where(jobs.c.id == job_id)
        if owner_id is not None:
            query = query.where(jobs.c.owner_id == owner_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise Missing("There is no such job.")
        return _row(row)

    async def list(
        self, owner_id: OwnerId | None = None, state: JobState | None = None, limit: int = 100
    ) -> list[JobRow]:
        """Return the newest jobs, of one owner or of all."""
        query = select(jobs).order_by(jobs.c.created_at.desc(), jobs.c.id.desc())
        if owner_id is not None:
            query = query.where(jobs.c.owner_id == owner_id)
        if state is not None:
            query = query.where(jobs.c.state == state)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.limit(min(limit, LIST_MAX)))
            return [_row(row) for row in rows]

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

    def _ring(self) -> None:
        self._signals.publish(TOPIC)


async def _lease(
    tx: Transaction, job_ids: Collection[str], holder: str, lease_s: float
) -> Sequence[Row[Any]]:
    leased = await tx.execute(
        update(jobs)
        .where(jobs.c.id.in_(job_ids))
        .values(
            state=JobState.LEASED,
            lease_holder=holder,
            lease_until=_after(tx.at, lease_s),
            attempts=jobs.c.attempts + 1,
            started_at=tx.at,
        )
        .returning(*jobs.c)
    )
    return leased.all()


def _is_held(job: LeasedJob) -> tuple[Any, ...]:  # Any: SQLAlchemy's column expressions
    # The attempt is part of the lease's name: a worker that fell silent, lost its job and was then
    # leased it again must not complete what its first self had begun.
    return (
        jobs.c.id == job.id,
        jobs.c.state == JobState.LEASED,
        jobs.c.lease_holder == job.holder,
        jobs.c.attempts == job.attempt,
    )


def _after(at: Instant, seconds: float) -> Instant:
    return later(at, int(seconds * SECOND))


def _leased(row: Row[Any]) -> LeasedJob:
    return LeasedJob(
        id=JobId(row.id),
        name=row.name,
        family=row.family,
        payload=row.payload,
        key=row.key,
        owner_id=row.owner_id,
        holder=row.lease_holder,
        lease_until=Instant(row.lease_until),
        attempt=row.attempts,
        attempts_max=row.attempts_max,
        trace_id=row.trace_id,
    )


def _row(row: Row[Any]) -> JobRow:
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
        result=row.result,
    )
