"""What facts say is in the graph while it holds, on every engine, the fake included."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from backend.kernel.clock import SECOND, Instant
from backend.kernel.ids import Ids, OwnerId
from backend.memory.graph import Concept, Edge, Graph, GraphRows, extract_concepts
from backend.memory.graph.engines.neo4j import Neo4jGraph
from backend.memory.graph.engines.tables import TablesGraph
from backend.memory.graph.types import ConceptKind, MessageConcepts
from backend.platform.database.engine import Database
from tests.fakes.graph import FakeGraph

AT = Instant(1_790_000_000 * SECOND)

Mirror = Callable[..., Awaitable[None]]


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
def mirror(graph: Graph, database: Database, ids: Ids) -> Mirror:
    """Do what the job does: the server first, then the truth."""
    rows = GraphRows(ids)

    async def mirror(*edges: Edge) -> None:
        await graph.mirror(edges)
        async with database.transaction() as tx:
            await rows.mirror(tx, edges)

    return mirror


@pytest.fixture
def anna_in_porto(ids: Ids) -> Edge:
    return Edge(
        OwnerId(ids.new()),
        Concept(ConceptKind.PERSON, "Anna"),
        "lives in",
        Concept(ConceptKind.PLACE, "Porto"),
        ids.new(),
        AT,
    )


async def around(graph: Graph, edge: Edge, name: str = "Anna") -> list[tuple[str, str]]:
    found = await graph.related(edge.owner_id, name, hops=1)
    return sorted((step.predicate, each.concept.name) for each in found for step in each.evidence)


async def test_a_fact_is_found_from_both_ends(
    graph: Graph, mirror: Mirror, anna_in_porto: Edge
) -> None:
    await mirror(anna_in_porto)
    await mirror(anna_in_porto)  # twice changes nothing
    assert await around(graph, anna_in_porto) == [("lives in", "Porto")]
    assert await around(graph, anna_in_porto, "porto") == [("lives in", "Anna")]


async def test_what_was_superseded_leaves(
    graph: Graph, mirror: Mirror, anna_in_porto: Edge, ids: Ids
) -> None:
    await mirror(anna_in_porto)
    over = replace(anna_in_porto, valid_to=Instant(AT + SECOND))
    rome = replace(
        anna_in_porto,
        object=Concept(ConceptKind.PLACE, "Rome"),
        message_id=ids.new(),
        valid_from=Instant(AT + SECOND),
    )
    await mirror(over, rome)
    assert await around(graph, anna_in_porto) == [("lives in", "Rome")]
    await mirror(anna_in_porto, replace(rome, is_gone=True))  # it was never so, as it turned out
    assert await around(graph, anna_in_porto) == [("lives in", "Porto")]


async def test_what_the_same_words_said_besides_is_over_too(
    graph: Graph, mirror: Mirror, anna_in_porto: Edge, database: Database, ids: Ids
) -> None:
    text = "Anna moved to Porto."
    said = MessageConcepts(
        anna_in_porto.message_id, anna_in_porto.owner_id, AT, extract_concepts(text, "Sam")
    )
    await graph.relate([said])
    async with database.transaction() as tx:
        await GraphRows(ids).write(tx, [said])
    if graph.name == "fake":
        return  # it knows a relation by its own words alone
    await mirror(replace(anna_in_porto, valid_to=Instant(AT + SECOND)))
    assert await around(graph, anna_in_porto) == []


async def test_owners_never_see_each_others_facts(
    graph: Graph, mirror: Mirror, anna_in_porto: Edge, ids: Ids
) -> None:
    await mirror(anna_in_porto)
    other = replace(anna_in_porto, owner_id=OwnerId(ids.new()))
    assert await around(graph, other) == []
