"""A transaction is kept whole or not at all, on both databases."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import event, func, insert, select, text

from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, Corrupt, Invalid, Unavailable
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import instance
from backend.platform.database.transaction import Transaction
from tests.contract.failing import taken_back


async def write(tx: Transaction, key: str) -> None:
    await tx.execute(insert(instance).values(key=key, value="kept"))


def modes(folder: Path) -> set[int]:
    return {file.stat().st_mode & 0o777 for file in folder.iterdir()}


async def rows(database: Database) -> int:
    async with database.reading() as connection:
        found = await connection.execute(select(func.count()).select_from(instance))
        return found.scalar_one()


async def test_what_was_written_is_kept_after_a_new_start(
    database: Database, database_url: str, clock: Clock
) -> None:
    async with database.transaction() as tx:
        await write(tx, "a")
    await database.stop()
    again = Database(database_url, clock=clock)
    try:
        assert await rows(again) == 1
    finally:
        await again.stop()


async def test_an_exception_takes_everything_back(database: Database) -> None:
    async with taken_back(database) as tx:
        await write(tx, "a")
    assert await rows(database) == 0


async def test_a_cancellation_takes_everything_back_and_frees_the_way(database: Database) -> None:
    is_writing = asyncio.Event()

    async def stay() -> None:
        async with database.transaction() as tx:
            await write(tx, "a")
            is_writing.set()
            await asyncio.Event().wait()

    task = asyncio.ensure_future(stay())
    await is_writing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.transaction() as tx:
        await write(tx, "b")
    assert await rows(database) == 1


async def test_a_cancellation_in_the_middle_of_a_statement_leaves_the_way_free(
    database: Database,
) -> None:
    for number in range(20):
        task = asyncio.ensure_future(_write_one(database, f"cancelled-{number}"))
        for _ in range(number):  # lets it come a little further each time
            await asyncio.sleep(0)  # noqa: TID251 - a step of the loop, not time
        task.cancel()
        await asyncio.wait({task})
    async with database.transaction() as tx:
        await write(tx, "after")
    async with database.reading() as connection:
        found = await connection.execute(select(instance.c.key).where(instance.c.key == "after"))
        assert found.scalar_one() == "after"


async def test_cancelled_readers_leave_the_pool_whole(database: Database) -> None:
    for number in range(30):  # more than there are connections
        task = asyncio.ensure_future(rows(database))
        for _ in range(number):  # lets it come a little further each time
            await asyncio.sleep(0)  # noqa: TID251 - a step of the loop, not time
        task.cancel()
        await asyncio.wait({task})
    assert await asyncio.gather(*(rows(database) for _ in range(12))) == [0] * 12


async def test_a_commit_in_flight_ends_before_a_cancellation_is_delivered(
    database: Database,
) -> None:
    told: list[str] = []

    async def commit() -> None:
        async with database.transaction() as tx:
            await write(tx, "a")
            tx.after_commit(lambda: told.append("durable"))
            event.listen(tx.connection.sync_connection, "commit", lambda _: task.cancel())

    task = asyncio.ensure_future(commit())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == ["durable"]
    assert await rows(database) == 1


async def test_who_waits_for_the_commit_is_never_told_of_what_was_taken_back(
    database: Database,
) -> None:
    told: list[str] = []
    async with taken_back(database) as tx:
        tx.after_commit(lambda: told.append("durable"))
    assert told == []


async def test_a_snapshot_does_not_change_while_others_write(database: Database) -> None:
    count = select(func.count()).select_from(instance)
    async with database.reading() as connection:
        before = (await connection.execute(count)).scalar()
        async with database.transaction() as tx:
            await write(tx, "a")
        assert (await connection.execute(count)).scalar() == before == 0
    assert await rows(database) == 1


async def test_a_reader_can_not_write(database: Database) -> None:
    with pytest.raises(Unavailable):
        async with database.reading() as connection:
            await connection.execute(insert(instance).values(key="a", value=""))
    assert await rows(database) == 0


async def test_many_writers_at_once_all_get_their_turn(database: Database) -> None:
    await asyncio.gather(*(_write_one(database, f"key-{number}") for number in range(40)))
    assert await rows(database) == 40


async def test_who_writes_alone_waits_for_one_thread_and_many_share_a_look_at_the_disk(
    tmp_path: Path, clock: Clock
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'alone.db'}", clock=clock)
    await migrate(database)
    log = database._log
    assert log is not None
    for number in range(3):
        async with database.transaction() as tx:
            await write(tx, f"{number}")
        assert log._written == log._asked, "acknowledged is what is on the disk"
    threads = [log._thread]
    await asyncio.gather(*(_add(database, f"many {number}") for number in range(20)))
    threads.append(log._thread)
    assert [thread is not None for thread in threads] == [False, True]
    assert log._written == log._asked
    assert await rows(database) >= 23
    await database.stop()


async def _add(database: Database, key: str) -> None:
    async with database.transaction() as tx:
        await write(tx, key)


async def test_every_row_of_a_transaction_has_one_moment(database: Database, clock: Clock) -> None:
    async with database.transaction() as tx:
        at = tx.at
        assert tx.at == at <= clock.now()


async def test_a_full_disk_is_said_in_our_words_and_nothing_is_half_kept(
    tmp_path: Path, clock: Clock
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'small.db'}", clock=clock)
    async with database.transaction() as tx:
        await tx.execute(text("CREATE TABLE t (x TEXT)"))

    async def overfill() -> None:
        async with database.transaction() as tx:
            await tx.execute(text("INSERT INTO t VALUES ('first')"))
            await tx.execute(text("PRAGMA max_page_count = 4"))
            await tx.execute(text("INSERT INTO t VALUES (:x)"), {"x": "x" * 100_000})

    with pytest.raises(Unavailable, match="full") as caught:
        await overfill()
    assert caught.value.cure
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM t"))).scalar() == 0
    await database.stop()


async def test_a_damaged_file_is_said_in_our_words(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "damaged.db"
    file.write_bytes(b"this was never a database " * 400)
    database = Database(f"sqlite:///{file}", clock=clock)
    with pytest.raises(Corrupt):
        await database.start()
    await database.stop()


async def test_sqlites_files_are_their_owners_alone(tmp_path: Path, clock: Clock) -> None:
    database = Database(f"sqlite:///{tmp_path / 'ringback.db'}", clock=clock)
    await database.start()
    async with database.transaction() as tx:
        await tx.execute(text("CREATE TABLE t (x TEXT)"))
    assert modes(tmp_path) == {0o600}
    await database.stop()


async def test_a_folder_that_is_not_there_is_said_in_our_words(
    tmp_path: Path, clock: Clock
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'none' / 'ringback.db'}", clock=clock)
    with pytest.raises(Unavailable):
        await database.start()
    await database.stop()


async def test_a_second_writer_of_the_same_file_waits_and_is_then_refused(
    tmp_path: Path, clock: Clock
) -> None:
    address = f"sqlite:///{tmp_path / 'ringback.db'}"
    first, second = Database(address, clock=clock), Database(address, clock=clock, wait_s=0.1)
    await first.start()
    async with first.transaction() as tx:
        await tx.execute(text("SELECT 1"))
        with pytest.raises(Busy):
            await second.start()
        with pytest.raises(Busy):
            async with second.transaction() as refused, refused.connection.begin_nested():
                await refused.execute(text("SELECT 1"))
    await second.start()
    await first.stop()
    await second.stop()


async def test_a_server_that_is_not_there_is_said_in_our_words(clock: Clock) -> None:
    pytest.importorskip("psycopg", reason="PostgreSQL's driver is an extra")
    database = Database("postgresql://nobody:secret@127.0.0.1:1/none", clock=clock)
    with pytest.raises(Unavailable) as caught:
        await database.start()
    assert "secret" not in str(caught.value)
    await database.stop()


def test_a_database_in_memory_is_refused(clock: Clock) -> None:
    with pytest.raises(Invalid):
        Database("sqlite://", clock=clock)


async def _write_one(database: Database, key: str) -> None:
    async with database.transaction() as tx:
        await write(tx, key)
