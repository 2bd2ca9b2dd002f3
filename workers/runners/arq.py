"""Runs the ledger's jobs by arq: Redis rings, whichever worker is free leases and runs.

arq carries the name of a family and nothing else. The truth is the ledger's: what Redis loses is
rung again, what it rings twice is leased once, and while it is away this process runs jobs by
itself.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, cast

from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func
from redis.exceptions import RedisError

from backend.kernel.clock import SECOND, Clock
from backend.platform.signals.port import Signals
from backend.platform.telemetry.logs import get_logger
from workers.runners.crew import REST_S, TROUBLES, TURN_S, Crew
from workers.runners.in_process import InProcessRunner, attend

QUEUE = "ringback:jobs:"
FUNCTION = "run"
POLL_DELAY_S = 0.05  # arq's own half a second would be heard in a conversation
RING_MAX = 8  # hands rung for at a time in a family: each works until nothing is due
BELL_S = 30.0  # a bell that nobody heard is not answered any more: it was rung again
RETRY_S = 2.0  # before Redis is tried again
TIMEOUT_MARGIN_S = 30.0  # a job's deadline is kept by our runner; arq's is the second fence

_TROUBLES = (RedisError, OSError, TimeoutError)
_log = get_logger("workers")


class ArqRunner:
    """Rings for what is due, and answers the bell for each family by an arq worker."""

    def __init__(self, redis_url: str, *, crew: Crew, signals: Signals, clock: Clock) -> None:
        self._settings = RedisSettings.from_dsn(redis_url)
        self._crew, self._signals, self._clock = crew, signals, clock
        self._alone = InProcessRunner(crew=crew, signals=signals, clock=clock)
        self._bell: ArqRedis | None = None
        self._rung: set[str] = set()
        self._round = 0

    async def run(self) -> None:
        """Run jobs until cancelled; what is in hand then goes back to the ledger."""
        try:
            async with asyncio.TaskGroup() as group:
                attend(group, self._crew, self._signals, self._clock)
                for family in self._crew.families:
                    group.create_task(self._answer(family))
                while True:
                    self._crew.news.clear()
                    await self._ring_due(group)
                    await self._wait()
        finally:
            await self._drop_bell()

    # ── the bell ─────────────────────────────────────────────────────────────────────────────
    async def _ring_due(self, group: asyncio.TaskGroup) -> None:
        try:
            due = await self._due()
        except TROUBLES as trouble:
            _log.warning("ledger_unread", failure=trouble)
            return
        try:
            await self._ring(due)
        except _TROUBLES as trouble:
            _log.warning("bell_silent", failure=trouble)
            await self._drop_bell()
            await self._alone.take_due(group)

    async def _due(self) -> dict[str, Sequence[tuple[str, int]]]:
        # Whose hands are full rings for nobody: each process hears of new jobs and rings itself.
        ledger, wanted = self._crew.ledger, self._crew.wanted
        families = await ledger.due_families(wanted)
        return {family: await ledger.due(family, wanted[family], RING_MAX) for family in families}

    async def _ring(self, due: dict[str, Sequence[tuple[str, int]]]) -> None:
        if not due:
            return
        if self._bell is None:
            self._bell = await _pool(self._settings)
        # A new round, and with it new names, every few seconds: whatever Redis lost, or what a
        # worker that was killed still seems to have in progress, is rung again.
        now_s = self._clock.now() / SECOND
        current = int(now_s / self._crew.limits.sweep_s)
        if current != self._round:
            self._round, self._rung = current, set()
        for family, found in due.items():
            for job_id, attempts in found:
                # Named for the job: those who ring at the same time ring once.
                name = f"{job_id}:{attempts}:{current}"
                if name in self._rung:
                    continue
                await self._bell.enqueue_job(
                    FUNCTION, family, _job_id=name, _queue_name=QUEUE + family, _expires=BELL_S
                )
                self._rung.add(name)

    async def _wait(self) -> None:
        patience_s = REST_S if self._crew.is_resting else self._crew.limits.poll_s
        try:
            due_at = await self._crew.ledger.next_due(self._crew.names)
        except TROUBLES:
            due_at = None
        if due_at is not None and due_at > self._clock.now():
            patience_s = min(patience_s, (due_at - self._clock.now()) / SECOND)
        try:
            async with asyncio.timeout(max(patience_s, POLL_DELAY_S)):
                await self._crew.news.wait()
        except TimeoutError:
            return

    async def _drop_bell(self) -> None:
        bell, self._bell = self._bell, None
        if bell is not None:
            await _close(bell)

    # ── who answers it ───────────────────────────────────────────────────────────────────────
    async def _answer(self, family: str) -> None:
        while True:
            try:
                await self._answer_once(family)
            except _TROUBLES as trouble:
                _log.warning("bell_unheard", family=family, failure=trouble)
            await self._clock.sleep(RETRY_S)

    async def _answer_once(self, family: str) -> None:
        pool = await _pool(self._settings)
        worker = Worker(
            functions=[func(cast(WorkerCoroutine, self._run), name=FUNCTION)],  # a method is one
            queue_name=QUEUE + family,
            redis_pool=pool,
            handle_signals=False,  # the process has one place for them
            max_jobs=self._crew.limits.hands_of(family),
            max_tries=1,  # the ledger counts them
            retry_jobs=False,
            job_timeout=self._longest_s + TURN_S + TIMEOUT_MARGIN_S,
            poll_delay=POLL_DELAY_S,
            keep_result=0,  # results are the ledger's
            log_results=False,
            job_serializer=_written,
            job_deserializer=json.loads,
        )
        try:
            await worker.async_run()
        finally:
            running = list(worker.tasks.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await _close(pool)

    async def _run(self, _: dict[Any, Any], family: str) -> None:  # Any: arq's own
        if self._crew.has_hands(family):
            await self._crew.take(family)

    @property
    def _longest_s(self) -> float:
        limits = self._crew.runner.limits
        return max(map(limits.deadline_of, self._crew.names))


async def _pool(settings: RedisSettings) -> ArqRedis:
    return await create_pool(settings, job_serializer=_written, job_deserializer=json.loads)


async def _close(pool: ArqRedis) -> None:
    try:
        await pool.aclose(close_connection_pool=True)
    except _TROUBLES:
        return  # it was lost already


def _written(job: dict[str, Any]) -> bytes:  # Any: arq's own envelope
    # JSON, never pickle: who can write to Redis must not be able to run code here.
    return json.dumps(job, default=repr).encode()
