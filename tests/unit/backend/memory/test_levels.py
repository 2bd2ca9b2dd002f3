"""An index or a graph that is away: reading goes on behind it, writing waits for it."""

import numpy as np
import pytest

from backend.kernel.clock import SECOND, Instant
from backend.kernel.errors import Unavailable
from backend.kernel.ids import OwnerId
from backend.memory.graph import GraphLevels, extract_concepts
from backend.memory.graph.types import MessageConcepts
from backend.memory.vectors import VectorItem, VectorLevels
from backend.platform.resilience import Breaker
from tests.fakes.clock import FakeClock
from tests.fakes.graph import FakeGraph
from tests.fakes.vectors import FakeVectorIndex

SAM = OwnerId("sam")
ONE = np.array([1.0, 0.0], dtype=np.float32)

Indexes = tuple[FakeVectorIndex, FakeVectorIndex]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def indexes() -> Indexes:
    return FakeVectorIndex(), FakeVectorIndex()


@pytest.fixture
def levels(indexes: Indexes, clock: FakeClock) -> VectorLevels:
    return VectorLevels(*indexes, breaker=Breaker(2, 10.0, clock))


async def found(levels: VectorLevels) -> list[str]:
    return [hit.message_id for hit in await levels.search(SAM, ONE, namespace="", limit=1)]


async def test_while_the_first_is_away_the_last_answers(
    indexes: Indexes, levels: VectorLevels
) -> None:
    first, last = indexes
    await first.upsert([VectorItem("first", SAM, "", ONE)])
    await last.upsert([VectorItem("last", SAM, "", ONE)])
    assert await found(levels) == ["first"]
    first.is_away = True
    assert await found(levels) == ["last"]


async def test_who_failed_too_often_is_left_alone_and_tried_again_later(
    indexes: Indexes, levels: VectorLevels, clock: FakeClock
) -> None:
    first, last = indexes
    await first.upsert([VectorItem("first", SAM, "", ONE)])
    await last.upsert([VectorItem("last", SAM, "", ONE)])
    first.is_away = True
    for _ in range(2):
        await found(levels)
    first.is_away = False
    assert levels.name == "fake"
    assert await found(levels) == ["last"]
    clock.advance(11)
    assert await found(levels) == ["first"]


async def test_what_the_first_lost_is_found_and_told(indexes: Indexes, clock: FakeClock) -> None:
    told: list[str] = []

    async def tell(what: str) -> None:
        told.append(what)

    first, last = indexes
    levels = VectorLevels(first, last, breaker=Breaker(2, 10.0, clock), on_damage=tell)
    both = [VectorItem(name, SAM, "", ONE) for name in ("kept", "lost")]
    await first.upsert(both)
    await last.upsert(both)
    assert len(await levels.search(SAM, ONE, namespace="", limit=5)) == 2
    assert told == []
    await first.delete(["lost"])
    hits = await levels.search(SAM, ONE, namespace="", limit=5)
    assert [hit.message_id for hit in hits] == ["kept", "lost"]
    assert told == ["vectors"]


async def test_writing_waits_for_the_first(indexes: Indexes, levels: VectorLevels) -> None:
    indexes[0].is_away = True
    with pytest.raises(Unavailable):
        await levels.upsert([VectorItem("a", SAM, "", ONE)])


async def test_the_graph_has_the_same_levels(clock: FakeClock) -> None:
    first, last = FakeGraph(), FakeGraph()
    said = MessageConcepts(
        "m", SAM, Instant(SECOND), extract_concepts("My sister Anna is here.", "Sam")
    )
    await last.relate([said])
    first.is_away = True
    levels = GraphLevels(first, last, breaker=Breaker(2, 10.0, clock))
    assert [each.concept.name for each in await levels.related(SAM, "Sam")] == ["Anna"]
    assert len(await levels.path(SAM, "Anna", end="Sam")) == 1
    with pytest.raises(Unavailable):
        await levels.relate([said])
