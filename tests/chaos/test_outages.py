"""Each engine taken away and back while somebody texts: it goes on where it can, says what limps,
and catches up.
"""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.chaos.footprints import FOOTPRINTS
from tests.chaos.judging import chroma_entries
from tests.chaos.stand import CARRIER_SECRET, OWNERS, Engines, Stand, stand
from tests.engines import ChromaServer, Neo4jServer, PostgresServer, RedisServer, Server
from tests.journey.product import NO_TLS, eventually
from tests.journey.telephone import Telephone

pytestmark = [pytest.mark.slow, pytest.mark.engines]

AWAY = "Something I need does not answer right now."
PARTS: dict[str, tuple[type[Server], str]] = {
    "redis": (RedisServer, "signals"),
    "chroma": (ChromaServer, "vectors"),
    "neo4j": (Neo4jServer, "graph"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Everything apart, over engines of our own, as others must not feel what we do to them."""
    everything = next(each for each in FOOTPRINTS if each.neo4j)
    more = {"RINGBACK_HEALTH__EVERY_S": "0.5"}
    folder = tmp_path_factory.mktemp("outages") / "outages"
    with Engines() as engines, stand(everything, engines, folder, more) as found:
        tell(found, "I love qufirst.")  # the first turn of a process loads what all others use
        yield found


def tell(place: Stand, sentence: str) -> str:
    return Telephone(place.backend, CARRIER_SECRET, OWNERS).text(sentence)


def found(place: Stand, word: str) -> list[str]:
    """Return the ids of what was said with a word."""
    with place.client() as client:
        query = {"query": word, "k": 3}
        told = client.post("/v1/memory/search", json=query).raise_for_status().json()
    return [each["id"] for each in told["results"] if word in each["text"]]


def ready(place: Stand) -> Any:
    return httpx2.get(f"{place.backend.url}/health/ready", timeout=30, verify=NO_TLS).json()


def is_quiet(place: Stand) -> bool:
    told: Any = [place.backend.get("/v1/jobs", state=state) for state in ("leased", "waiting")]
    return not any(each["jobs"] for each in told)


@pytest.mark.parametrize("way", ["frozen", "killed"])
@pytest.mark.parametrize("name", PARTS)
def test_the_conversation_goes_on_without_it_and_it_catches_up(
    place: Stand, name: str, way: str
) -> None:
    kind, part = PARTS[name]
    server, word = place.engines.one(kind), f"qu{name}{way}"
    eventually(lambda: part not in ready(place)["degraded"], seconds=90)
    if way == "frozen":
        server.pause()
    else:
        server.kill()
    try:
        assert tell(place, f"My friend {word.title()} lives in Bergen.") != AWAY
        assert len(found(place, word.title())) == 1, "the next question finds it"
        eventually(lambda: part in ready(place)["degraded"], seconds=60)
    finally:
        if way == "frozen":
            server.resume()
        else:
            server.start()
    eventually(lambda: part not in ready(place)["degraded"], seconds=90)
    eventually(lambda: is_quiet(place), seconds=90)
    (message,) = found(place, word.title())
    collections = chroma_entries(place.backend.extra["CHROMA_URL"]).values()
    assert [message in entries for entries in collections].count(True) == 1
    related: Any = place.backend.get("/v1/memory/graph", name=word.title())
    assert "Bergen" in [each["object"] for each in related["relations"]]


def test_without_the_database_nothing_is_promised_and_afterwards_it_goes_on(place: Stand) -> None:
    server = place.engines.one(PostgresServer)
    tell(place, "I love qubefore.")
    server.kill()
    try:
        with pytest.raises(AssertionError, match="The database does not answer"):
            tell(place, "I love qumeanwhile.")
        eventually(lambda: "database" in ready(place)["not_ready"])
    finally:
        server.start()
    eventually(lambda: not ready(place)["not_ready"], seconds=90)
    assert tell(place, "I love quafter.") != AWAY
    eventually(lambda: is_quiet(place), seconds=60)
    told: Any = place.backend.get("/v1/doctor", integrity="true")
    assert [check for check in told["checks"] if check["is_vital"] and not check["ok"]] == []
    assert [len(found(place, f"qu{each}")) for each in ("before", "meanwhile", "after")] == [
        1,
        0,
        1,
    ]
