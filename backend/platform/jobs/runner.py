"""Runs leased jobs: their handlers, their deadlines, and what follows a failure."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError
from structlog.contextvars import bound_contextvars

from backend.kernel.clock import Clock
from backend.kernel.errors import Invalid, Missing, RingbackError
from backend.kernel.ids import Chance
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.backoff import failure_of
from backend.platform.jobs.heartbeat import Heartbeat, InHand, Verdict
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import JobState, LeasedJob
from backend.platform.tasks import unbroken
from backend.platform.telemetry.logs import get_logger

GROUP_S = 0.05  # what ended without writes is committed together, but not later than this

_log = get_logger("jobs")


class Completion:
    """In a handler's hand: ends the job within the handler's own transaction."""

    def __init__(self, ledger: Ledger, in_hand: InHand) -> None:
        self._ledger, self._in_hand = ledger, in_hand

    @property
    def is_done(self) -> bool:
        """Say whether the job's end is durable."""
        return self._in_hand.is_done

    async def commit(
        self,
        tx: Transaction,
        result: Mapping[str, Any] | None = None,  # Any: JSON
    ) -> None:
        """End the job together with what was written in this transaction, or neither."""
        await self._ledger.complete(tx, self._in_hand.job, result)
        tx.after_commit(self._mark)

    def progress(self, fraction: float) -> None:
        """Tell how far the job is, from 0 to 1; written with the next sign of life."""
        self._in_hand.progress = min(max(fraction, 0.0), 1.0)

    def _mark(self) -> None:
        self._in_hand.is_done = True


Handler = Callable[[LeasedJob, Completion], Awaitable[None]]
OnEnd = Callable[[str, JobState, float], None]
"""Told how a run ended: the job's name, how it stands now, and the seconds it took."""


@dataclass(frozen=True, slots=True)
class RunLimits:
    """How long a job may run, and how long it is held without a sign of life."""

    lease_s: float = 12.0
    deadline_s: float = 300.0
    deadlines_s: Mapping[str, float] = field(default_factory=dict)  # of jobs that differ, by name

    def deadline_of(self, name: str) -> float:
        """Return how long a job of this name may run."""
        return self.deadlines_s.get(name, self.deadline_s)


class Handful:
    """Jobs that one hand took at once: those that wait in it, and those done but not yet ended."""

    def __init__(self, jobs: Iterable[LeasedJob]) -> None:
        self.waiting = deque(jobs)
        self.ended: list[tuple[LeasedJob, float]] = []
        self.unended_since = 0.0


class JobRunner:
    """Runs jobs by the registry: name → handler."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        registry: Mapping[str, Handler],
        *,
        chance: Chance,
        limits: RunLimits | None = None,
        on_end: OnEnd = lambda _name, _state, _seconds: None,
    ) -> None:
        self.ledger, self.clock, self._on_end = ledger, clock, on_end
        self._chance = chance
        self._registry = dict(registry)
        self.limits = limits or RunLimits()
        self.heartbeat = Heartbeat(ledger, clock, self.limits.lease_s)

    @property
    def names(self) -> frozenset[str]:
        """Return which jobs can be run here."""
        return frozenset(self._registry)

    async def run(self, job: LeasedJob) -> None:
        """Run one job to its end; a cancellation hands it back."""
        await self.run_all(Handful([job]))

    async def run_all(self, handful: Handful) -> None:
        """Run jobs one after the other; a cancellation hands back those that were not begun.

        Those whose handlers write nothing here end by one commit.
        """
        self.heartbeat.hold(handful.waiting)
        handful.unended_since = self.clock.monotonic()
        try:
            while handful.waiting:
                job = handful.waiting.popleft()
                began = self.clock.monotonic()
                try:
                    state = await self._attempt(job)
                except BaseException:
                    self.heartbeat.let_go(job)  # or it would be held for ever
                    raise
                now = self.clock.monotonic()
                if state is not None:
                    self._end(job, state, now - began)
                    continue
                handful.ended.append((job, now - began))
                if now - handful.unended_since > GROUP_S:
                    await self._complete(handful)
                    handful.unended_since = self.clock.monotonic()
        finally:
            try:
                await unbroken(self._complete(handful))
            finally:
                await self._hand_back(handful)

    async def let_go(self, handful: Handful) -> None:
        """Write down what is done of a handful and give back the rest: its hand is held up."""
        await self._complete(handful)
        await self._hand_back(handful)

    async def _hand_back(self, handful: Handful) -> None:
        left = list(handful.waiting)
        handful.waiting.clear()
        if left:
            await self._release(left)

    async def _release(self, jobs: Sequence[LeasedJob]) -> None:
        """Give jobs back to the ledger unharmed; without the database their leases end anyway."""
        for job in jobs:
            self.heartbeat.let_go(job)
        with suppress(RingbackError, DBAPIError):
            await unbroken(self.ledger.release(*jobs))

    async def _attempt(self, job: LeasedJob) -> JobState | None:
        """Run a handler; None when all that is left is to write down that it is done."""
        in_hand = self.heartbeat.of(job)
        try:
            # Whatever is logged meanwhile says for which job, and for which turn that promised it.
            with bound_contextvars(job=job.name, job_id=job.id, trace_id=job.trace_id):
                await self._handle(job, in_hand)
        except asyncio.CancelledError:
            if not in_hand.is_done:
                await self._release([job])
            raise
        except Exception as problem:  # the job runner is where the failures of jobs end
            if not in_hand.is_done:
                return await self._failed(in_hand, problem)
            _log.warning("job_failed_after_its_end", job=job.name, job_id=job.id, failure=problem)
        return JobState.DONE if in_hand.is_done else None

    async def _handle(self, job: LeasedJob, in_hand: InHand) -> None:
        if job.fault:
            raise Invalid(job.fault)
        handler = self._registry.get(job.name)
        if handler is None:
            raise Missing(f"Nobody here runs jobs named {job.name}.")
        self.ledger.payloads.check(job.name, job.payload)
        if in_hand.verdict is not None:
            raise TimeoutError  # while it waited for its turn in this hand
        try:
            async with asyncio.timeout(self.limits.deadline_of(job.name)) as in_hand.limit:
                await handler(job, Completion(self.ledger, in_hand))
        finally:
            in_hand.limit = None

    async def _failed(self, in_hand: InHand, problem: Exception) -> JobState:
        job = in_hand.job
        if in_hand.verdict is Verdict.LOST:
            _log.warning("job_lost", job=job.name, job_id=job.id, attempt=job.attempt)
            return JobState.LEASED
        if in_hand.verdict is Verdict.CALLED_OFF:
            await self.ledger.call_off(job)
            _log.info("job_called_off", job=job.name, job_id=job.id)
            return JobState.CANCELLED
        failure = failure_of(problem, job, self._chance)
        state = await self.ledger.fail(job, failure)
        _log.warning(
            "job_failed",
            job=job.name,
            job_id=job.id,
            attempt=job.attempt,
            state=state.value,
            kind=failure.kind.value,
            failure=problem,
        )
        return state

    async def _complete(self, handful: Handful) -> None:
        """Commit what ended without writes; where that fails the leases end and it runs again."""
        ended, handful.ended = handful.ended, []
        if not ended:
            return
        for job, _ in ended:
            self.heartbeat.let_go(job)
        done = await self.ledger.complete_all([job for job, _ in ended])
        for job, took_s in ended:
            self._end(job, JobState.DONE if job.id in done else JobState.LEASED, took_s)

    def _end(self, job: LeasedJob, state: JobState, took_s: float) -> None:
        self.heartbeat.let_go(job)
        self._on_end(job.name, state, took_s)
