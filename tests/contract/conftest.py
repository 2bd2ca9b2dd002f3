"""The truth on both databases, and what stands around it, for every contract that needs it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import inspect

from backend.kernel.clock import Clock
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.jobs.ledger import Ledger
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.engines import PostgresServer
from tests.engines.fixtures import fresh_database


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def ids(clock: Clock) -> SystemIds:
    return SystemIds(clock)


@pytest.fixture
def signals() -> InProcessSignals:
    return InProcessSignals()


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every table, to be copied: migrating takes a hundred times as long."""
    file = tmp_path_factory.mktemp("pattern") / "ringback.db"
    _fill(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_pattern(postgres_server: PostgresServer) -> str:
    """The name of a database with every table, to be copied."""
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute(b"CREATE DATABASE pattern")
    _fill(postgres_server.url("pattern"))
    return "pattern"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database, once for each kind: with every table, unless it is to be empty."""
    is_empty = "empty_database" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "ringback.db"
        if not is_empty:
            shutil.copyfile(request.getfixturevalue("sqlite_pattern"), file)
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    like = "template1" if is_empty else request.getfixturevalue("postgres_pattern")
    with fresh_database(server, like) as url:
        yield url


@pytest.fixture
async def empty_database(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """An open database without tables."""
    async with _opened(database_url, clock) as database:
        yield database


@pytest.fixture
async def database(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """An open database with every table; one whose place a test names itself is migrated."""
    async with _opened(database_url, clock) as database:
        async with database.reading() as connection:
            is_empty = not await connection.run_sync(lambda sync: inspect(sync).has_table("people"))
        if is_empty:
            await migrate(database)
        yield database


@pytest.fixture
def ledger(database: Database, clock: Clock, ids: SystemIds, signals: InProcessSignals) -> Ledger:
    return Ledger(database, clock, ids, signals)


@asynccontextmanager
async def _opened(url: str, clock: Clock) -> AsyncIterator[Database]:
    database = Database(url, clock=clock)
    await database.start()
    yield database
    await database.stop()


def _fill(url: str) -> None:
    async def fill() -> None:
        async with _opened(url, SystemClock()) as database:
            await migrate(database)

    with ThreadPoolExecutor(1) as thread:  # a loop of its own, beside that of the tests
        thread.submit(asyncio.run, fill()).result()
