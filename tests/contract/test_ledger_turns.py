"""Whose turn it is, what people do to jobs, and what can't be run at all."""

import asyncio

import pytest
from sqlalchemy import text

from backend.kernel.clock import SECOND, Instant
from backend.kernel.errors import Busy, Conflict, Invalid, Missing
from backend.kernel.ids import OwnerId
from backend.platform.chance import SystemIds
from backend.platform.database.engine import Database
from backend.platform.jobs.ledger import CANCELLING, Ledger
from backend.platform.jobs.payloads import PAYLOADS, Payloads
from backend.platform.jobs.types import TOPIC, JobState, NewJob
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.contract.promises import NAME, add, broken, complete, job, lease
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ids() -> SystemIds:
    return SystemIds(FakeClock())


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
