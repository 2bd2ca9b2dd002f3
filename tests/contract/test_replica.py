"""A real streaming replica: lists are read there while it keeps up, and from the primary else."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import insert, select, text

from backend.conversation.calls.reading import CallReader
from backend.conversation.calls.types import Wanted
from backend.kernel.clock import Clock
from backend.kernel.errors import Invalid
from backend.kernel.ids import OwnerId
from backend.platform.chance import SystemIds
from backend.platform.database import Database
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import conversations
from backend.platform.jobs.ledger import Ledger
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.engines import PostgresServer
from tests.engines.postgres import PASSWORD
from tests.engines.processes import environment, extra_groups, group
from tests.fakes.clock import FakeClock

CALL: dict[str, object] = {"owner_id": "o", "carrier": "phone", "assurance": "verified"}


class ReplicaServer(PostgresServer):
    """A copy of another server that follows it."""

    name = "postgres-replica"

    def __init__(self, primary: PostgresServer) -> None:
        super().__init__()
        self._primary = primary

    def prepare(self) -> None:
        """Copy the primary, and say whom to follow."""
        data = self.folder / "data"
        if data.exists():
            return
        self._give_away()
        subprocess.run(
            [
                str(self._programs / "bin" / "pg_basebackup"),
                *("-D", str(data), "-R", "-X", "stream", "-c", "fast", "--no-sync"),
                *("-d", self._primary.url()),
            ],
            check=True,
            capture_output=True,
            cwd=self.folder,
            env=environment({"PGPASSWORD": PASSWORD}),
            user=self.user(),
            group=group(self.user()),
            extra_groups=extra_groups(self.user()),
        )


@pytest.fixture(scope="module")
def primary() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="module")
def replica(primary: PostgresServer) -> Iterator[ReplicaServer]:
    with ReplicaServer(primary) as server:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    """The lag is looked at when a test says so."""
    return FakeClock()


@pytest.fixture
async def database(
    primary: PostgresServer, replica: ReplicaServer, clock: FakeClock
) -> AsyncIterator[Database]:
    database = Database(
        primary.url(), clock=clock, replica_url=replica.url(), replica_lag_s=0.5, wait_s=5
    )
    await database.start()
    async with database.transaction() as tx:
        await tx.execute(text("CREATE TABLE IF NOT EXISTS said (word TEXT)"))
        await tx.execute(text("DELETE FROM said"))
    await caught_up(database, clock)
    yield database
    await database.stop()


async def say(database: Database, word: str) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("INSERT INTO said VALUES (:word)"), {"word": word})


async def listed(database: Database) -> tuple[bool, list[str]]:
    """Whether the replica answered, and what it said."""
    async with database.listing() as connection:
        is_replica = (await connection.execute(text("SELECT pg_is_in_recovery()"))).scalar_one()
        words = await connection.execute(text("SELECT word FROM said ORDER BY word"))
        return bool(is_replica), list(words.scalars())


async def has_tables(database: Database) -> bool:
    async with database.reading() as connection:
        found = await connection.execute(text("SELECT to_regclass('jobs')"))
        return found.scalar_one() is not None


async def caught_up(database: Database, clock: FakeClock) -> None:
    async with asyncio.timeout(60):
        while not (await listed(database))[0]:
            clock.advance(2)


async def test_lists_are_read_from_a_replica_that_keeps_up(
    database: Database, clock: FakeClock
) -> None:
    await say(database, "one")
    clock.advance(2)
    await caught_up(database, clock)
    async with asyncio.timeout(30):
        while await listed(database) != (True, ["one"]):
            clock.advance(2)


async def test_a_turns_own_reading_never_goes_there(database: Database) -> None:
    async with database.reading() as connection:
        asked = await connection.execute(text("SELECT pg_is_in_recovery()"))
        assert asked.scalar_one() is False


@pytest.mark.covers("MR-16")
async def test_a_replica_that_is_behind_is_not_asked(
    database: Database, clock: FakeClock, replica: ReplicaServer
) -> None:
    await say(database, "before")
    await caught_up(database, clock)
    admin = Database(replica.url(), clock=clock)
    try:
        async with admin.reading() as connection:
            await connection.execute(text("SELECT pg_wal_replay_pause()"))
        await say(database, "after")
        async with asyncio.timeout(30):
            while True:  # until the lag is more than it may be
                clock.advance(2)
                is_replica, words = await listed(database)
                if not is_replica:
                    break
        assert "after" in words
    finally:
        async with admin.reading() as connection:
            await connection.execute(text("SELECT pg_wal_replay_resume()"))
        await admin.stop()
    await caught_up(database, clock)


@pytest.mark.covers("MR-16")
async def test_what_people_look_through_is_read_from_the_replica(
    primary: PostgresServer, replica: ReplicaServer, clock: FakeClock
) -> None:
    # A replica that stands still, and may be as old as it likes: only lists don't see what is new.
    database = Database(primary.url(), clock=clock, replica_url=replica.url(), replica_lag_s=1e9)
    still = Database(replica.url(), clock=clock)
    ids, owner = SystemIds(clock), OwnerId("o")
    ledger = Ledger(database, clock, ids, InProcessSignals())
    await migrate(database)
    try:
        async with asyncio.timeout(60):
            while not await has_tables(still):
                clock.advance(2)
        async with still.reading() as connection:
            await connection.execute(text("SELECT pg_wal_replay_pause()"))
        job_id = await ledger.promise("memory.embed", {"message_ids": ["m"]}, owner)
        async with database.transaction() as tx:
            await tx.execute(
                insert(conversations).values(CALL | {"id": ids.new(), "started_at": tx.at})
            )
        async with database.reading() as connection:
            assert (await connection.execute(select(conversations.c.id))).all() != []
        assert (await ledger.get(job_id)).id == job_id
        assert await ledger.list(owner) == []
        assert (await CallReader(database).list(owner, Wanted.model_validate({}))).calls == []
    finally:
        async with still.reading() as connection:
            await connection.execute(text("SELECT pg_wal_replay_resume()"))
        await still.stop()
        await database.stop()


async def test_a_replica_that_is_gone_costs_no_answer(
    database: Database, clock: FakeClock, replica: ReplicaServer
) -> None:
    await say(database, "kept")
    replica.kill()
    try:
        clock.advance(2)
        is_replica, words = await listed(database)
        assert (is_replica, "kept" in words) == (False, True)
    finally:
        replica.start()
    await caught_up(database, clock)


async def test_another_truth_is_no_replica(primary: PostgresServer, clock: FakeClock) -> None:
    database = Database(primary.url(), clock=clock, replica_url=primary.url(), wait_s=5)
    try:
        async with database.listing() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
        assert not await database._replica.is_caught_up()  # type: ignore[union-attr]
    finally:
        await database.stop()


def test_sqlite_has_no_replica(clock: Clock) -> None:
    with pytest.raises(Invalid):
        Database("sqlite:////tmp/any.db", clock=clock, replica_url="postgresql://h/d")
