"""What is so until a day that was said: true till then, over from then on, without a word."""

import pytest

from backend.kernel.clock import DAY, Instant, later
from backend.kernel.ids import Ids
from backend.memory.facts import Facts
from backend.memory.graph import GraphRows
from backend.memory.graph.types import Concept, ConceptKind, Edge
from backend.platform.database.engine import Database
from tests.contract.memory.conftest import Room
from tests.contract.memory.teller import SAM, Told, kinds, read
from tests.fakes.clock import MovedClock


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


def day(tell: Told, days: float) -> Instant:
    return Instant(tell.now + int(days * DAY))


@pytest.mark.covers("ME-26")
async def test_what_is_so_until_a_day_is_over_on_that_day_by_itself(
    tell: Told, facts: Facts, clock: MovedClock
) -> None:
    await tell(read("lives in", "Madrid", until=day(tell, 30)))
    assert await tell.now_of() == ["They live in Madrid."]
    assert await facts.count(SAM) == 1
    clock.advance(31 * 86_400)
    assert await tell.now_of() == []
    assert await facts.count(SAM) == 0
    (fact,) = await facts.about(SAM, names=[""], with_history=True)
    assert (fact.object, fact.has_lapsed(clock.now())) == ("Madrid", True)
    then = await facts.about(SAM, names=[""], at=day(tell, 5))
    assert [each.object for each in then] == ["Madrid"]


async def test_what_comes_after_takes_no_longer_stretch_from_it(
    tell: Told, facts: Facts, clock: MovedClock
) -> None:
    await tell(read("lives in", "Madrid", until=day(tell, 30)))
    clock.advance(60 * 86_400)
    assert "learnt" in kinds(await tell(read("lives in", "Lisbon"), day=60))
    assert await tell.now_of() == ["They live in Lisbon."]
    now = await tell.only()
    (before,) = await facts.former(SAM, now.id)
    assert (before.object, before.valid_to) == ("Madrid", day(tell, 30))


async def test_who_stays_longer_than_they_said_still_lives_there(
    tell: Told, clock: MovedClock
) -> None:
    await tell(read("lives in", "Madrid", until=day(tell, 30)))
    clock.advance(60 * 86_400)
    await tell(read("lives in", "Madrid"), day=59)
    assert await tell.now_of() == ["They live in Madrid."]


async def test_a_later_day_takes_the_place_of_the_first(tell: Told, clock: MovedClock) -> None:
    await tell(read("lives in", "Madrid", until=day(tell, 30)))
    await tell(read("lives in", "Madrid", until=day(tell, 90)), day=-0.5)
    clock.advance(60 * 86_400)
    assert await tell.now_of() == ["They live in Madrid."]


async def test_a_pinned_one_is_at_hand_only_until_its_day(
    tell: Told, facts: Facts, clock: MovedClock
) -> None:
    await tell(read("takes", "ibuprofen", until=day(tell, 3)))
    assert [each.object for each in await facts.pinned(SAM)] == ["ibuprofen"]
    clock.advance(4 * 86_400)
    assert await facts.pinned(SAM) == []


async def test_the_graph_walks_it_until_its_day(
    room: Room, database: Database, clock: MovedClock, ids: Ids
) -> None:
    sam, madrid = Concept(ConceptKind.PERSON, "Sam"), Concept(ConceptKind.PLACE, "Madrid")
    over = later(clock.now(), 30 * DAY)
    edge = Edge(SAM, sam, "lives in", madrid, "fact-1", valid_from=clock.now(), valid_to=over)
    async with database.transaction() as tx:
        await GraphRows(ids).mirror(tx, [edge])
    assert [each.concept.name for each in await room.memory.related(SAM, "Sam")] == ["Madrid"]
    clock.advance(31 * 86_400)
    assert await room.memory.related(SAM, "Sam") == []
