"""The truth on both databases, and what stands around it, for every contract that needs it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.kernel.clock import Clock
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.jobs.ledger import Ledger
from backend.platform.signals.engines.in_process import InProcessSignals


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def ids(clock: Clock) -> SystemIds:
    return SystemIds(clock)


@pytest.fixture
def signals() -> InProcessSignals:
    return InProcessSignals()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ringback.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def empty_database(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """An open database without tables."""
    database = Database(database_url, clock=clock)
    await database.start()
    yield database
    await database.stop()


@pytest.fixture
async def database(empty_database: Database) -> Database:
    """An open database with every table."""
    await migrate(empty_database)
    return empty_database


@pytest.fixture
def ledger(database: Database, clock: Clock, ids: SystemIds, signals: InProcessSignals) -> Ledger:
    return Ledger(database, clock, ids, signals)
