"""A process that is killed anywhere in a turn leaves all of it or nothing of it."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from backend.kernel.clock import SECOND, Instant
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.database import search
from backend.platform.database.engine import Database
from backend.platform.database.tables import events, jobs, memories, messages, stream_heads, turns
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import JobState
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.contract.turn_process import JOB, OWNER, WRITES
from tests.engines.processes import environment
from tests.fakes.clock import FakeClock

ROOT = Path(__file__).parents[2]
NOTHING = dict.fromkeys(("turns", "messages", "memories", "jobs", "events", "stream_heads"), 0)
EVERYTHING = {
    "turns": 1,
    "messages": 2,
    "memories": 1,
    "jobs": 2,
    "events": 1,
    "stream_heads": 1,
}


async def die_at(url: str, point: str) -> None:
    """Run the process and see it killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.contract.turn_process", url, point),
        cwd=ROOT,
        env=environment(),
    )
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL


async def kept(database: Database) -> dict[str, int]:
    counts = {}
    async with database.reading() as connection:
        for table in (turns, messages, memories, jobs, events, stream_heads):
            found = await connection.execute(select(func.count()).select_from(table))
            counts[table.name] = int(found.scalar_one())
        assert (await search.count(connection) == 1) == (counts["messages"] > 0)
    return counts


@pytest.mark.parametrize("writes", range(1, WRITES + 1))
async def test_killed_between_two_writes_nothing_is_kept(
    database: Database, database_url: str, writes: int
) -> None:
    await die_at(database_url, str(writes))
    assert await kept(database) == NOTHING
    async with database.transaction():
        """The way is free for the next."""


async def test_killed_after_the_commit_everything_is_kept(
    database: Database, database_url: str
) -> None:
    await die_at(database_url, "commit")
    assert await kept(database) == EVERYTHING


@pytest.mark.covers("SC-01")
async def test_a_worker_killed_before_its_commit_leaves_the_job_to_the_next(
    database: Database, database_url: str
) -> None:
    await die_at(database_url, "commit")
    await die_at(database_url, "work")
    assert (await kept(database))["memories"] == 1
    now = SystemClock().now()
    later = FakeClock(Instant(now + 60 * SECOND))
    successor = Database(database_url, clock=later)
    ledger = Ledger(successor, later, SystemIds(later), InProcessSignals())
    try:
        assert [row.state for row in await ledger.list(state=JobState.LEASED)] == ["leased"]
        assert await ledger.sweep() == 1
        [leased] = await ledger.lease("next", [JOB], 1, 20)
        assert leased.attempt == 2
        async with successor.transaction() as tx:
            await ledger.complete(tx, leased)
        [done] = await ledger.list(state=JobState.DONE)
        assert (done.id, OWNER) == (leased.id, "owner")
    finally:
        await successor.stop()
