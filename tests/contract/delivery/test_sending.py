"""A promised call or text leaves at most once, whatever the carrier or we do meanwhile."""

import asyncio

import pytest

from backend.delivery import Report, State
from backend.delivery.sending import NOT_THERE_AFTER
from backend.kernel.clock import SECOND
from backend.platform.database.engine import Database
from tests.contract.delivery.conftest import World
from tests.contract.delivery.reach import SOMEBODY, Reach
from tests.fakes.clock import FakeClock
from tests.fakes.twilio_rest import Trouble

pytestmark = pytest.mark.covers("VT-01")

AFTERWARDS_S = NOT_THERE_AFTER / SECOND + 10


async def test_a_promised_call_rings_once(reach: Reach, world: World) -> None:
    row = await reach.call()
    assert (await reach.step(row)).state is State.ACCEPTED
    assert (await reach.step(row)).state is State.ACCEPTED  # the job came twice
    assert world.taken == 1


async def test_the_same_cause_is_the_same_call(reach: Reach, world: World) -> None:
    first, second = await asyncio.gather(reach.call(), reach.call())
    assert first.id == second.id
    await asyncio.gather(reach.step(first), reach.step(second))
    assert world.taken == 1


@pytest.mark.parametrize("trouble", [Trouble(cut="after"), Trouble(garbage=True)])
async def test_a_call_whose_answer_got_lost_is_found_and_not_made_again(
    reach: Reach, world: World, clock: FakeClock, trouble: Trouble
) -> None:
    world.script(trouble)
    row = await reach.call()
    assert (await reach.step(row)).state is State.UNKNOWN
    clock.advance(5)
    found = await reach.step(row)
    assert (found.state, world.taken) == (State.ACCEPTED, 1)
    assert found.carrier_ref


@pytest.mark.parametrize("trouble", [Trouble(cut="before"), Trouble(status=503)])
async def test_what_is_not_there_is_tried_again_only_when_that_is_certain(
    reach: Reach, world: World, clock: FakeClock, trouble: Trouble
) -> None:
    world.script(trouble)
    row = await reach.call()
    assert (await reach.step(row)).state is State.UNKNOWN
    clock.advance(20)
    assert (await reach.step(row)).state is State.UNKNOWN  # it may be listed a little later
    clock.advance(AFTERWARDS_S)
    assert (await reach.step(row)).state is State.WAITING
    assert world.taken == 0
    clock.advance(60)
    assert (await reach.step(row)).state is State.ACCEPTED
    assert world.taken == 1


async def test_who_was_killed_while_sending_is_succeeded_by_somebody_who_asks(
    reach: Reach, world: World, clock: FakeClock
) -> None:
    row = await reach.call()
    with_receipt = await reach.step(row)
    async with reach.database.transaction() as tx:  # as if the answer was never written down
        await reach.store.move(tx, with_receipt, State.SENDING, carrier_ref="")
    clock.advance(25)
    assert (await reach.step(row)).state is State.ACCEPTED
    assert world.taken == 1


async def test_a_carrier_that_asks_for_patience_gets_it(
    reach: Reach, world: World, clock: FakeClock
) -> None:
    world.script(Trouble(code=20429))
    row = await reach.call()
    waiting = await reach.step(row)
    assert (waiting.state, world.taken) == (State.WAITING, 0)
    assert waiting.not_before > clock.now()
    clock.advance(40)
    assert (await reach.step(row)).state is State.ACCEPTED
    assert world.taken == 1


async def test_a_carrier_that_is_always_busy_is_given_up(
    reach: Reach, world: World, clock: FakeClock
) -> None:
    world.script(*[Trouble(code=20429)] * 10)
    row = await reach.call()
    for _ in range(10):
        clock.advance(700)
        row = await reach.step(row)
    assert (row.state, world.taken) == (State.FAILED, 0)


async def test_a_refusal_is_final_and_says_why(
    reach: Reach, world: World, clock: FakeClock
) -> None:
    world.script(Trouble(code=21219))
    row = await reach.step(await reach.call())
    assert row.state is State.REFUSED
    assert row.reason
    assert row.details["cure"]
    assert SOMEBODY not in row.reason
    clock.advance(AFTERWARDS_S)
    assert (await reach.step(row)).state is State.REFUSED
    assert world.taken == 0


async def test_a_stop_that_only_the_carrier_saw_counts_from_then_on(
    reach: Reach, world: World
) -> None:
    world.script(Trouble(code=21610))
    assert (await reach.step(await reach.text())).state is State.REFUSED
    async with reach.database.reading() as connection:
        assert await reach.consent.is_stopped(connection, SOMEBODY)


async def test_one_number_is_asked_for_one_thing_at_a_time(
    reach: Reach, world: World, clock: FakeClock
) -> None:
    world.script(Trouble(cut="after"))
    first, second = await reach.call(cause="one"), await reach.call(cause="two")
    assert (await reach.step(first)).state is State.UNKNOWN
    assert (await reach.step(second)).state is State.WAITING  # which of two would it have been
    assert (await reach.step(first)).state is State.ACCEPTED
    clock.advance(30)
    assert (await reach.step(second)).state is State.ACCEPTED
    refs = {(await reach.now(row)).carrier_ref for row in (first, second)}
    assert (len(refs), world.taken) == (2, 2)


async def test_a_long_text_leaves_in_order_and_rejoins_exactly(
    reach: Reach, world: World, clock: FakeClock
) -> None:
    body = "Sentence number one is here. " * 120
    first = await reach.text(body)
    rows = sorted(await reach.delivery.latest(reach.owner.owner_id), key=lambda row: row.id)
    assert "".join(row.body for row in rows) == body
    assert rows[0].id == first.id
    last = rows[-1]
    assert (await reach.step(last)).state is State.WAITING  # its turn has not come
    for row in rows:
        clock.advance(30)
        assert (await reach.step(row)).state is State.ACCEPTED
    assert world.taken == len(rows) == 3


async def test_the_carriers_word_may_be_faster_than_its_answer(reach: Reach, world: World) -> None:
    world.script(Trouble(cut="after"))
    row = await reach.step(await reach.call())
    await reach.delivery.report(f"{row.id}.1", Report("CAfast", State.RINGING))
    assert (await reach.step(row)).state is State.RINGING
    assert (await reach.now(row)).carrier_ref == "CAfast"


async def test_a_carrier_that_does_not_answer_is_asked_until_it_does(
    reach: Reach, world: World, clock: FakeClock, database: Database
) -> None:
    world.script(Trouble(cut="after"))
    row = await reach.step(await reach.call())
    if world.fake is not None:
        world.fake.is_deaf = True
        clock.advance(AFTERWARDS_S)
        assert (await reach.step(row)).state is State.UNKNOWN
        world.fake.is_deaf = False
    clock.advance(AFTERWARDS_S)
    assert (await reach.step(row)).state is State.ACCEPTED
    assert world.taken == 1
