"""What came of calls and texts is in mind at once, and goes with them."""

import pytest

from backend.delivery import DeliveryRow, Report, State
from backend.delivery.forgetting import Deliveries
from backend.kernel.forgetting import Kind, things
from backend.memory.forgetting.telling_apart import speaking
from backend.memory.short_term.types import Kind as InMind
from backend.platform.database.engine import Database
from tests.contract.delivery.reach import SOMEBODY, Reach
from tests.fakes.carrier import FakeCarrier
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.covers("ME-16")


@pytest.fixture
async def reach(database: Database, clock: FakeClock) -> Reach:
    return await Reach(database, clock, FakeCarrier(), retries=()).settle()


async def report(reach: Reach, row: DeliveryRow, state: State) -> None:
    await reach.delivery.report(f"{row.id}.{row.attempts}", Report(row.carrier_ref, state))


async def in_mind(reach: Reach) -> list[str]:
    found = await reach.short_term.recent(reach.owner.owner_id, limit=20)
    assert all(item.kind is InMind.OUTCOME for item in found)
    return [item.text for item in found]


async def test_a_text_that_arrived_is_in_mind_once(reach: Reach) -> None:
    row = await reach.step(await reach.text())
    assert await in_mind(reach) == []
    for state in (State.SENT, State.DELIVERED, State.DELIVERED):
        await report(reach, row, state)
    assert await in_mind(reach) == [f"Text to {SOMEBODY}: it arrived"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.COMPLETED, "they answered"),
        (State.NO_ANSWER, "nobody answered"),
        (State.BUSY, "it was busy"),
        (State.FAILED, "it did not get through"),
    ],
)
async def test_the_end_of_a_call_is_in_mind(reach: Reach, state: State, words: str) -> None:
    await report(reach, await reach.step(await reach.call()), state)
    assert await in_mind(reach) == [f"Call to {SOMEBODY}: {words}"]


@pytest.mark.parametrize("cause", ["rest:t1", "health:database:False:1"])
async def test_what_nobody_waits_for_is_not(reach: Reach, cause: str) -> None:
    await report(reach, await reach.step(await reach.text(cause=cause)), State.DELIVERED)
    assert await in_mind(reach) == []


async def test_it_is_forgotten_with_the_text(reach: Reach, database: Database) -> None:
    row = await reach.step(await reach.text())
    await report(reach, row, State.DELIVERED)
    async with database.transaction() as tx:
        await Deliveries(speaking).forget(tx, row.owner_id, things(Kind.DELIVERY, [row.id]))
    assert await in_mind(reach) == []
