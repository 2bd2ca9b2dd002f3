"""What lies on servers goes too; one that is away is waited for, and the receipt says so."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from neo4j import AsyncGraphDatabase

from backend.kernel.errors import Unavailable
from backend.kernel.forgetting import Kind
from tests.contract.forgetting.house import OWNER, House, one
from tests.engines import Neo4jServer

SECRET = "zorblax"


@pytest.fixture
async def graphed(tmp_path: Path, neo4j_server: Neo4jServer) -> AsyncIterator[House]:
    """A house whose graph is a server's."""
    url = f"sqlite:///{tmp_path / 'home' / 'ringback.db'}"
    house = House(tmp_path, url, neo4j_server.settings())
    await house.start()
    yield house
    assert house.parts.graph_server is not None
    await house.parts.graph_server.close()
    await house.stop()


async def _nodes(server: Neo4jServer) -> str:
    settings = server.settings()
    auth = (settings["NEO4J_USER"], settings["NEO4J_PASSWORD"])
    async with AsyncGraphDatabase.driver(settings["NEO4J_URI"], auth=auth) as driver:
        found = await driver.execute_query(
            "MATCH (n) OPTIONAL MATCH (n)-[r]-() RETURN properties(n), properties(r)"
        )
    return str(found.records)


async def test_a_name_is_gone_from_the_graphs_server(
    graphed: House, neo4j_server: Neo4jServer
) -> None:
    said = await graphed.turn("My friend Zorblax lives in Bergen.")
    await graphed.turn("My friend Weber lives in Oslo.")
    assert "Zorblax" in await _nodes(neo4j_server)
    await graphed.forget_all(one(Kind.TURN, said["turn"]))
    nodes = await _nodes(neo4j_server)
    assert "Zorblax" not in nodes
    assert said["heard"] not in nodes
    assert "Weber" in nodes


async def test_a_server_that_is_away_is_waited_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'home' / 'ringback.db'}"
    first = House(tmp_path, url, {})
    await first.start()
    said = await first.turn("My friend Zorblax lives in Bergen.")
    await first.stop()
    house = House(tmp_path, url, {"CHROMA_URL": "http://127.0.0.1:9"})
    await house.start()
    try:
        outcome = await house.forget(one(Kind.TURN, said["turn"]))
        with pytest.raises(Unavailable):
            await house.carry_out(outcome.id)
        receipt = await house.parts.forgetting.receipt(OWNER, outcome.id)
        assert (receipt.state.value, receipt.finished_at) == ("running", None)
        assert await house.tables_with(SECRET) == set(), "what is ours is gone at once"
    finally:
        await house.stop()
    third = House(tmp_path, url, {})
    await third.start()
    await third.carry_out(outcome.id)
    done = await third.parts.forgetting.receipt(OWNER, outcome.id)
    assert done.state.value == "done"
    await third.stop()
