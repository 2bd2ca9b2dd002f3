"""The job ledger: promised with the truth, leased to one, completed once."""

import asyncio

import pytest
from sqlalchemy import func, insert, select

from backend.kernel.clock import SECOND, Instant
from backend.kernel.errors import Conflict, Invalid, Missing
from backend.kernel.ids import OwnerId
from backend.platform.chance import SystemIds
from backend.platform.database.engine import Database
from backend.platform.database.tables import instance
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import TOPIC, ErrorKind, JobState, NewJob
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.contract.failing import taken_back
from tests.contract.promises import AWAY, NAME, REFUSED, add, broken, complete, job, lease
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.mark.covers("SC-01")
async def test_a_job_goes_from_promise_to_end(database: Database, ledger: Ledger) -> None:
    [job_id] = await add(database, ledger, job(owner_id=OwnerId("o"), trace_id="t"))
    [leased] = await lease(ledger)
    assert (leased.id, leased.attempt, leased.trace_id) == (job_id, 1, "t")
    assert leased.payload == {"message_ids": ["m"]}
    assert (await ledger.get(job_id)).state is JobState.LEASED
    await complete(database, ledger, leased)
    row = await ledger.get(job_id)
    assert (row.state, row.result, row.progress) == (JobState.DONE, {"done": True}, 1.0)
    assert row.finished_at is not None


async def test_the_same_key_is_the_same_job(database: Database, ledger: Ledger) -> None:
    [first, second] = await add(database, ledger, job("k"), job("k"))
    [third] = await add(database, ledger, job("k"))
    assert first == second == third
    assert len(await lease(ledger)) == 1


async def test_a_promise_is_taken_back_with_its_transaction(
    database: Database, ledger: Ledger
) -> None:
    async with taken_back(database) as tx:
        await ledger.add(tx, job())
    assert await ledger.list() == []


async def test_no_job_is_leased_to_two(database: Database, ledger: Ledger) -> None:
    await add(database, ledger, *(job(f"k{number}") for number in range(30)))
    hands = await asyncio.gather(*(lease(ledger, f"w{worker}", 7) for worker in range(6)))
    taken = [leased.id for hand in hands for leased in hand]
    assert len(taken) == len(set(taken)) == 30


async def test_the_urgent_and_then_the_oldest_come_first(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    await add(database, ledger, job("old"))
    clock.advance(1)
    await add(database, ledger, job("new"), job("urgent", priority=5))
    assert [leased.key for leased in await lease(ledger)] == ["urgent", "old", "new"]


async def test_a_job_is_not_leased_before_its_time_nor_by_who_can_not_run_it(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    due = Instant(clock.now() + 60 * SECOND)
    await add(database, ledger, job(not_before=due))
    assert await lease(ledger) == []
    assert await ledger.next_due([NAME]) == due
    clock.advance(61)
    assert await ledger.lease("worker", ["memory.relate"], 10, 20) == []
    assert len(await lease(ledger)) == 1


@pytest.mark.covers("SC-01")
async def test_a_silent_worker_loses_its_job_and_can_not_complete_it_any_more(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    await add(database, ledger, job())
    [first] = await lease(ledger, "first")
    clock.advance(21)
    assert await ledger.sweep() == 1
    [second] = await lease(ledger, "second")
    assert second.attempt == 2
    with pytest.raises(Conflict):
        await complete(database, ledger, first)
    await complete(database, ledger, second)


async def test_a_worker_that_lost_its_job_and_got_it_again_can_not_end_its_first_lease(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    await add(database, ledger, job())
    [first] = await lease(ledger, "same")
    clock.advance(21)
    await ledger.sweep()
    await lease(ledger, "same")
    with pytest.raises(Conflict):
        await complete(database, ledger, first)


async def test_what_was_written_under_a_lost_lease_is_taken_back(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    await add(database, ledger, job())
    [first] = await lease(ledger)
    clock.advance(21)
    await ledger.sweep()

    async def write_and_complete() -> None:
        async with database.transaction() as tx:
            await tx.execute(insert(instance).values(key="effect", value=""))
            await ledger.complete(tx, first)

    with pytest.raises(Conflict):
        await write_and_complete()
    async with database.reading() as connection:
        found = await connection.execute(select(func.count()).select_from(instance))
        assert found.scalar() == 0


async def test_a_renewed_lease_is_not_swept(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    [job_id] = await add(database, ledger, job())
    [leased] = await lease(ledger)
    clock.advance(15)
    assert await ledger.renew(leased, 20, progress=0.5)
    clock.advance(15)
    assert await ledger.sweep() == 0
    assert (await ledger.get(job_id)).progress == 0.5
    clock.advance(10)
    await ledger.sweep()
    assert not await ledger.renew(leased, 20)


async def test_a_failed_job_comes_back_later_until_its_attempts_are_used(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    [job_id] = await add(database, ledger, job(attempts_max=2))
    [first] = await lease(ledger)
    assert await ledger.fail(first, broken(30)) is JobState.WAITING
    assert await lease(ledger) == []
    clock.advance(31)
    [second] = await lease(ledger)
    assert await ledger.fail(second, broken(30)) is JobState.DEAD
    row = await ledger.get(job_id)
    assert (row.state, row.error, row.attempts) == (JobState.DEAD, "ValueError", 2)
    assert row.error_kind == ErrorKind.BROKEN


async def test_what_can_never_succeed_is_dead_at_once(database: Database, ledger: Ledger) -> None:
    await add(database, ledger, job())
    [leased] = await lease(ledger)
    assert await ledger.fail(leased, REFUSED) is JobState.DEAD
    assert await lease(ledger) == []


async def test_a_job_whose_workers_all_fall_silent_is_dead_in_the_end(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    [job_id] = await add(database, ledger, job(attempts_max=2))
    for _ in range(2):
        await lease(ledger)
        clock.advance(21)
        await ledger.sweep()
    assert await lease(ledger) == []
    assert (await ledger.get(job_id)).state is JobState.DEAD


async def test_a_job_that_is_handed_back_has_lost_no_attempt(
    database: Database, ledger: Ledger
) -> None:
    await add(database, ledger, job(attempts_max=1))
    [leased] = await lease(ledger, "leaving")
    await ledger.release(leased)
    [again] = await lease(ledger, "staying")
    assert again.attempt == 1


async def test_what_is_away_is_waited_for_however_long(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    await add(database, ledger, job(attempts_max=1))
    for _ in range(5):
        [leased] = await lease(ledger)
        assert await ledger.fail(leased, AWAY) is JobState.WAITING
        clock.advance(6)
    assert len(await lease(ledger)) == 1


async def test_a_failure_under_a_lost_lease_changes_nothing(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    [job_id] = await add(database, ledger, job())
    [first] = await lease(ledger, "first")
    clock.advance(21)
    await ledger.sweep()
    await lease(ledger, "second")
    assert await ledger.fail(first, REFUSED) is JobState.LEASED
    assert (await ledger.get(job_id)).lease_holder == "second"


async def test_jobs_that_wrote_nothing_end_together_and_a_lost_one_does_not(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    await add(database, ledger, job("lost"))
    [lost] = await lease(ledger)
    clock.advance(21)
    await ledger.sweep()
    await add(database, ledger, job("b"), job("c"))
    rest = await lease(ledger)
    assert len(rest) == 3
    done = await ledger.complete_all([lost, *(one for one in rest if one.id != lost.id)])
    assert done == {one.id for one in rest} - {lost.id}
    assert (await ledger.get(lost.id)).state is JobState.LEASED


async def test_many_leases_are_held_by_one_beat_and_a_lost_one_is_told(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    await add(database, ledger, job("a"))
    [lost] = await lease(ledger)
    clock.advance(21)
    await ledger.sweep()
    await add(database, ledger, job("b"), job("c"))
    others = await lease(ledger, "other")
    alive = await ledger.renew_all([lost, *others], 20)
    assert set(alive) == {one.id for one in others}
    clock.advance(15)
    assert set(await ledger.renew_all(others, 20, {others[0].id: 0.25})) == set(alive)
    assert (await ledger.get(others[0].id)).progress == 0.25
    clock.advance(15)
    assert await ledger.sweep() == 0


async def test_an_owner_sees_only_their_own_jobs(database: Database, ledger: Ledger) -> None:
    mine, theirs = OwnerId("mine"), OwnerId("theirs")
    [my_id, their_id] = await add(
        database, ledger, job("a", owner_id=mine), job("b", owner_id=theirs)
    )
    assert [row.id for row in await ledger.list(mine)] == [my_id]
    assert len(await ledger.list()) == 2
    with pytest.raises(Missing):
        await ledger.get(their_id, mine)


async def test_the_bell_rings_after_the_commit_only(
    database: Database, ledger: Ledger, signals: InProcessSignals
) -> None:
    async with signals.subscribe(TOPIC) as bell:
        async with taken_back(database) as tx:
            await ledger.add(tx, job("lost"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await anext(bell)
    async with signals.subscribe(TOPIC) as bell:
        await add(database, ledger, job("kept"))
        assert await anext(bell) == ""


async def test_a_job_of_a_room_that_does_not_exist_is_refused(
    database: Database, ledger: Ledger
) -> None:
    async with database.transaction() as tx:
        with pytest.raises(Invalid):
            await ledger.add(tx, NewJob(name="nowhere.go", payload={}, key="k"))


@pytest.fixture
def ids() -> SystemIds:
    return SystemIds(FakeClock())
