"""The database of the started product breaks: its operator is rung, once, and again at its end."""

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.engines import PostgresServer
from tests.fakes.pager import Pager
from tests.journey.product import Product, eventually, running

Broken = Callable[[PostgresServer], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of our own, as others must not feel what we do to it."""
    with PostgresServer() as server:
        yield server


@contextmanager
def killed(server: PostgresServer) -> Iterator[None]:
    server.kill()
    yield
    server.start()


@contextmanager
def hanging(server: PostgresServer) -> Iterator[None]:
    """Freeze the server and whoever it has for its clients: sockets stay open, nobody answers."""
    frozen = [*_children(server.pid), server.pid]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)


def _children(parent: int) -> list[int]:
    """Return the processes that a process has started."""
    stats = [stat.read_text() for stat in Path("/proc").glob("[0-9]*/stat")]
    parents = [(int(stat.split()[0]), int(stat.rpartition(")")[2].split()[1])) for stat in stats]
    return [pid for pid, its_parent in parents if its_parent == parent]


def _uptime(product: Product, breaks: int) -> Any:  # Any: JSON
    """Return how long the database was up, once it is well after so many breaks."""
    with product.client() as client:
        answer = client.get("/v1/health/uptime", params={"days": 1})
    if answer.status_code != 200:
        return None
    [told] = [each for each in answer.json()["parts"] if each["part"] == "database"] or [None]
    return told if told and told["ok"] and told["breaks"] == breaks else None


@pytest.mark.slow
@pytest.mark.covers("MR-14", "OB-04")
@pytest.mark.parametrize("broken", [killed, hanging])
def test_a_database_that_breaks_rings_the_operator_once_and_once_when_it_is_back(
    tmp_path: Path, server: PostgresServer, broken: Broken
) -> None:
    name = f"test_{uuid.uuid4().hex}"  # never dropped: its server goes with the module
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    with Pager() as pager:
        settings = {
            "DATABASE_URL": server.url(name),
            "RINGBACK_SECRET_KEY": "an operator's secret for these tests",
            "RINGBACK_DUMMY_ENGINES": "true",
            "RINGBACK_HEALTH__WEBHOOK": pager.url,
        }

        def rung() -> list[dict[str, Any]]:
            return [each for each in pager.taken if each["part"] == "database"]

        with running(tmp_path / "home", settings) as product:
            eventually(lambda: _uptime(product, breaks=0))
            with broken(server):
                eventually(rung, seconds=90)
            eventually(lambda: len(rung()) > 1, seconds=90)
            kept = eventually(lambda: _uptime(product, breaks=1))
    assert [each["ok"] for each in rung()] == [False, True]
    broke, back = (each["at"] for each in rung())
    assert kept["down_s"] == (back - broke) / 1_000_000  # exact, though nobody could write then
