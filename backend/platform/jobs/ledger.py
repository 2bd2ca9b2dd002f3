"""The ledger: jobs are promised, leased, completed once, and never forgotten."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, Conflict
from backend.kernel.ids import Ids, JobId, OwnerId
from backend.platform.database.engine import Database
from backend.platform.database.tables import jobs
from backend.platform.database.transaction import Transaction
from backend.platform.jobs import fairness, steering
from backend.platform.jobs.payloads import Payloads, check_result
from backend.platform.jobs.rows import (
    ENDED,
    HISTORY,
    PROMISED,
    after,
    done,
    end_of,
    freed,
    is_held,
    lease_rows,
    leased,
    new_row,
)
from backend.platform.jobs.shown import LIST_MAX, ShownJobs
from backend.platform.jobs.types import (
    TOPIC,
    ErrorKind,
    Failure,
    JobState,
    LeasedJob,
    NewJob,
)
from backend.platform.signals.port import Signals

__all__ = ["CANCELLING", "LIST_MAX", "Held", "Ledger"]

ERROR_CHARS_MAX = 500
WAITING_MAX = 10_000
JOBS_A_SECOND = 20.0  # what a family gets done, cautiously: how soon to come again
PATIENCE_S_MAX = 60.0
RETRIED_AT_ONCE = 100  # in one transaction: a call's turn waits for no more than these
CANCELLING = "cancelling"  # signalled on TOPIC: a running job is to be called off


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that was found alive."""

    is_called_off: bool


class Ledger(ShownJobs):
    """Keeps jobs in the truth itself, so that a promise is as durable as what it follows from."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: Ids,
        signals: Signals,
        *,
        payloads: Payloads | None = None,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        super().__init__(database, clock)
        self._ids, self._signals, self._waiting_max = ids, signals, waiting_max
        self.payloads = payloads or Payloads()

    # ── promised ─────────────────────────────────────────────────────────────────────────────
    async def add(self, tx: Transaction, job: NewJob) -> JobId:
        """Promise a job in the caller's transaction; the same key gives the job there is.

        Always taken, however much waits: what was said must be carried on. A door that can ask its
        caller to come again asks `admit` before.
        """
        [job_id] = await self.add_all(tx, [job])
        return job_id

    async def add_all(self, tx: Transaction, new: Sequence[NewJob]) -> list[JobId]:
        """Promise jobs at once, each with a key of its own, as `add` does; their ids in order."""
        for job in new:
            self.payloads.check(job.name, job.payload)
        rows = [new_row(job, JobId(self._ids.new()), tx) for job in new]
        added = await tx.execute(PROMISED[tx.dialect], rows)
        ids = {row.key: JobId(row.id) for row in added}
        if ids:
            tx.after_commit(self._ring)
        known = [job.key for job in new if job.key not in ids]
        if known:
            found = await tx.execute(select(jobs.c.key, jobs.c.id).where(jobs.c.key.in_(known)))
            ids.update((row.key, JobId(row.id)) for row in found)
        return [ids[job.key] for job in new]

    async def promise(
        self,
        name: str,
        payload: Mapping[str, Any],  # Any: JSON
        owner_id: OwnerId | None = None,
    ) -> JobId:
        """Promise a job by itself, however often it was promised before."""
        job = NewJob(name, payload, key=f"{name}:{self._ids.new()}", owner_id=owner_id)
        async with self._database.transaction() as tx:
            # In the same transaction: that costs less than a snapshot of its own.
            await self._weigh(tx.connection, owner_id, job.family)
            return await self.add(tx, job)

    async def admit(self, owner_id: OwnerId | None, family: str, more: int = 1) -> None:
        """Raise Busy when too much of a family waits for this owner to take on more.

        For doors whose caller can come again, with everything that they would add; never for a
        turn.
        """
        async with self._database.reading() as connection:
            await self._weigh(connection, owner_id, family, more)

    async def _weigh(
        self, connection: AsyncConnection, owner_id: OwnerId | None, family: str, more: int = 1
    ) -> None:
        enough = self._waiting_max + 1
        waiting = await fairness.waiting_of(connection, owner_id, family, enough)
        over = waiting + more - self._waiting_max
        if waiting and over > 0:  # whoever has nothing waiting may bring more than the bound
            raise Behind(
                f"I'm behind with {family}: {waiting} jobs wait already.",
                cure="come again later; ringback jobs list --state waiting shows them",
                retry_after_s=min(max(over / JOBS_A_SECOND, 1.0), PATIENCE_S_MAX),
            )

    # ── leased ───────────────────────────────────────────────────────────────────────────────
    async def lease(
        self,
        holder: str,
        names: Collection[str],
        limit: int,
        lease_s: float,
        together_max: int | None = None,
    ) -> list[LeasedJob]:
        """Take up to `limit` jobs that are due; nobody else gets them before the lease ends.

        With `together_max`, no more than so many of these families run in the whole instance.
        """
        if not names or limit < 1:
            return []
        # A lease need not survive a power cut: without it the job simply waits again.
        async with self._database.transaction(is_durable=False) as tx:
            if together_max is not None:
                limit = await fairness.hands_left(tx, names, limit, together_max)
            taken = await fairness.due_ids(tx, names, limit) if limit > 0 else []
            if not taken:
                return []
            rows = {row.id: row for row in await lease_rows(tx, taken, holder, lease_s)}
        return [leased(rows[job_id]) for job_id in taken]

    async def renew(self, job: LeasedJob, lease_s: float, progress: float | None = None) -> bool:
        """Hold a job longer; False when the lease was lost meanwhile."""
        told = {} if progress is None else {job.id: progress}
        return job.id in await self.renew_all([job], lease_s, told)

    async def renew_all(
        self,
        held: Sequence[LeasedJob],
        lease_s: float,
        progress: Mapping[JobId, float] | None = None,
    ) -> dict[JobId, Held]:
        """Hold jobs longer, all at once; what is missing in the answer was lost meanwhile."""
        leases = {(job.id, job.holder, job.attempt, job.leased_at) for job in held}
        async with self._database.transaction(is_durable=False) as tx:
            renewed = await tx.execute(
                update(jobs)
                .where(
                    jobs.c.id.in_([job.id for job in held]),
                    jobs.c.state == JobState.LEASED,
                    jobs.c.lease_holder.in_({job.holder for job in held}),
                )
                .values(lease_until=after(tx.at, lease_s))
                .returning(
                    jobs.c.id,
                    jobs.c.lease_holder,
                    jobs.c.attempts,
                    jobs.c.started_at,
                    jobs.c.cancel_asked_at,
                )
            )
            alive = {
                JobId(row.id): Held(row.cancel_asked_at is not None)
                for row in renewed
                if (row.id, row.lease_holder, row.attempts, row.started_at) in leases
            }
            for job_id, fraction in (progress or {}).items():
                if job_id in alive:
                    await tx.execute(
                        update(jobs).where(jobs.c.id == job_id).values(progress=fraction)
                    )
        return alive

    # ── ended ────────────────────────────────────────────────────────────────────────────────
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
        check_result(job.name, result)
        kept = None if result is None else dict(result)
        if job.history:
            kept = {**(kept or {}), HISTORY: list(job.history)}
        ended = await tx.execute(ENDED, end_of(job, tx, kept))
        if ended.rowcount != 1:
            raise Conflict("The job's lease was lost; somebody else has it now.")

    async def complete_all(self, ended: Sequence[LeasedJob]) -> frozenset[JobId]:
        """End jobs whose handlers wrote nothing here, by one commit; those that were not lost."""
        alive: set[JobId] = set()
        async with self._database.transaction() as tx:
            for holder in {job.holder for job in ended}:
                leases = {
                    (job.id, job.attempt, job.leased_at) for job in ended if job.holder == holder
                }
                found = await tx.execute(
                    select(jobs.c.id, jobs.c.attempts, jobs.c.started_at)
                    .where(
                        jobs.c.id.in_([lease[0] for lease in leases]),
                        jobs.c.state == JobState.LEASED,
                        jobs.c.lease_holder == holder,
                    )
                    .with_for_update()
                )
                alive |= {JobId(row[0]) for row in found if tuple(row) in leases}
            if alive:
                await tx.execute(update(jobs).where(jobs.c.id.in_(alive)).values(**done(tx)))
        return frozenset(alive)

    async def fail(self, job: LeasedJob, failure: Failure) -> JobState:
        """Give a job back after a failure; without a retry, or with none left, it is dead.

        An attempt that does not count is made up for by one more. Returns LEASED when the lease was
        lost: it is somebody else's now.
        """
        is_spent = failure.counts and job.attempt >= job.attempts_max
        is_dead = failure.retry_in_s is None or is_spent
        state = JobState.DEAD if is_dead else JobState.WAITING
        async with self._database.transaction() as tx:
            failed = await tx.execute(
                update(jobs)
                .where(*is_held(job))
                .values(
                    **freed(state, tx),
                    error=failure.error[:ERROR_CHARS_MAX],
                    error_kind=failure.kind.value,
                    not_before=after(tx.at, failure.retry_in_s or 0),
                    attempts_max=jobs.c.attempts_max + (0 if failure.counts else 1),
                )
                .returning(jobs.c.state)
            )
            found = failed.scalar_one_or_none()
            if found == JobState.WAITING:
                tx.after_commit(self._ring)
        return JobState.LEASED if found is None else JobState(found)

    async def release(self, *held: LeasedJob) -> None:
        """Hand jobs back unharmed, when their worker is stopped: the attempt does not count."""
        async with self._database.transaction() as tx:
            for job in held:
                await tx.execute(
                    update(jobs)
                    .where(*is_held(job))
                    .values(
                        **freed(JobState.WAITING, tx),
                        attempts=jobs.c.attempts - 1,
                    )
                )
            tx.after_commit(self._ring)

    async def call_off(self, job: LeasedJob) -> None:
        """End a job that ran when it was called off."""
        async with self._database.transaction() as tx:
            await tx.execute(
                update(jobs).where(*is_held(job)).values(**freed(JobState.CANCELLED, tx))
            )

    async def sweep(self, is_dead: Callable[[str], bool] = lambda _holder: False) -> int:
        """Free the jobs whose holder is silent, or known to be dead.

        The attempt counted, so some jobs are dead now as well.
        """
        silent = await self._silent(is_dead)
        if not silent:
            return 0
        async with self._database.transaction() as tx:
            is_spent = jobs.c.attempts >= jobs.c.attempts_max
            state = case((is_spent, JobState.DEAD.value), else_=JobState.WAITING.value)
            swept = await tx.execute(
                update(jobs)
                .where(
                    jobs.c.state == JobState.LEASED,
                    jobs.c.lease_holder.in_(silent),
                    or_(
                        jobs.c.lease_until < tx.at,
                        jobs.c.lease_holder.in_([one for one in silent if is_dead(one)]),
                    ),
                )
                .values(
                    **freed(state, tx),
                    error="the worker that held it fell silent",
                    error_kind=ErrorKind.LOST.value,
                    not_before=tx.at,
                )
            )
            if swept.rowcount:
                tx.after_commit(self._ring)
            return swept.rowcount

    async def _silent(self, is_dead: Callable[[str], bool]) -> list[str]:
        """Look before taking the writer's turn: almost always everybody is alive."""
        holders = (
            select(jobs.c.lease_holder, func.min(jobs.c.lease_until).label("until"))
            .where(jobs.c.state == JobState.LEASED)
            .group_by(jobs.c.lease_holder)
        )
        now = self._clock.now()
        async with self._database.reading() as connection:
            found = (await connection.execute(holders)).all()
        return [row.lease_holder for row in found if row.until < now or is_dead(row.lease_holder)]

    # ── steered by people ────────────────────────────────────────────────────────────────────
    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction, for whoever steers a job and does nothing else."""
        return self._database.transaction()

    async def cancel(
        self, tx: Transaction, job_id: str, owner_id: OwnerId | None = None
    ) -> JobState:
        """Call a job off: CANCELLED at once while it waits, LEASED as long as it still runs."""
        state = await steering.cancel(tx, job_id, owner_id)
        if state is JobState.LEASED:
            tx.after_commit(lambda: self._signals.publish(TOPIC, CANCELLING))
        return state

    async def retry(self, tx: Transaction, job_id: str, owner_id: OwnerId | None = None) -> None:
        """Give a job that died or was called off a new life, with all its attempts."""
        await steering.retry(tx, job_id, owner_id)
        tx.after_commit(self._ring)

    async def retry_dead(self, name: str, owner_id: OwnerId | None = None) -> int:
        """Give every job of a name that died a new life; return how many."""
        now = self._clock.now()  # what dies again meanwhile stays dead
        return await self._retry_all(
            lambda tx: steering.dead_ids(tx, name, owner_id, now, RETRIED_AT_ONCE)
        )

    async def keep_promises(self) -> int:
        """Give what follows from words a new life, where it died or was called off."""
        now = self._clock.now()
        return await self._retry_all(lambda tx: steering.broken_ids(tx, now, RETRIED_AT_ONCE))

    async def _retry_all(self, some: Callable[[Transaction], Awaitable[list[str]]]) -> int:
        count = 0
        while True:
            async with self.transaction() as tx:
                found = await some(tx)
                for job_id in found:
                    await self.retry(tx, job_id)
            count += len(found)
            if len(found) < RETRIED_AT_ONCE:
                return count

    async def hurry(self, tx: Transaction, job_id: str, owner_id: OwnerId | None = None) -> None:
        """Make a job that waits for its time due now."""
        await steering.hurry(tx, job_id, owner_id)
        tx.after_commit(self._ring)

    def _ring(self) -> None:
        self._signals.publish(TOPIC)


class Behind(Busy):
    """More waits to be done than can be taken on."""

    spoken = "I'm still behind with what came before. Please give me a minute."
