"""What every graph does, the fake included."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from backend.kernel.clock import SECOND, Instant
from backend.kernel.ids import Ids, OwnerId
from backend.memory.graph import Graph, GraphRows, extract_concepts
from backend.memory.graph.engines.neo4j import Neo4jGraph
from backend.memory.graph.engines.tables import TablesGraph
from backend.memory.graph.types import MessageConcepts
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
        yield graph
        await graph.close()
    else:
        yield TablesGraph(database) if request.param == "tables" else FakeGraph()


@pytest.fixture
def tell(graph: Graph, database: Database, ids: Ids) -> Tell:
    """Do what the product does: the server first, then the truth."""
    rows = GraphRows(ids)

    async def tell(owner: OwnerId, text: str, message_id: str = "") -> str:
        said = MessageConcepts(message_id or ids.new(), owner, AT, extract_concepts(text, "Sam"))
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
