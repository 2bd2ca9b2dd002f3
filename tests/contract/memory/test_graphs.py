"""What every graph does, the fake included."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from backend.kernel.clock import SECOND, Instant
from backend.kernel.ids import Ids, OwnerId
from backend.memory.graph import Graph, GraphRows, extract_concepts
from backend.memory.graph.engines.neo4j import Neo4jGraph
from backend.memory.graph.engines.tables import TablesGraph
from backend.memory.graph.types import Concept, ConceptKind, Edge, MessageConcepts
from backend.platform.database.engine import Database
from tests.fakes.graph import FakeGraph

AT = Instant(1_790_000_000 * SECOND)

Tell = Callable[..., Awaitable[str]]


@pytest.fixture
def owner(ids: Ids) -> OwnerId:
    return OwnerId(ids.new())


@pytest.fixture
def other(ids: Ids) -> OwnerId:
    return OwnerId(ids.new())


@pytest.fixture(params=["tables", "neo4j", "fake"])
async def graph(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Graph]:
    if request.param == "neo4j":
        server = request.getfixturevalue("neo4j_server")
        graph = Neo4jGraph(server.url, user=server.user_name, password=server.password)
        await graph.relate([])  # with more patience than a question's, which a cold server needs
        yield graph
        await graph.close()
    else:
        yield TablesGraph(database) if request.param == "tables" else FakeGraph()


@pytest.fixture
def tell(graph: Graph, database: Database, ids: Ids) -> Tell:
    """Do what the product does: the server first, then the truth."""
    rows = GraphRows(ids)

    async def tell(owner: OwnerId, text: str, message_id: str = "", *, at: Instant = AT) -> str:
        said = MessageConcepts(message_id or ids.new(), owner, at, extract_concepts(text, "Sam"))
        await graph.relate([said])
        async with database.transaction() as tx:
            await rows.write(tx, [said])
        return said.message_id

    return tell


async def names(graph: Graph, owner: OwnerId, start: str, hops: int = 2) -> list[tuple[str, int]]:
    found = await graph.related(owner, start, hops=hops)
    return sorted((each.concept.name, each.hops) for each in found)


async def test_a_name_that_nobody_said_has_no_relations(graph: Graph, owner: OwnerId) -> None:
    assert await graph.related(owner, "Anna") == []


async def test_a_relation_is_found_from_both_ends_with_its_evidence(
    graph: Graph, owner: OwnerId, tell: Tell
) -> None:
    message_id = await tell(owner, "My sister Anna is here.")
    (anna,) = await graph.related(owner, "Sam")
    assert (anna.concept.name, anna.evidence[0].predicate) == ("Anna", "sister")
    assert anna.evidence[0].message_id == message_id
    assert await names(graph, owner, "anna") == [("Sam", 1)]


async def test_two_hops_reach_further_than_one(graph: Graph, owner: OwnerId, tell: Tell) -> None:
    await tell(owner, "My sister Anna is here.")
    await tell(owner, "Anna lives in Lisbon.")
    assert await names(graph, owner, "Sam", hops=1) == [("Anna", 1)]
    assert await names(graph, owner, "Sam", hops=2) == [("Anna", 1), ("Lisbon", 2)]


async def test_a_path_gives_the_reasons_in_order(graph: Graph, owner: OwnerId, tell: Tell) -> None:
    await tell(owner, "My sister Anna is here.")
    await tell(owner, "Anna lives in Lisbon.")
    steps = await graph.path(owner, "Sam", end="Lisbon")
    assert [step.predicate for step in steps] == ["sister", "lives in"]
    assert await graph.path(owner, "Sam", end="Paris") == []


async def test_a_path_to_itself_is_empty(graph: Graph, owner: OwnerId, tell: Tell) -> None:
    await tell(owner, "My sister Anna is here.")
    assert await graph.path(owner, "Sam", end="Sam") == []


async def test_telling_twice_changes_nothing(graph: Graph, owner: OwnerId, tell: Tell) -> None:
    message_id = await tell(owner, "My sister Anna is here.")
    await tell(owner, "My sister Anna is here.", message_id)
    (anna,) = await graph.related(owner, "Sam")
    assert len(anna.evidence) == 1


async def test_owners_never_see_each_others_relations(
    graph: Graph, owner: OwnerId, other: OwnerId, tell: Tell
) -> None:
    await tell(owner, "My sister Anna is here.")
    await tell(other, "My sister Berta is here.")
    assert await names(graph, owner, "Sam") == [("Anna", 1)]
    assert await names(graph, other, "Sam") == [("Berta", 1)]


async def test_what_a_forgotten_message_said_is_gone(
    graph: Graph, database: Database, ids: Ids, owner: OwnerId, tell: Tell
) -> None:
    kept = await tell(owner, "My sister Anna is here.")
    forgotten = await tell(owner, "Anna lives in Lisbon.")
    async with database.transaction() as tx:
        await GraphRows(ids).remove(tx, [forgotten])
    await graph.delete([forgotten])
    assert await names(graph, owner, "Sam") == [("Anna", 1)]
    assert (await graph.related(owner, "Sam"))[0].evidence[0].message_id == kept


LATER, LATEST = Instant(AT + 1_000 * SECOND), Instant(AT + 2_000 * SECOND)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_of_places_to_live_only_the_last_is_walked(
    graph: Graph, owner: OwnerId, tell: Tell, order: tuple[int, ...]
) -> None:
    told = [
        ("Anna lives in Lisbon.", AT),
        ("Anna moved to Porto.", LATER),
        ("Anna lives in Berlin.", LATEST),
    ]
    for number in order:
        text, at = told[number]
        await tell(owner, text, at=at)
    assert await names(graph, owner, "Anna") == [("Berlin", 1)]
    then = await graph.related(owner, "Anna", at=Instant(LATER + 1))
    assert [each.concept.name for each in then] == ["Porto"]
    (step,) = await graph.path(owner, "Lisbon", end="Anna", at=AT)
    assert (step.valid_from, step.valid_to) == (AT, LATER)
    assert await graph.path(owner, "Lisbon", end="Anna") == []


async def test_what_was_superseded_holds_again_when_its_successor_is_forgotten(
    graph: Graph, database: Database, ids: Ids, owner: OwnerId, tell: Tell
) -> None:
    await tell(owner, "Anna lives in Lisbon.")
    newer = await tell(owner, "Anna lives in Berlin.", at=LATER)
    async with database.transaction() as tx:
        await GraphRows(ids).remove(tx, [newer])
    await graph.delete([newer])
    assert await names(graph, owner, "Anna") == [("Lisbon", 1)]


async def mirrored(graph: Graph, database: Database, ids: Ids, *edges: Edge) -> None:
    await graph.mirror(edges)
    async with database.transaction() as tx:
        await GraphRows(ids).mirror(tx, edges)


def person(name: str, qualifier: str = "") -> Concept:
    return Concept(ConceptKind.PERSON, name, qualifier)


async def test_two_of_one_name_stay_two(
    graph: Graph, database: Database, ids: Ids, owner: OwnerId
) -> None:
    lisbon = Concept(ConceptKind.PLACE, "Lisbon")
    sister, colleague = person("Anna", "sister"), person("Anna", "from work")
    await mirrored(
        graph,
        database,
        ids,
        Edge(owner, sister, "lives in", lisbon, "m1", AT),
        Edge(owner, colleague, "lives in", Concept(ConceptKind.PLACE, "Oslo"), "m2", AT),
        Edge(owner, person("Kim"), "friend", lisbon, "m3", AT),
    )
    assert await names(graph, owner, "Anna (sister)") == [("Kim", 2), ("Lisbon", 1)]
    assert await names(graph, owner, "anna (From  Work)") == [("Oslo", 1)]
    both = await graph.related(owner, "Anna", hops=1)
    assert sorted(each.concept.name for each in both) == ["Lisbon", "Oslo"]
    assert await graph.path(owner, "Kim", end="Anna (from work)") == []
    assert len(await graph.path(owner, "Kim", end="Anna")) == 2


async def test_what_a_fact_ended_is_walked_no_more_and_what_was_never_so_is_gone(
    graph: Graph, database: Database, ids: Ids, owner: OwnerId
) -> None:
    edge = Edge(owner, person("Sam"), "likes", Concept(ConceptKind.THING, "Tea"), "m1", AT)
    await mirrored(graph, database, ids, edge)
    assert await names(graph, owner, "Sam") == [("Tea", 1)]
    await mirrored(graph, database, ids, replace(edge, valid_to=LATER))
    assert await names(graph, owner, "Sam") == []
    assert len(await graph.related(owner, "Sam", at=AT)) == 1
    await mirrored(graph, database, ids, replace(edge, is_gone=True))
    assert await graph.related(owner, "Sam", at=AT) == []


@pytest.mark.covers("KG-01")
async def test_of_what_is_as_near_the_most_spoken_of_comes_first(
    graph: Graph, owner: OwnerId, tell: Tell
) -> None:
    await tell(owner, "My brother Paul is here.")
    await tell(owner, "My sister Anna is here.")
    for _ in range(3):
        await tell(owner, "I met Anna again.")
    anna, paul = await graph.related(owner, "Sam", hops=1)
    assert (anna.concept.name, anna.importance) == ("Anna", 4.0)
    assert (paul.concept.name, paul.importance) == ("Paul", 1.0)


async def test_circles_end(graph: Graph, owner: OwnerId, tell: Tell) -> None:
    await tell(owner, "My sister Anna is here.")
    await tell(owner, "Anna's friend Kim is here.")
    await tell(owner, "Kim is my friend.")
    assert await names(graph, owner, "Sam", hops=4) == [("Anna", 1), ("Kim", 1)]
