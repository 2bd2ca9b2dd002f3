"""The job ledger: promised with the truth, leased to one, completed once."""

import asyncio

import pytest
from sqlalchemy import func, insert, select, text

from backend.kernel.clock import SECOND, Instant
from backend.kernel.errors import Busy, Conflict, Invalid, Missing
from backend.kernel.ids import JobId, OwnerId
from backend.platform.chance import SystemIds
from backend.platform.database.engine import Database
from backend.platform.database.tables import instance
from backend.platform.jobs.ledger import CANCELLING, Ledger
from backend.platform.jobs.payloads import PAYLOADS, Payloads
from backend.platform.jobs.types import TOPIC, ErrorKind, Failure, JobState, LeasedJob, NewJob
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.contract.failing import taken_back
from tests.fakes.clock import FakeClock

NAME = "memory.embed"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def job(key: str = "k", **changes: object) -> NewJob:
    return NewJob(name=NAME, payload={"message_ids": ["m"]}, key=key, **changes)  # type: ignore[arg-type]


async def add(database: Database, ledger: Ledger, *jobs: NewJob) -> list[JobId]:
    async with database.transaction() as tx:
        return [await ledger.add(tx, new) for new in jobs]


async def lease(ledger: Ledger, holder: str = "worker", limit: int = 10) -> list[LeasedJob]:
    return await ledger.lease(holder, [NAME], limit, 20)


def broken(retry_in_s: float) -> Failure:
    return Failure(ErrorKind.BROKEN, "ValueError", retry_in_s)


REFUSED = Failure(ErrorKind.REFUSED, "Invalid", None)
AWAY = Failure(ErrorKind.UNAVAILABLE, "Unavailable", 5, counts=False)


async def complete(database: Database, ledger: Ledger, leased: LeasedJob) -> None:
    async with database.transaction() as tx:
        await ledger.complete(tx, leased, {"done": True})


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


# ── whose turn it is ─────────────────────────────────────────────────────────────────────────
async def test_owners_take_turns_and_what_they_have_in_hand_counts(
    database: Database, ledger: Ledger
) -> None:
    loud, quiet = OwnerId("loud"), OwnerId("quiet")
    flood = [job(f"loud {number}", owner_id=loud) for number in range(6)]
    await add(database, ledger, *flood, job("quiet", owner_id=quiet), job("own upkeep"))
    assert {one.key for one in await lease(ledger, limit=3)} == {"loud 0", "quiet", "own upkeep"}
    await add(database, ledger, job("late", owner_id=OwnerId("late")), job("more upkeep"))
    assert [one.key for one in await lease(ledger, limit=1)] == ["late"]
    rest = [one.key for one in await lease(ledger, limit=2)]
    assert sorted(rest) == ["loud 1", "more upkeep"]


async def test_no_more_of_a_family_run_together_than_may(
    database: Database, ledger: Ledger
) -> None:
    await add(database, ledger, *(job(f"k{number}") for number in range(9)))
    hands = await asyncio.gather(
        *(ledger.lease(f"w{worker}", [NAME], 2, 20, 5) for worker in range(6))
    )
    taken = [leased for hand in hands for leased in hand]
    assert len(taken) == 5
    await complete(database, ledger, taken[0])
    assert len(await ledger.lease("w", [NAME], 9, 20, 5)) == 1


async def test_a_door_is_told_when_too_much_waits_and_a_turn_never(
    database: Database, clock: FakeClock, ids: SystemIds, signals: InProcessSignals
) -> None:
    ledger = Ledger(database, clock, ids, signals, waiting_max=100)
    mine = OwnerId("mine")
    await ledger.admit(mine, "memory", more=500)  # nothing waits: one may bring much
    await add(database, ledger, *(job(f"k{number}", owner_id=mine) for number in range(101)))
    with pytest.raises(Busy) as refusal:
        await ledger.admit(mine, "memory", more=20)
    assert refusal.value.retry_after_s >= 1
    await ledger.admit(OwnerId("another"), "memory", more=20)
    await ledger.admit(mine, "growth", more=20)
    await add(database, ledger, job("of a turn", owner_id=mine))


# ── steered by people ────────────────────────────────────────────────────────────────────────
async def cancel(database: Database, ledger: Ledger, job_id: str, **whose: OwnerId) -> JobState:
    async with database.transaction() as tx:
        return await ledger.cancel(tx, job_id, **whose)


async def retry(database: Database, ledger: Ledger, job_id: str) -> None:
    async with database.transaction() as tx:
        await ledger.retry(tx, job_id)


async def test_a_job_that_waits_is_called_off_at_once(database: Database, ledger: Ledger) -> None:
    [job_id] = await add(database, ledger, job())
    assert await cancel(database, ledger, job_id) is JobState.CANCELLED
    assert await lease(ledger) == []
    with pytest.raises(Conflict):
        await cancel(database, ledger, job_id)


async def test_a_job_that_runs_hears_of_it_at_its_next_sign_of_life(
    database: Database, ledger: Ledger, signals: InProcessSignals
) -> None:
    [job_id] = await add(database, ledger, job())
    [leased] = await lease(ledger)
    async with signals.subscribe(TOPIC) as bell:
        assert await cancel(database, ledger, job_id) is JobState.LEASED
        assert await anext(bell) == CANCELLING
    assert (await ledger.renew_all([leased], 20))[job_id].is_called_off
    await ledger.call_off(leased)
    assert (await ledger.get(job_id)).state is JobState.CANCELLED


async def test_what_was_called_off_never_waits_again(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    ids = await add(database, ledger, job("failed"), job("handed back"), job("lost"))
    failed, handed_back, _ = await lease(ledger)
    for job_id in ids:
        await cancel(database, ledger, job_id)
    assert await ledger.fail(failed, broken(1)) is JobState.CANCELLED
    await ledger.release(handed_back)
    clock.advance(21)
    await ledger.sweep()
    for job_id in ids:
        row = await ledger.get(job_id)
        assert (row.state, row.lease_holder) == (JobState.CANCELLED, "")
        assert row.finished_at is not None


async def test_nobody_calls_off_the_job_of_another(database: Database, ledger: Ledger) -> None:
    [job_id] = await add(database, ledger, job(owner_id=OwnerId("mine")))
    with pytest.raises(Missing):
        await cancel(database, ledger, job_id, owner_id=OwnerId("another"))
    assert (await ledger.get(job_id)).state is JobState.WAITING


async def test_a_dead_job_gets_a_new_life_and_its_last_is_remembered(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    [job_id] = await add(database, ledger, job(attempts_max=1))
    [first] = await lease(ledger)
    await ledger.fail(first, broken(1))
    await retry(database, ledger, job_id)
    row = await ledger.get(job_id)
    assert (row.state, row.attempts, row.attempts_max) == (JobState.WAITING, 0, 5)
    clock.advance(0.001)
    [again] = await lease(ledger)
    with pytest.raises(Conflict):  # whoever ran its first life can't end its second
        await complete(database, ledger, first)
    await complete(database, ledger, again)
    result = (await ledger.get(job_id)).result or {}
    [life] = result["history"]
    assert (life["error"], life["error_kind"], life["attempts"]) == ("ValueError", "broken", 1)
    assert result["done"] is True


async def test_only_what_ended_badly_is_retried(database: Database, ledger: Ledger) -> None:
    [job_id] = await add(database, ledger, job())
    with pytest.raises(Conflict):
        await retry(database, ledger, job_id)
    with pytest.raises(Missing):
        await retry(database, ledger, "nothing")


async def test_a_job_that_waits_for_its_time_can_be_hurried(
    database: Database, ledger: Ledger, clock: FakeClock
) -> None:
    [job_id] = await add(database, ledger, job(not_before=Instant(clock.now() + 60 * SECOND)))
    async with database.transaction() as tx:
        await ledger.hurry(tx, job_id)
    assert len(await lease(ledger)) == 1


# ── what can't be run ────────────────────────────────────────────────────────────────────────
@pytest.fixture
def strict(
    database: Database, clock: FakeClock, ids: SystemIds, signals: InProcessSignals
) -> Ledger:
    return Ledger(database, clock, ids, signals, payloads=Payloads(PAYLOADS))


@pytest.mark.parametrize(
    "payload",
    [{}, {"message_ids": []}, {"message_ids": "m"}, {"message_ids": ["m"], "words": "secret"}],
)
async def test_a_malformed_payload_is_not_promised_and_not_repeated(
    database: Database, strict: Ledger, payload: dict[str, object]
) -> None:
    async with database.transaction() as tx:
        with pytest.raises(Invalid) as refusal:
            await strict.add(tx, NewJob(NAME, payload, "k"))
    assert "secret" not in refusal.value.message


async def test_a_damaged_row_is_leased_with_its_fault_and_stops_no_other(
    database: Database, ledger: Ledger
) -> None:
    [damaged, whole] = await add(database, ledger, job("damaged"), job("whole"))
    broken_text = "'{\"message_ids\": '" if database.dialect == "sqlite" else "'[1]'"
    async with database.transaction() as tx:
        await tx.execute(
            text(f"UPDATE jobs SET payload = {broken_text} WHERE id = :id"), {"id": damaged}
        )
    by_id = {one.id: one for one in await lease(ledger)}
    assert by_id[damaged].fault
    assert not by_id[whole].fault
    assert {row.id for row in await ledger.list()} == {damaged, whole}


async def test_a_result_that_is_no_small_object_takes_the_writes_with_it(
    database: Database, ledger: Ledger
) -> None:
    [job_id] = await add(database, ledger, job())
    [leased] = await lease(ledger)
    async with database.transaction() as tx:
        for result in ({"bytes": b"x"}, {"long": "x" * 20_000}, {"nan": float("nan")}):
            with pytest.raises(Invalid):
                await ledger.complete(tx, leased, result)
    assert (await ledger.get(job_id)).state is JobState.LEASED


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
