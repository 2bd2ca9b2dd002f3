"""What is in mind and what is done at night, over running processes that are killed and share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines import PostgresServer, RedisServer
from tests.engines.fixtures import fresh_database
from tests.journey.product import Product, eventually

pytestmark = pytest.mark.slow

NIGHTLY = ("upkeep.retain", "upkeep.backup", "memory.retire", "upkeep.check")
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
