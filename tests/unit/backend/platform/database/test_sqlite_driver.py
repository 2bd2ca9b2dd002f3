"""One visit to the connection's thread for each statement, and the same answers as ever."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.platform.database.sqlite_driver import FETCHED_AT_ONCE, QuickConnection, connect


class Counted(QuickConnection):
    """Counts its visits to the thread."""

    visits = 0

    async def _execute(self, fn: object, *args: object, **kwargs: object) -> object:
        self.visits += 1
        done: object = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        return done


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Counted]:
    opened = connect(str(tmp_path / "db"), isolation_level=None)
    opened.__class__ = Counted
    async with opened:
        assert isinstance(opened, Counted)
        await opened.cursor().execute("PRAGMA synchronous=OFF")
        await opened.cursor().execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT)")
        opened.visits = 0
        yield opened


def many(count: int) -> list[tuple[str]]:
    return [(f"word {index}",) for index in range(count)]


async def test_a_statement_and_its_rows_take_one_visit(connection: Counted) -> None:
    cursor = connection.cursor()
    await cursor.execute("SELECT 1 UNION SELECT 2")
    assert await cursor.fetchall() == [(1,), (2,)]
    await cursor.close()
    assert connection.visits == 1


async def test_what_was_written_is_told(connection: Counted) -> None:
    cursor = connection.cursor()
    await cursor.executemany("INSERT INTO words (word) VALUES (?)", many(3))
    assert cursor.rowcount == 3
    await cursor.execute("INSERT INTO words (word) VALUES (?) RETURNING id", ("four",))
    assert [name for name, *_ in cursor.description] == ["id"]
    assert await cursor.fetchone() == (4,)
    assert await cursor.fetchone() is None
    await cursor.execute("UPDATE words SET word = 'x' WHERE id > 1")
    assert (cursor.rowcount, cursor.description) == (3, None)


async def test_a_large_answer_is_fetched_in_parts(connection: Counted) -> None:
    count = 2 * FETCHED_AT_ONCE + 5
    cursor = connection.cursor()
    await cursor.executemany("INSERT INTO words (word) VALUES (?)", many(count))
    await cursor.execute("SELECT id FROM words ORDER BY id")
    first = await cursor.fetchmany(10)
    rest = await cursor.fetchmany(FETCHED_AT_ONCE)
    assert [row for (row,) in (*first, *rest)] == list(range(1, FETCHED_AT_ONCE + 11))
    assert len(await cursor.fetchall()) == count - FETCHED_AT_ONCE - 10
    assert await cursor.fetchall() == []


@pytest.mark.parametrize("count", [0, 1, FETCHED_AT_ONCE, FETCHED_AT_ONCE + 1])
async def test_nothing_is_lost_at_the_edge_of_a_part(connection: Counted, count: int) -> None:
    cursor = connection.cursor()
    await cursor.executemany("INSERT INTO words (word) VALUES (?)", many(count))
    await cursor.execute("SELECT word FROM words")
    assert len(await cursor.fetchall()) == count


async def test_an_answer_that_is_left_behind_holds_nothing(connection: Counted) -> None:
    cursor = connection.cursor()
    await cursor.executemany("INSERT INTO words (word) VALUES (?)", many(FETCHED_AT_ONCE + 1))
    await cursor.execute("SELECT word FROM words")
    await cursor.close()
    await connection.cursor().execute("DROP TABLE words")  # refused while a read is going on


async def test_a_failure_is_the_statements_and_the_next_one_works(connection: Counted) -> None:
    cursor = connection.cursor()
    with pytest.raises(sqlite3.OperationalError):
        await cursor.execute("SELECT nothing FROM nowhere")
    await cursor.execute("SELECT 7")
    assert await cursor.fetchall() == [(7,)]


async def test_a_mark_goes_along_with_the_next_statement(connection: Counted) -> None:
    for sql in ("BEGIN", "SAVEPOINT here", "INSERT INTO words (word) VALUES ('a')"):
        await connection.cursor().execute(sql)
    assert connection.visits == 1
    await connection.cursor().execute("ROLLBACK TO here")
    await connection.commit()
    cursor = await connection.cursor().execute("SELECT count(*) FROM words")
    assert await cursor.fetchall() == [(0,)]


async def test_who_did_nothing_visits_nobody(connection: Counted) -> None:
    await connection.cursor().execute("BEGIN")
    await connection.commit()
    await connection.cursor().execute("BEGIN")
    await connection.rollback()
    assert connection.visits == 0
    await connection.cursor().execute("INSERT INTO words (word) VALUES ('alone')")
    assert not connection.in_transaction  # no mark was left behind


async def test_the_lock_is_taken_along_with_the_first_statement(connection: Counted) -> None:
    await connection.cursor().execute("BEGIN IMMEDIATE")
    await connection.cursor().execute("SELECT 1")
    assert connection.in_transaction
    assert connection.visits == 1


async def test_where_the_lock_was_refused_there_is_no_place_to_go_back_to(
    connection: Counted, tmp_path: Path
) -> None:
    holder = connect(str(tmp_path / "db"), isolation_level=None)
    async with holder:
        await holder.cursor().execute("BEGIN IMMEDIATE")
        await holder.cursor().execute("SELECT 1")
        await connection.cursor().execute("PRAGMA busy_timeout=0")
        await connection.cursor().execute("BEGIN IMMEDIATE")
        await connection.cursor().execute("SAVEPOINT here")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await connection.cursor().execute("INSERT INTO words (word) VALUES ('refused')")
        await connection.cursor().execute("ROLLBACK TO SAVEPOINT here")
        await connection.rollback()
        await holder.rollback()
    await connection.cursor().execute("INSERT INTO words (word) VALUES ('alone')")
    assert not connection.in_transaction


async def test_a_cancelled_statement_has_ended_when_the_cancellation_arrives(
    connection: Counted,
) -> None:
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) "
    written = f"INSERT INTO words (word) {slow} SELECT i FROM n"
    task = asyncio.ensure_future(connection.cursor().execute(written))
    await asyncio.sleep(0)  # noqa: TID251 - a step of the loop, not time
    task.cancel()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert connection._conn.total_changes == 100_000


async def test_a_reader_does_not_wait_until_its_snapshot_is_let_go_of(tmp_path: Path) -> None:
    file = str(tmp_path / "db")
    writer = connect(file, isolation_level=None)
    reader = connect(file, is_reader=True, isolation_level=None)
    reader.__class__ = Counted
    async with writer:
        await writer.cursor().execute("PRAGMA journal_mode=WAL")
        await writer.cursor().execute("CREATE TABLE words (word TEXT)")
        async with reader:
            for written in range(3):
                await reader.cursor().execute("BEGIN")
                cursor = await reader.cursor().execute("SELECT count(*) FROM words")
                await writer.cursor().execute("INSERT INTO words VALUES ('new')")
                assert await cursor.fetchall() == [(written,)]
                await reader.commit()
    assert isinstance(reader, Counted)
    assert reader.visits == 4  # three looks, and the end


async def test_what_follows_a_commit_is_done_in_the_same_visit_and_only_then(
    connection: Counted,
) -> None:
    done: list[bool] = []

    def note() -> None:
        done.append(connection._conn.in_transaction)

    for end in (connection.rollback, connection.commit, connection.commit):
        await connection.cursor().execute("BEGIN IMMEDIATE")
        await connection.cursor().execute("INSERT INTO words (word) VALUES ('one')")
        if end == connection.rollback or not done:
            connection.after_commit = note
        before = connection.visits
        await end()
        assert connection.visits == before + 1
    assert done == [False], "once, after the commit, and not after what was taken back"
