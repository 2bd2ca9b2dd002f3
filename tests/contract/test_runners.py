"""What every runner of jobs does: this process by itself, and arq rung by a real Redis."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.kernel.errors import Invalid, Unavailable
from backend.kernel.ids import JobId, OwnerId
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.database.engine import Database
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import JobState, LeasedJob, NewJob
from backend.platform.tasks import Supervisor
from tests.contract.runner_house import RunnerHouse, Work
from tests.engines import RedisServer
from workers.runners.crew import FamilyLimits

DEADLINE_S = 20.0


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """One database is enough here: the ledger's own suite runs on both."""
    return f"sqlite:///{tmp_path / 'ringback.db'}"


@pytest.fixture(params=["in_process", "arq"])
def redis_url(request: pytest.FixtureRequest) -> str | None:
    """The bell, where there is one."""
    if request.param == "in_process":
        return None
    server: RedisServer = request.getfixturevalue("redis_server")
    server.flush()
    return server.url


@asynccontextmanager
async def working(house: RunnerHouse) -> AsyncIterator[None]:
    task = asyncio.ensure_future(house.runner.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def job(key: str, *, name: str = "memory.embed", owner: str = "o", tries: int = 3) -> NewJob:
    return NewJob(
        name=name, payload={"key": key}, key=key, owner_id=OwnerId(owner), attempts_max=tries
    )


async def promise(house: RunnerHouse, *jobs: NewJob) -> list[JobId]:
    async with house.database.transaction() as tx:
        return [await house.ledger.add(tx, new) for new in jobs]


async def reach(ledger: Ledger, job_id: JobId, state: JobState) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while (await ledger.get(job_id)).state is not state:
            await SystemClock().sleep(0.02)


class Record:
    """Remembers what was run."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.keys: list[str] = []
        self.owners: list[str | None] = []
        self.failures: list[Exception] = []

    async def run(self, job: LeasedJob, completion: Completion) -> None:
        self.keys.append(str(job.payload["key"]))
        self.owners.append(job.owner_id)
        if self.failures:
            raise self.failures.pop(0)
        async with self.database.transaction() as tx:
            await completion.commit(tx, {"run": len(self.keys)})


@pytest.fixture
def record(database: Database) -> Record:
    return Record(database)


def house_of(database: Database, work: Work, redis_url: str | None) -> RunnerHouse:
    return RunnerHouse(database, {"memory.embed": work, "upkeep.prune": work}, redis_url=redis_url)


@pytest.mark.covers("CARD-10")
async def test_a_job_is_run_once(database: Database, record: Record, redis_url: str | None) -> None:
    house = house_of(database, record.run, redis_url)
    async with working(house):
        ids = await promise(house, *(job(str(number)) for number in range(20)))
        for job_id in ids:
            await reach(house.ledger, job_id, JobState.DONE)
    assert sorted(record.keys) == sorted(str(number) for number in range(20))


async def test_two_workers_share_the_work_and_run_nothing_twice(
    database: Database, record: Record, redis_url: str | None
) -> None:
    first = house_of(database, record.run, redis_url)
    second = house_of(database, record.run, redis_url)
    async with working(first), working(second):
        ids = await promise(first, *(job(str(number)) for number in range(20)))
        for job_id in ids:
            await reach(first.ledger, job_id, JobState.DONE)
    assert len(record.keys) == 20


async def test_a_job_promised_while_nobody_worked_is_found(
    database: Database, record: Record, redis_url: str | None
) -> None:
    house = house_of(database, record.run, redis_url)
    [job_id] = await promise(house, job("early"))
    async with working(house):
        await reach(house.ledger, job_id, JobState.DONE)


async def test_a_failing_job_is_tried_again(
    database: Database, record: Record, redis_url: str | None
) -> None:
    record.failures = [Unavailable("not now")]
    house = house_of(database, record.run, redis_url)
    async with working(house):
        [job_id] = await promise(house, job("again"))
        await reach(house.ledger, job_id, JobState.DONE)
    assert record.keys == ["again", "again"]


async def test_a_job_that_can_never_succeed_is_dead_and_says_why(
    database: Database, record: Record, redis_url: str | None
) -> None:
    record.failures = [Invalid("it is wrong")]
    house = house_of(database, record.run, redis_url)
    async with working(house):
        [job_id] = await promise(house, job("wrong"))
        await reach(house.ledger, job_id, JobState.DEAD)
    assert "it is wrong" in (await house.ledger.get(job_id)).error
    assert record.keys == ["wrong"]


async def test_a_worker_that_stops_hands_back_what_it_holds(
    database: Database, record: Record, redis_url: str | None
) -> None:
    begun = asyncio.Event()

    async def hold(job: LeasedJob, completion: Completion) -> None:
        begun.set()
        await asyncio.Event().wait()

    stopping = house_of(database, hold, redis_url)
    async with working(stopping):
        [job_id] = await promise(stopping, job("held"))
        async with asyncio.timeout(DEADLINE_S):
            await begun.wait()
        assert (await stopping.ledger.get(job_id)).lease_holder == stopping.crew.holder
    row = await stopping.ledger.get(job_id)
    assert (row.state, row.attempts) == (JobState.WAITING, 0)
    async with working(house_of(database, record.run, redis_url)):
        await reach(stopping.ledger, job_id, JobState.DONE)


@pytest.fixture
def doomed(
    database: Database, database_url: str, redis_url: str | None
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, which holds whatever it begins."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.contract.runner_house", database_url, redis_url or "-"]
    )
    yield worker
    worker.kill()
    worker.wait()


async def test_the_job_of_a_killed_worker_is_taken_over(
    database: Database, record: Record, redis_url: str | None, doomed: subprocess.Popen[bytes]
) -> None:
    house = house_of(database, record.run, redis_url)
    [job_id] = await promise(house, job("orphan"))
    await reach(house.ledger, job_id, JobState.LEASED)
    doomed.kill()
    async with working(house):
        await reach(house.ledger, job_id, JobState.DONE)
    assert record.keys == ["orphan"]
    assert (await house.ledger.get(job_id)).attempts == 2


async def test_one_owners_flood_does_not_hold_up_another(
    database: Database, record: Record, redis_url: str | None
) -> None:
    house = house_of(database, record.run, redis_url)
    flood = [job(f"flood {number}", owner="loud") for number in range(30)]
    ids = await promise(house, *flood, job("quiet", owner="quiet"))
    async with working(house):
        await reach(house.ledger, ids[-1], JobState.DONE)
        for job_id in ids:
            await reach(house.ledger, job_id, JobState.DONE)
    assert record.owners.index("quiet") < 6


async def test_a_running_job_that_is_called_off_stops(
    database: Database, redis_url: str | None
) -> None:
    begun, was_stopped = asyncio.Event(), asyncio.Event()

    async def hold(job: LeasedJob, completion: Completion) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            was_stopped.set()

    house = house_of(database, hold, redis_url)
    async with working(house):
        [job_id] = await promise(house, job("unwanted"))
        async with asyncio.timeout(DEADLINE_S):
            await begun.wait()
        async with database.transaction() as tx:
            assert await house.ledger.cancel(tx, job_id) is JobState.LEASED
        await reach(house.ledger, job_id, JobState.CANCELLED)
        assert was_stopped.is_set()


async def test_no_more_of_a_family_run_together_than_may_whoever_runs_them(
    database: Database, redis_url: str | None
) -> None:
    running, most = 0, 0

    async def count(job: LeasedJob, completion: Completion) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await SystemClock().sleep(0.05)
        running -= 1

    limits = {"memory": FamilyLimits(hands=2, together=3)}
    first, second = (
        RunnerHouse(database, {"memory.embed": count}, redis_url=redis_url, limits=limits)
        for _ in range(2)
    )
    async with working(first), working(second):
        ids = await promise(first, *(job(str(number)) for number in range(12)))
        for job_id in ids:
            await reach(first.ledger, job_id, JobState.DONE)
    assert 1 < most <= 3


@pytest.mark.covers("MR-19")
async def test_a_runner_that_crashes_is_started_again_and_its_job_is_done(
    database: Database, record: Record, redis_url: str | None
) -> None:
    class Shaken(Ledger):
        crashes = 2

        async def due_families(self, families: Mapping[str, Collection[str]]) -> frozenset[str]:
            if self.crashes and (found := await super().due_families(families)):
                Shaken.crashes -= 1
                raise AssertionError(found)  # nobody foresaw it
            return await super().due_families(families)

    house = house_of(database, record.run, redis_url)
    house.crew.runner.ledger = Shaken(database, house.clock, SystemIds(house.clock), house.signals)
    [job_id] = await promise(house, job("survivor"))
    async with Supervisor() as supervisor:
        supervisor.keep("workers.jobs", house.runner.run)
        await reach(house.ledger, job_id, JobState.DONE)
    assert (Shaken.crashes, record.keys) == (0, ["survivor"])


@pytest.fixture
def of_the_dead() -> str:
    """The name under which a process of this machine held jobs that is no more."""
    say = "from workers.runners.holders import holder_of; print(holder_of('w'))"
    said = subprocess.run([sys.executable, "-c", say], check=True, capture_output=True, text=True)
    return said.stdout.strip()


@pytest.mark.covers("MR-19")
async def test_on_one_machine_nobody_waits_for_the_lease_of_the_dead(
    database: Database, record: Record, redis_url: str | None, of_the_dead: str
) -> None:
    house = house_of(database, record.run, redis_url)
    [job_id] = await promise(house, job("orphan"))
    [_] = await house.ledger.lease(of_the_dead, ["memory.embed"], 1, 3600)
    async with working(house):
        await reach(house.ledger, job_id, JobState.DONE)
    row = await house.ledger.get(job_id)
    assert (row.attempts, record.keys) == (2, ["orphan"])


# ── the bell ─────────────────────────────────────────────────────────────────────────────────
async def test_a_bell_that_forgot_everything_loses_nothing(
    database: Database, record: Record, redis_server: RedisServer
) -> None:
    house = house_of(database, record.run, redis_server.url)
    async with working(house):
        ids = await promise(house, *(job(str(number)) for number in range(20)))
        redis_server.flush()
        ids += await promise(house, *(job(f"late {number}") for number in range(5)))
        redis_server.flush()
        for job_id in ids:
            await reach(house.ledger, job_id, JobState.DONE)
    assert len(record.keys) == 25


async def test_without_a_bell_the_worker_works_by_itself(
    database: Database, record: Record
) -> None:
    house = house_of(database, record.run, "redis://127.0.0.1:1/0")
    async with working(house):
        [job_id] = await promise(house, job("alone"))
        await reach(house.ledger, job_id, JobState.DONE)
