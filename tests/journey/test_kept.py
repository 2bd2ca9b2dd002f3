"""What is in mind and what is done at night, over running processes that are killed and share."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.engines import PostgresServer, RedisServer, start_together
from tests.engines.fixtures import fresh_database
from tests.journey.product import Product, eventually
from tests.journey.roles import engines

pytestmark = pytest.mark.slow

NIGHTLY = ("upkeep.retain", "upkeep.backup", "memory.retire", "upkeep.check")
SERVED = {"signals", "vectors", "graph"}
SECRET = "a-root-key-that-both-of-them-are-given-0123456789"


def say(product: Product, sentence: str) -> None:
    product.command("talk", stdin=f"{sentence}\n")


def in_mind(product: Product) -> str:
    """Return all that is in mind, by the door that every client has."""
    found: Any = product.get("/v1/memory/recent", limit="200")
    return "\n".join(each["text"] for each in found["recent"])


@pytest.mark.covers("ME-19")
def test_what_is_in_mind_outlives_a_kill_and_the_nights_work_is_done(tmp_path: Path) -> None:
    clock = tmp_path / "ahead"
    clock.write_text("0")
    product = Product(tmp_path / "home")
    try:
        product.start("--clock", str(clock), "--engines", "dummy")
        say(product, "The harbour opens at seven.")
        assert "harbour opens" in in_mind(product)
        product.kill()
        product.start("--clock", str(clock), "--engines", "dummy")
        assert "harbour opens" in in_mind(product)

        assert product.get("/v1/backups")["backups"] == []
        clock.write_text(str(24 * 3600))

        def done() -> bool:
            told: Any = product.told("jobs", "list", "--state", "done", "--limit", "500")
            return {job["name"] for job in told["jobs"]}.issuperset(NIGHTLY)

        eventually(done, seconds=120)
        kept: Any = product.told("backup", "list")
        assert len(kept["backups"]) == 1
        assert "harbour opens" not in in_mind(product)  # a day is over
    finally:
        product.stop()


@pytest.mark.covers("MR-19")
def test_what_is_killed_is_back_by_itself_and_its_job_is_done(tmp_path: Path) -> None:
    keeper = Product(tmp_path / "home")
    keeper.launch("--restart", "--engines", "dummy")
    try:
        home = keeper.home / "instance.json"

        def life() -> int:
            """Return the process that answers now; 0 while none does."""
            told: Any = json.loads(home.read_text()) if home.exists() else {"pid": 0, "url": ""}
            with suppress(httpx2.HTTPError):
                keeper.url = told["url"]
                if told["url"] and keeper.get("/v1/jobs"):
                    return int(told["pid"])
            return 0

        first = eventually(life, seconds=90)
        with keeper.client() as client:
            wanted = client.post("/v1/rebuild", json={"projection": "search"})
        job_id = wanted.json()["job_id"]
        os.kill(first, signal.SIGKILL)
        eventually(lambda: life() not in {0, first}, seconds=60)

        def is_done() -> bool:
            return keeper.get(f"/v1/jobs/{job_id}")["state"] == "done"

        eventually(is_done, seconds=30)
        assert "ended unasked" in keeper.said()
    finally:
        assert keeper.terminate() == 0


@pytest.fixture(params=["with Redis", "without Redis"])
def redis(request: pytest.FixtureRequest) -> Iterator[RedisServer | None]:
    if request.param == "without Redis":
        yield None
        return
    with RedisServer() as server:
        yield server


@pytest.fixture
def pair(
    tmp_path: Path, postgres_server: PostgresServer, redis: RedisServer | None
) -> Iterator[tuple[Product, Product]]:
    """Two whole instances at one database, each in a home of its own."""
    with fresh_database(postgres_server) as url:
        shared = {"DATABASE_URL": url, "RINGBACK_SECRET_KEY": SECRET}
        if redis is not None:
            shared["REDIS_URL"] = redis.url
        both = [Product(tmp_path / name, shared) for name in ("one", "two")]
        try:
            for product in both:
                product.start("--engines", "dummy")
            yield both[0], both[1]
        finally:
            if redis is not None:
                redis.resume()
            for product in both:
                product.stop()


@pytest.mark.engines
@pytest.mark.covers("ME-19", "ME-20", "CARD-09")
def test_what_one_process_hears_the_very_next_read_in_another_has(
    pair: tuple[Product, Product], redis: RedisServer | None
) -> None:
    one, two = pair
    said: list[str] = []

    def heard(here: Product, there: Product, sentence: str) -> None:
        assert not said or said[-1] in in_mind(there)  # it is held in both before it is added to
        say(here, sentence)
        said.append(sentence)
        assert [each for each in said if each not in in_mind(there)] == []

    heard(one, two, "The first boat is red.")
    heard(two, one, "The second boat is blue.")
    if redis is not None:
        redis.flush()
        heard(one, two, "The third boat is green.")
        redis.pause()
        heard(two, one, "The fourth boat is white.")
        redis.resume()
    one.kill()
    heard(two, two, "The fifth boat is black.")
    one.start("--engines", "dummy")
    heard(one, two, "The sixth boat is yellow.")
    assert [each for each in said if each not in in_mind(one)] == []


def answer(product: Product, sentence: str) -> str:
    return product.command("talk", stdin=f"{sentence}\n")


def limping(product: Product) -> set[str]:
    told: Any = httpx2.get(f"{product.url}/health/ready", timeout=10).json()
    return {*told["degraded"], *told["not_ready"]}


@pytest.mark.engines
@pytest.mark.covers("MR-26")
def test_without_its_servers_the_conversation_goes_on_and_says_so(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    with engines(postgres_server) as around:
        servers = (around.redis, around.chroma, around.neo4j)
        settings = {**around.settings(), "RINGBACK_SECRET_KEY": SECRET}
        product = Product(tmp_path / "home", settings)
        try:
            product.start()
            say(product, "My sister Anna lives in Porto.")
            eventually(lambda: not SERVED & limping(product), seconds=60)
            for server in servers:
                server.kill()
            eventually(lambda: limping(product) >= SERVED, seconds=90)
            assert "Porto" in answer(product, "Where does Anna live?")
            say(product, "Anna moved to Rome.")
            assert "Rome" in answer(product, "Where does Anna live?")
            start_together(*servers)
            eventually(lambda: not SERVED & limping(product), seconds=120)
            eventually(
                lambda: sorted(around.chroma_entries()) == sorted(around.vector_rows()), seconds=120
            )
            told: Any = product.told("doctor", "--integrity")
            checks = {each["name"]: each for each in told["checks"]}
            for name in ("vector server agrees", "graph server agrees"):
                assert checks[name]["ok"], checks[name]
                assert " 0 missing, 0 gone since" in checks[name]["detail"], checks[name]
        finally:
            product.stop()
