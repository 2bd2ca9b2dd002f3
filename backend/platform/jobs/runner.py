"""Runs one leased job: its handler, its deadline, its heartbeat, and what follows a failure."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, Missing, Refused, RingbackError, Unavailable
from backend.kernel.ids import Chance
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import JobState, LeasedJob
from backend.platform.tasks import unbroken
from backend.platform.telemetry.logs import get_logger

RENEWALS_PER_LEASE = 3
RETRY_FIRST_S = 1.0
RETRY_LAST_S = 300.0

_log = get_logger("jobs")


class Completion:
    """In a handler's hand: ends the job within the handler's own transaction."""

    def __init__(self, ledger: Ledger, job: LeasedJob) -> None:
        self._ledger, self._job = ledger, job
        self.is_done = False

    async def commit(
        self,
        tx: Transaction,
        result: Mapping[str, Any] | None = None,  # Any: JSON
    ) -> None:
        """End the job together with what was written in this transaction, or neither."""
        await self._ledger.complete(tx, self._job, result)
        tx.after_commit(self._mark)

    def _mark(self) -> None:
        self.is_done = True


Handler = Callable[[LeasedJob, Completion], Awaitable[None]]
OnEnd = Callable[[str, JobState, float], None]
"""Told how a run ended: the job's name, how it stands now, and the seconds it took."""


@dataclass(frozen=True, slots=True)
class RunLimits:
    """How long a job may run, and how long it is held without a sign of life."""

    lease_s: float = 20.0
    deadline_s: float = 300.0
    deadlines_s: Mapping[str, float] = field(default_factory=dict)  # of jobs that differ, by name

    def deadline_of(self, name: str) -> float:
        """Return how long a job of this name may run."""
        return self.deadlines_s.get(name, self.deadline_s)


class LeaseLost(Exception):
    """Somebody else may have the job now."""


class JobRunner:
    """Runs jobs by the registry: name → handler."""

    def __init__(  # noqa: PLR0913 - what a run stands on, each named
        self,
        ledger: Ledger,
        database: Database,
        clock: Clock,
        registry: Mapping[str, Handler],
        *,
        chance: Chance,
        limits: RunLimits | None = None,
        on_end: OnEnd = lambda _name, _state, _seconds: None,
    ) -> None:
        self.ledger, self._on_end = ledger, on_end
        self._database, self._clock, self._chance = database, clock, chance
        self._registry = dict(registry)
        self.limits = limits or RunLimits()

    @property
    def names(self) -> frozenset[str]:
        """Return which jobs can be run here."""
        return frozenset(self._registry)

    async def run(self, job: LeasedJob) -> JobState:
        """Run a job to its end and return how it stands then; a cancellation hands it back."""
        began = self._clock.monotonic()
        state = await self._run(job)
        self._on_end(job.name, state, self._clock.monotonic() - began)
        return state

    async def _run(self, job: LeasedJob) -> JobState:
        completion = Completion(self.ledger, job)
        try:
            async with asyncio.timeout(self.limits.deadline_of(job.name)):
                await self._beside_heartbeat(job, completion)
            if not completion.is_done:  # a handler that wrote nothing here has nothing to join
                async with self._database.transaction() as tx:
                    await completion.commit(tx)
        except asyncio.CancelledError:
            with suppress(RingbackError):  # without the database the lease ends by itself
                await unbroken(self.ledger.release(job))
            raise
        except Exception as failure:  # the job runner is where the failures of jobs end
            if not completion.is_done:
                return await self._failed(job, failure)
            _log.warning("job_failed_after_its_end", job=job.name, job_id=job.id, failure=failure)
        return JobState.DONE

    async def _beside_heartbeat(self, job: LeasedJob, completion: Completion) -> None:
        handler = self._registry.get(job.name)
        if handler is None:
            raise Missing(f"Nobody here runs jobs named {job.name}.")
        try:
            async with asyncio.TaskGroup() as group:
                heartbeat = group.create_task(self._renew(job, completion))
                await handler(job, completion)
                heartbeat.cancel()
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _renew(self, job: LeasedJob, completion: Completion) -> None:
        """Hold the lease while the handler works; raise, and so stop it, when it is lost."""
        held_until = self._clock.monotonic() + self.limits.lease_s
        while True:
            await self._clock.sleep(self.limits.lease_s / RENEWALS_PER_LEASE)
            if completion.is_done:
                return
            asked_at = self._clock.monotonic()
            try:
                if not await self.ledger.renew(job, self.limits.lease_s):
                    raise LeaseLost
                held_until = asked_at + self.limits.lease_s
            except (Busy, Unavailable):
                if self._clock.monotonic() >= held_until:
                    raise LeaseLost from None

    async def _failed(self, job: LeasedJob, failure: Exception) -> JobState:
        if isinstance(failure, LeaseLost):
            _log.warning("job_lost", job=job.name, job_id=job.id, attempt=job.attempt)
            return JobState.LEASED
        # What was refused is refused again; all else may be better later.
        retry_in_s = None if isinstance(failure, Refused) else self._backoff(job.attempt)
        # A server that is away for hours is not the job's fault: the job waits for it.
        is_elsewhere = isinstance(failure, (Busy, Unavailable)) and failure.retryable
        state = await self.ledger.fail(
            job, _described(failure), retry_in_s, counts=not is_elsewhere
        )
        _log.warning(
            "job_failed",
            job=job.name,
            job_id=job.id,
            attempt=job.attempt,
            state=state.value,
            failure=failure,
        )
        return state

    def _backoff(self, attempt: int) -> float:
        wait_s = min(RETRY_FIRST_S * 2.0 ** (attempt - 1), RETRY_LAST_S)
        # Jitter: jobs that failed together must not come back together.
        return wait_s * (0.5 + self._chance.fraction() / 2)


def _described(failure: Exception) -> str:
    """Return the kind, and the text only where it is ours: others' may repeat what was said."""
    if isinstance(failure, RingbackError):
        return f"{type(failure).__name__}: {failure.message}"
    return type(failure).__name__
