"""The runner: one job from its lease to its end, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from backend.kernel.errors import Invalid, NotConfigured, Unavailable
from backend.platform.chance import SystemIds
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import instance
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.runner import Completion, Handler, JobRunner, RunLimits
from backend.platform.jobs.types import JobRow, JobState, LeasedJob, NewJob
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.fakes.chance import FakeChance
from tests.fakes.clock import FakeClock

NAME = "memory.embed"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def database(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'ringback.db'}", clock=clock)
    await migrate(database)
    yield database
    await database.stop()


@pytest.fixture
def ledger(database: Database, clock: FakeClock) -> Ledger:
    return Ledger(database, clock, SystemIds(clock), InProcessSignals())


class Bench:
    """A runner with one handler, and one job for it."""

    def __init__(self, database: Database, ledger: Ledger, clock: FakeClock) -> None:
        self.database, self.ledger, self.clock = database, ledger, clock

    def runner(self, handler: Handler, **limits: float) -> JobRunner:
        return JobRunner(
            self.ledger,
            self.database,
            self.clock,
            {NAME: handler},
            chance=FakeChance(),
            limits=RunLimits(**limits),  # type: ignore[arg-type]
        )

    async def job(self) -> LeasedJob:
        async with self.database.transaction() as tx:
            await self.ledger.add(tx, NewJob(NAME, {}, "k", attempts_max=3))
        [leased] = await self.ledger.lease("w", [NAME], 1, 20)
        return leased

    async def row(self) -> JobRow:
        [row] = await self.ledger.list()
        return row

    async def effects(self) -> int:
        async with self.database.reading() as connection:
            found = await connection.execute(select(func.count()).select_from(instance))
            return int(found.scalar_one())


@pytest.fixture
def bench(database: Database, ledger: Ledger, clock: FakeClock) -> Bench:
    return Bench(database, ledger, clock)


async def test_a_handler_ends_its_job_with_its_writes(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        async with bench.database.transaction() as tx:
            await tx.execute(insert(instance).values(key="effect", value=""))
            await completion.commit(tx, {"n": 1})

    assert await bench.runner(handle).run(await bench.job()) is JobState.DONE
    row = await bench.row()
    assert (row.state, row.result, await bench.effects()) == (JobState.DONE, {"n": 1}, 1)


async def test_a_handler_that_writes_nothing_has_its_job_ended_for_it(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        """Its work was outside."""

    assert await bench.runner(handle).run(await bench.job()) is JobState.DONE
    assert (await bench.row()).state is JobState.DONE


async def test_a_failure_is_tried_again_later_and_its_words_are_not_kept(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        async with bench.database.transaction() as tx:
            await tx.execute(insert(instance).values(key="effect", value=""))
            await completion.commit(tx)
            raise ValueError("words of a caller")

    assert await bench.runner(handle).run(await bench.job()) is JobState.WAITING
    row = await bench.row()
    assert (row.state, row.error, await bench.effects()) == (JobState.WAITING, "ValueError", 0)
    assert bench.clock.now() < row.not_before


async def test_the_wait_doubles_with_each_attempt(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        raise Unavailable("It is away.")

    leased = await bench.job()
    waits = []
    for _ in range(2):
        await bench.runner(handle).run(leased)
        waits.append((await bench.row()).not_before - bench.clock.now())
        bench.clock.advance(10)
        [leased] = await bench.ledger.lease("w", [NAME], 1, 20)
    assert waits[1] == 2 * waits[0] > 0
    assert (await bench.row()).error == "Unavailable: It is away."


async def test_what_is_refused_is_never_tried_again(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        raise Invalid

    assert await bench.runner(handle).run(await bench.job()) is JobState.DEAD


async def test_a_job_outlives_any_absence_of_what_it_needs(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        raise Unavailable("Chroma does not answer.")

    runner, job = bench.runner(handle), await bench.job()
    for _ in range(2 * job.attempts_max):
        assert await runner.run(job) is JobState.WAITING
        bench.clock.advance(3600)
        [job] = await bench.ledger.lease("w", [NAME], 1, 20)


async def test_what_is_not_set_up_does_not_come_by_waiting(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        raise NotConfigured("It needs a package.")

    runner, job = bench.runner(handle), await bench.job()
    for _ in range(job.attempts_max - 1):
        assert await runner.run(job) is JobState.WAITING
        bench.clock.advance(3600)
        [job] = await bench.ledger.lease("w", [NAME], 1, 20)
    assert await runner.run(job) is JobState.DEAD


async def test_a_job_that_nobody_here_can_run_is_dead(bench: Bench) -> None:
    runner = JobRunner(bench.ledger, bench.database, bench.clock, {}, chance=FakeChance())
    assert await runner.run(await bench.job()) is JobState.DEAD


async def test_a_job_has_a_deadline(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        await asyncio.Event().wait()

    assert await bench.runner(handle, deadline_s=0.01).run(await bench.job()) is JobState.WAITING
    assert (await bench.row()).error == "TimeoutError"


async def test_a_stop_hands_the_job_back_unharmed(bench: Bench) -> None:
    is_working = asyncio.Event()

    async def handle(job: LeasedJob, completion: Completion) -> None:
        is_working.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(bench.runner(handle).run(await bench.job()))
    await is_working.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    row = await bench.row()
    assert (row.state, row.attempts) == (JobState.WAITING, 0)


async def test_a_stop_is_a_stop_even_when_the_job_can_not_be_handed_back(bench: Bench) -> None:
    class LostLedger(Ledger):
        async def release(self, job: LeasedJob) -> None:
            raise Unavailable

    is_working = asyncio.Event()

    async def handle(job: LeasedJob, completion: Completion) -> None:
        is_working.set()
        await asyncio.Event().wait()

    leased = await bench.job()
    bench.ledger = LostLedger(
        bench.database, bench.clock, SystemIds(bench.clock), InProcessSignals()
    )
    task = asyncio.ensure_future(bench.runner(handle).run(leased))
    await is_working.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_working_handler_keeps_its_lease(bench: Bench) -> None:
    go_on = asyncio.Event()

    async def handle(job: LeasedJob, completion: Completion) -> None:
        await go_on.wait()

    task = asyncio.ensure_future(bench.runner(handle, lease_s=20).run(await bench.job()))
    for _ in range(6):
        await bench.clock.until_somebody_sleeps()
        bench.clock.advance(7)
    await bench.clock.until_somebody_sleeps()
    assert await bench.ledger.sweep() == 0
    go_on.set()
    assert await task is JobState.DONE


async def test_a_handler_whose_lease_was_lost_is_stopped(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        await asyncio.Event().wait()

    task = asyncio.ensure_future(bench.runner(handle, lease_s=30).run(await bench.job()))
    await bench.clock.until_somebody_sleeps()
    bench.clock.advance(9)  # the heartbeat sleeps on, the job's first lease is of 20 s
    bench.clock.advance(12)
    await bench.ledger.sweep()
    assert await task is JobState.LEASED
    [second] = await bench.ledger.lease("other", [NAME], 1, 20)
    assert second.attempt == 2
