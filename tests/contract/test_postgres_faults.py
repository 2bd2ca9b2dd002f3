"""A PostgreSQL that goes away is said in our words, and is used again when it is back."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, Unavailable
from backend.platform.database import Database, Transaction
from tests.engines import PostgresServer


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of our own, as others must not feel what we do to it."""
    with PostgresServer() as server:
        yield server


async def count(database: Database) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM t"))).scalar_one())


async def insert(tx: Transaction) -> None:
    await tx.execute(text("INSERT INTO t VALUES (1)"))


async def insert_in_a_transaction(database: Database) -> None:
    async with database.transaction() as tx:
        await insert(tx)


async def emptied(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("CREATE TABLE IF NOT EXISTS t (x INTEGER)"))
        await tx.execute(text("DELETE FROM t"))


async def test_a_server_that_dies_takes_an_open_transaction_with_it_and_comes_back(
    server: PostgresServer, clock: Clock
) -> None:
    database = Database(server.url(), clock=clock, wait_s=5)
    await emptied(database)

    async def insert_while_it_dies() -> None:
        async with database.transaction() as tx:
            await insert(tx)
            await asyncio.to_thread(server.kill)
            await insert(tx)

    with pytest.raises(Unavailable):
        await insert_while_it_dies()
    with pytest.raises(Unavailable):
        await insert_in_a_transaction(database)
    await asyncio.to_thread(server.start)
    await insert_in_a_transaction(database)
    assert await count(database) == 1
    await database.stop()


async def test_a_pool_that_is_used_up_says_busy(server: PostgresServer, clock: Clock) -> None:
    database = Database(server.url(), clock=clock, pool_size=1, wait_s=0.2)
    async with database.transaction():
        with pytest.raises(Busy):
            await insert_in_a_transaction(database)
    await database.stop()


async def test_who_reads_within_a_transaction_does_not_wait_for_others_who_do(
    server: PostgresServer, clock: Clock
) -> None:
    database = Database(server.url(), clock=clock, pool_size=3, readers=1)
    await emptied(database)

    async def read_within() -> int:
        async with database.transaction():
            return await count(database)

    async with asyncio.timeout(20):
        assert await asyncio.gather(*(read_within() for _ in range(12))) == [0] * 12
    await database.stop()


async def test_a_lock_that_is_held_too_long_says_busy(server: PostgresServer, clock: Clock) -> None:
    database = Database(server.url(), clock=clock, wait_s=0.3)
    await emptied(database)
    async with database.transaction() as tx:
        await tx.execute(text("LOCK TABLE t IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(Busy):
            await insert_in_a_transaction(database)
    await insert_in_a_transaction(database)
    assert await count(database) == 1
    await database.stop()


async def test_who_waits_for_a_lock_can_be_cancelled_and_leaves_nothing(
    server: PostgresServer, clock: Clock
) -> None:
    database = Database(server.url(), clock=clock, wait_s=30)
    await emptied(database)
    async with database.transaction() as tx:
        await tx.execute(text("LOCK TABLE t IN ACCESS EXCLUSIVE MODE"))
        waiting = asyncio.ensure_future(insert_in_a_transaction(database))
        await _until_somebody_waits(tx)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert await count(database) == 0
    await database.stop()


async def _until_somebody_waits(tx: Transaction) -> None:
    async with asyncio.timeout(20):
        while True:
            found = await tx.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
            if found.scalar_one():
                return
