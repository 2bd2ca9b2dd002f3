"""One visit to the connection's thread for each statement, and the same answers as ever."""

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
