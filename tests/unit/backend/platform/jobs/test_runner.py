"""The runner: one job from its lease to its end, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update

from backend.kernel.errors import Invalid, NotConfigured, Unavailable
from backend.platform.chance import SystemIds
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import instance, jobs
from backend.platform.jobs.heartbeat import Verdict
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.payloads import PAYLOADS, Payloads
from backend.platform.jobs.runner import Completion, Handful, Handler, JobRunner, RunLimits
from backend.platform.jobs.types import ErrorKind, JobRow, JobState, LeasedJob, NewJob
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.platform.tasks import beside
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
        self.states: list[JobState] = []

    async def run(self, handler: Handler, job: LeasedJob, **limits: float) -> JobState:
        runner = self.runner(handler, **limits)
        async with beside(runner.heartbeat.run()):
            await runner.run(job)
        return self.states[-1]

    def runner(self, handler: Handler, **limits: float) -> JobRunner:
        return JobRunner(
            self.ledger,
            self.clock,
            {NAME: handler},
            chance=FakeChance(),
            limits=RunLimits(**limits),  # type: ignore[arg-type]
            on_end=lambda _name, state, _seconds: self.states.append(state),
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

    assert await bench.run(handle, await bench.job()) is JobState.DONE
    row = await bench.row()
    assert (row.state, row.result, await bench.effects()) == (JobState.DONE, {"n": 1}, 1)


async def test_a_handler_that_writes_nothing_has_its_job_ended_for_it(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        """Its work was outside."""

    assert await bench.run(handle, await bench.job()) is JobState.DONE
    assert (await bench.row()).state is JobState.DONE


async def test_a_failure_is_tried_again_later_and_its_words_are_not_kept(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        async with bench.database.transaction() as tx:
            await tx.execute(insert(instance).values(key="effect", value=""))
            await completion.commit(tx)
            raise ValueError("words of a caller")

    assert await bench.run(handle, await bench.job()) is JobState.WAITING
    row = await bench.row()
    assert (row.state, row.error, await bench.effects()) == (JobState.WAITING, "ValueError", 0)
    assert bench.clock.now() < row.not_before


async def test_the_wait_doubles_with_each_attempt(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        raise Unavailable("It is away.")

    leased = await bench.job()
    waits = []
    for _ in range(2):
        await bench.run(handle, leased)
        waits.append((await bench.row()).not_before - bench.clock.now())
        bench.clock.advance(10)
        [leased] = await bench.ledger.lease("w", [NAME], 1, 20)
    assert waits[1] == 2 * waits[0] > 0
    row = await bench.row()
    assert (row.error, row.error_kind) == ("Unavailable: It is away.", ErrorKind.UNAVAILABLE)


async def test_what_is_refused_is_never_tried_again(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        raise Invalid

    assert await bench.run(handle, await bench.job()) is JobState.DEAD


async def test_a_job_outlives_any_absence_of_what_it_needs(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        raise Unavailable("Chroma does not answer.")

    job = await bench.job()
    for _ in range(2 * job.attempts_max):
        assert await bench.run(handle, job) is JobState.WAITING
        bench.clock.advance(3600)
        [job] = await bench.ledger.lease("w", [NAME], 1, 20)


async def test_what_is_not_set_up_does_not_come_by_waiting(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        raise NotConfigured("It needs a package.")

    job = await bench.job()
    for _ in range(job.attempts_max - 1):
        assert await bench.run(handle, job) is JobState.WAITING
        bench.clock.advance(3600)
        [job] = await bench.ledger.lease("w", [NAME], 1, 20)
    assert await bench.run(handle, job) is JobState.DEAD


async def test_a_job_that_nobody_here_can_run_is_dead(bench: Bench) -> None:
    runner = JobRunner(bench.ledger, bench.clock, {}, chance=FakeChance())
    await runner.run(await bench.job())
    assert (await bench.row()).state is JobState.DEAD


async def test_a_job_has_a_deadline(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        await asyncio.Event().wait()

    assert await bench.run(handle, await bench.job(), deadline_s=0.01) is JobState.WAITING
    row = await bench.row()
    assert (row.error, row.error_kind) == ("TimeoutError", ErrorKind.TIMEOUT)


async def test_a_stop_hands_the_job_back_unharmed(bench: Bench) -> None:
    is_working = asyncio.Event()

    async def handle(job: LeasedJob, completion: Completion) -> None:
        is_working.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(bench.run(handle, await bench.job()))
    await is_working.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    row = await bench.row()
    assert (row.state, row.attempts) == (JobState.WAITING, 0)


async def test_a_stop_is_a_stop_even_when_the_job_can_not_be_handed_back(bench: Bench) -> None:
    class LostLedger(Ledger):
        async def release(self, *held: LeasedJob) -> None:
            raise Unavailable

    is_working = asyncio.Event()

    async def handle(job: LeasedJob, completion: Completion) -> None:
        is_working.set()
        await asyncio.Event().wait()

    leased = await bench.job()
    bench.ledger = LostLedger(
        bench.database, bench.clock, SystemIds(bench.clock), InProcessSignals()
    )
    task = asyncio.ensure_future(bench.run(handle, leased))
    await is_working.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_working_handler_keeps_its_lease(bench: Bench) -> None:
    go_on = asyncio.Event()

    async def handle(job: LeasedJob, completion: Completion) -> None:
        await go_on.wait()

    task = asyncio.ensure_future(bench.run(handle, await bench.job(), lease_s=20))
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

    task = asyncio.ensure_future(bench.run(handle, await bench.job(), lease_s=40))
    await bench.clock.until_somebody_sleeps()
    bench.clock.advance(9)  # the heartbeat comes at 10, when the first lease of 20 s is over
    bench.clock.advance(0.5)
    async with bench.database.transaction() as tx:
        await tx.execute(update(jobs).values(lease_until=bench.clock.now() - 1))
    await bench.ledger.sweep()
    bench.clock.advance(1)
    assert await task is JobState.LEASED
    [second] = await bench.ledger.lease("other", [NAME], 1, 20)
    assert second.attempt == 2


async def test_a_running_job_that_is_called_off_is_stopped_and_its_writes_with_it(
    bench: Bench,
) -> None:
    is_writing = asyncio.Event()

    async def handle(job: LeasedJob, completion: Completion) -> None:
        async with bench.database.transaction() as tx:
            await tx.execute(insert(instance).values(key="effect", value=""))
            is_writing.set()
            await go_on.wait()  # the writer's turn is ours meanwhile
        await asyncio.Event().wait()

    go_on = asyncio.Event()
    runner = bench.runner(handle)
    job = await bench.job()
    async with beside(runner.heartbeat.run()):
        task = asyncio.ensure_future(runner.run(job))
        await is_writing.wait()
        runner.heartbeat.of(job).end(Verdict.CALLED_OFF)
        await task
    assert (await bench.row()).state is JobState.CANCELLED
    assert await bench.effects() == 0


async def test_a_call_off_is_heard_at_the_next_beat(bench: Bench) -> None:
    is_working = asyncio.Event()

    async def handle(job: LeasedJob, completion: Completion) -> None:
        is_working.set()
        await asyncio.Event().wait()

    job = await bench.job()
    task = asyncio.ensure_future(bench.run(handle, job, lease_s=20))
    await is_working.wait()
    async with bench.database.transaction() as tx:
        await bench.ledger.cancel(tx, job.id)
    await bench.clock.until_somebody_sleeps()
    bench.clock.advance(6)
    assert await task is JobState.CANCELLED
    assert (await bench.row()).cancel_asked_at is not None


async def test_progress_is_written_with_the_next_beat(bench: Bench) -> None:
    is_working, go_on = asyncio.Event(), asyncio.Event()

    async def handle(job: LeasedJob, completion: Completion) -> None:
        completion.progress(0.4)
        is_working.set()
        await go_on.wait()

    runner = bench.runner(handle)
    task = asyncio.ensure_future(runner.run(await bench.job()))
    await is_working.wait()
    await runner.heartbeat.beat()
    assert (await bench.row()).progress == 0.4
    go_on.set()
    await task
    assert (await bench.row()).progress == 1.0


async def test_jobs_of_one_hand_that_write_nothing_end_by_one_commit(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        """Its work was outside."""

    async with bench.database.transaction() as tx:
        for number in range(5):
            await bench.ledger.add(tx, NewJob(NAME, {}, f"k{number}"))
    await bench.runner(handle).run_all(Handful(await bench.ledger.lease("w", [NAME], 5, 20)))
    rows = await bench.ledger.list()
    assert {row.state for row in rows} == {JobState.DONE}
    assert len({row.finished_at for row in rows}) == 1


async def test_a_stop_ends_what_is_done_and_hands_back_the_rest(bench: Bench) -> None:
    is_holding = asyncio.Event()

    async def handle(job: LeasedJob, completion: Completion) -> None:
        if job.key != "k0":
            is_holding.set()
            await asyncio.Event().wait()

    async with bench.database.transaction() as tx:
        for number in range(3):
            await bench.ledger.add(tx, NewJob(NAME, {}, f"k{number}"))
    leased = Handful(await bench.ledger.lease("w", [NAME], 3, 20))
    runner = bench.runner(handle)
    task = asyncio.ensure_future(runner.run_all(leased))
    await is_holding.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    states = {row.key: (row.state, row.attempts) for row in await bench.ledger.list()}
    waiting = (JobState.WAITING, 0)
    assert states == {"k0": (JobState.DONE, 1), "k1": waiting, "k2": waiting}


async def test_a_malformed_payload_that_was_stored_is_dead_and_says_why(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        raise AssertionError("It must not be begun.")

    job = await bench.job()  # stored by a ledger that checks nothing
    bench.ledger.payloads = Payloads(PAYLOADS)
    assert await bench.run(handle, job) is JobState.DEAD
    row = await bench.row()
    assert row.error_kind == ErrorKind.REFUSED
    assert row.error == "Invalid: The payload of memory.embed is malformed: message_ids: missing."


async def test_a_row_that_can_not_be_read_is_dead_and_says_why(bench: Bench) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        raise AssertionError("It must not be begun.")

    async with bench.database.transaction() as tx:
        await bench.ledger.add(tx, NewJob(NAME, {}, "k"))
        await tx.execute(text("UPDATE jobs SET payload = '{'"))
    [job] = await bench.ledger.lease("w", [NAME], 1, 20)
    assert await bench.run(handle, job) is JobState.DEAD
    assert (await bench.row()).error == "Invalid: Its stored payload is not a JSON object."
