"""A family of jobs that stands still is seen within a minute, and that it goes on again as well."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, select

from backend.kernel.clock import HOUR, later
from backend.platform.chance import SystemIds
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import instance
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.presence import PREFIX, Presence
from backend.platform.jobs.pulse import BURST_S, STALLED_S, Pulse
from backend.platform.jobs.types import ErrorKind, Failure, LeasedJob, NewJob
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.fakes.clock import FakeClock

EMBED = "memory.embed"
BROKEN = Failure(ErrorKind.REFUSED, "no", None)
AWAY = Failure(ErrorKind.UNAVAILABLE, "away", 20.0, counts=False)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def database(database_url: str, clock: FakeClock) -> AsyncIterator[Database]:
    database = Database(database_url, clock=clock)
    await database.start()
    await migrate(database)
    yield database
    await database.stop()


@pytest.fixture
def ledger(database: Database, clock: FakeClock) -> Ledger:
    return Ledger(database, clock, SystemIds(clock), InProcessSignals())


class Ward:
    """Jobs of one family, somebody who runs them, and who feels their pulse."""

    def __init__(self, database: Database, ledger: Ledger, clock: FakeClock) -> None:
        self.database, self.ledger, self.clock = database, ledger, clock
        self.pulse = Pulse(database=database, clock=clock, needed=["memory"])
        self.runner = self.presence("a runner")
        self.made = 0

    def presence(self, holder: str) -> Presence:
        return Presence(
            database=self.database, clock=self.clock, holder=holder, families=["memory"]
        )

    async def add(self) -> None:
        self.made += 1
        async with self.database.transaction() as tx:
            await self.ledger.add(tx, NewJob(EMBED, {}, key=str(self.made)))

    async def take(self) -> LeasedJob:
        (job,) = await self.ledger.lease("a runner", [EMBED], 1, 12)
        return job

    async def finish(self) -> None:
        await self.ledger.complete_all([await self.take()])

    async def after(self, seconds: float, *, is_there: bool = True) -> bool:
        """Return whether all is well after a while."""
        self.clock.advance(seconds)
        if is_there:
            await self.runner.say()
        return (await self.pulse.check()).ok


@pytest.fixture
async def ward(database: Database, ledger: Ledger, clock: FakeClock) -> Ward:
    return Ward(database, ledger, clock)


async def test_a_projector_that_stands_still_is_seen_within_a_minute(ward: Ward) -> None:
    await ward.add()
    assert await ward.after(STALLED_S - 1)
    assert not await ward.after(2)
    found = await ward.pulse.check()
    assert "memory stands still for 46 s, 1 jobs are due" in found.detail
    assert "ringback jobs list" in found.cure
    await ward.finish()
    assert await ward.after(0)


async def test_a_long_queue_that_gets_on_is_well(ward: Ward) -> None:
    for _ in range(6):
        await ward.add()
    for _ in range(5):
        assert await ward.after(30)
        await ward.finish()


async def test_a_runner_that_was_killed_with_the_job_in_hand_is_seen(ward: Ward) -> None:
    await ward.add()
    await ward.take()
    assert await ward.after(12)
    assert not await ward.after(STALLED_S + 1)


async def test_a_job_that_comes_back_again_and_again_is_seen(ward: Ward) -> None:
    await ward.add()
    for _ in range(3):
        await ward.ledger.fail(await ward.take(), AWAY)
        await ward.after(20)
    assert not (await ward.pulse.check()).ok
    await ward.finish()
    assert (await ward.pulse.check()).ok


async def test_what_is_planned_for_later_does_not_stand_still(ward: Ward) -> None:
    async with ward.database.transaction() as tx:
        await ward.ledger.add(tx, NewJob(EMBED, {}, key="x", not_before=later(tx.at, HOUR)))
    assert await ward.after(STALLED_S * 3)


async def test_a_family_that_nobody_runs_is_seen_without_any_job(ward: Ward) -> None:
    assert await ward.after(STALLED_S - 1, is_there=False)  # they may be starting
    assert not await ward.after(2, is_there=False)
    assert "nobody runs jobs of memory" in (await ward.pulse.check()).detail
    assert await ward.after(0)
    assert not await ward.after(40, is_there=False)  # it was killed


async def test_a_worker_of_some_families_answers_for_no_other(ward: Ward) -> None:
    """It is not to be restarted for what stands still elsewhere."""
    pulse = Pulse(database=ward.database, clock=ward.clock, needed=["upkeep"], is_whole=False)
    await ward.add()
    there = Presence(
        database=ward.database, clock=ward.clock, holder="another", families=["upkeep"]
    )
    ward.clock.advance(STALLED_S * 2)
    await there.say()
    assert (await pulse.check()).ok
    assert not (await ward.pulse.check()).ok


async def test_a_runner_that_is_stopped_says_so(ward: Ward) -> None:
    await ward.after(STALLED_S + 1)
    assert (await ward.pulse.families())["memory"].hands == 1
    await ward.runner.leave()
    assert (await ward.pulse.families())["memory"].hands == 0


async def test_who_was_killed_long_ago_is_cleared_away(ward: Ward) -> None:
    await ward.runner.say()
    async with ward.database.transaction() as tx:
        await tx.execute(insert(instance).values(key=f"{PREFIX}damaged", value="nonsense"))
    ward.clock.advance(2 * 86_400)
    await ward.presence("another").say()
    async with ward.database.reading() as connection:
        keys = (await connection.execute(select(instance.c.key))).scalars()
        assert [key for key in keys if key.startswith(PREFIX)] == [f"{PREFIX}another"]


@pytest.mark.covers("OB-06")
async def test_a_burst_of_dead_jobs_is_one_break_and_its_end_one_recovery(ward: Ward) -> None:
    seen = [(await ward.pulse.check_dead()).ok]
    for _ in range(3):
        await ward.add()
        await ward.ledger.fail(await ward.take(), BROKEN)
        seen.append((await ward.pulse.check_dead()).ok)
        ward.clock.advance(60)
    told = await ward.pulse.check_dead()
    assert (told.detail, told.cure) == ("given up lately: 3 x memory.embed", "ringback jobs dead")
    ward.clock.advance(BURST_S)
    seen.append((await ward.pulse.check_dead()).ok)
    assert seen == [True, False, False, False, True]
    assert "3 were given up earlier" in (await ward.pulse.check_dead()).detail


async def test_each_family_is_counted(ward: Ward) -> None:
    for _ in range(3):
        await ward.add()
    await ward.ledger.fail(await ward.take(), BROKEN)
    await ward.take()
    await ward.runner.say()
    pulse = (await ward.pulse.families())["memory"]
    assert (pulse.waiting, pulse.running, pulse.dead, pulse.hands) == (1, 1, 1, 1)
