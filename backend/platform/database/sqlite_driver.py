"""SQLite's driver with one visit to its thread for each statement, instead of four.

The usual driver goes to the connection's thread and back to make a cursor, to execute, to fetch and
to close. Each visit wakes two threads, which costs more than most of our statements themselves; on
a busy machine each of them waits for its turn as well. So a statement that only begins or marks a
place waits for the next one and goes along with it (a lock that is refused is refused then), and
whoever only looked does not wait until their snapshot is let go of.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import aiosqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.platform.tasks import unbroken

FETCHED_AT_ONCE = 1000  # rows that come with the statement; of more the rest is fetched later
CHUNK_ROWS = 64
STARTS, PLACE = ("BEGIN", "BEGIN IMMEDIATE"), "SAVEPOINT "
BACK = "ROLLBACK TO "

Row = Any  # a tuple of whatever the columns hold


class QuickCursor:
    """One statement at a time; what SQLAlchemy wants of a cursor."""

    arraysize = 1

    def __init__(self, of: "QuickConnection", connection: sqlite3.Connection) -> None:
        self._of, self._visit, self._connection = of, of.visit, connection
        self._open: sqlite3.Cursor | None = None  # while rows are left in the database
        self._rows: deque[Row] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> "QuickCursor":
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> "QuickCursor":
        """Execute a statement and fetch its first rows; one that only marks a place is held."""
        if sql in STARTS or sql.startswith(PLACE):
            self._of.held.append(sql)
            self.description, self.rowcount = None, -1
        elif sql.startswith(BACK) and not self._connection.in_transaction:
            # Its start was refused, along with the first statement: there is no place to go to.
            self.description, self.rowcount = None, -1
        else:
            await self._visit(self._execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> "QuickCursor":
        """Execute a statement for each set of parameters."""
        await self._visit(self._execute_many, sql, parameters)
        return self

    async def fetchone(self) -> Row | None:
        """Return the next row, if there is one."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> Sequence[Row]:
        """Return the next rows."""
        wanted = size or self.arraysize
        if len(self._rows) < wanted and self._open is not None:
            await self._visit(self._fetch, max(wanted, FETCHED_AT_ONCE))
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    async def fetchall(self) -> Sequence[Row]:
        """Return all rows that are left."""
        if self._open is not None:
            await self._visit(self._fetch, None)
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def close(self) -> None:
        """Drop what was not fetched."""
        self._rows.clear()
        if self._open is not None:
            await self._visit(self._let_go)

    # ── in the connection's thread ───────────────────────────────────────────────────────────
    def _execute(self, sql: str, parameters: Any) -> None:
        cursor = self._fresh()
        cursor.execute(sql, parameters)
        self.description = cursor.description
        if cursor.description is not None:
            self._fetch(FETCHED_AT_ONCE)
        self._note(cursor)

    def _execute_many(self, sql: str, parameters: Iterable[Any]) -> None:
        cursor = self._fresh()
        cursor.executemany(sql, parameters)
        self.description = cursor.description
        self._note(cursor)

    def _fresh(self) -> sqlite3.Cursor:
        self._let_go()
        self._rows.clear()
        self._open = self._connection.cursor()
        return self._open

    def _note(self, cursor: sqlite3.Cursor) -> None:
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        if cursor.description is None:
            self._let_go()

    def _fetch(self, size: int | None) -> None:
        assert self._open is not None
        rows = self._open.fetchall() if size is None else self._open.fetchmany(size)
        self._rows.extend(rows)
        if size is None or len(rows) < size:
            self._let_go()

    def _let_go(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None


class QuickConnection(aiosqlite.Connection):
    """A connection of the usual driver whose cursors are quick."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], *, is_reader: bool) -> None:
        super().__init__(connector, CHUNK_ROWS)
        self._is_reader = is_reader
        self.held: list[str] = []  # statements that go along with the next one
        self.after_commit: Callable[[], None] | None = None  # done on the way of the next commit

    def cursor(self) -> Any:  # Any: the driver promises a cursor of its own
        """Return a cursor; nothing happens before it executes."""
        return QuickCursor(self, self._conn)

    async def visit(self, do: Callable[..., Any], *given: Any) -> Any:
        """Do something in the connection's thread, after what was held.

        A statement can't be stopped in the middle: a cancellation waits a moment for its end, so
        that nobody finds the connection at work.
        """
        held, self.held = self.held, []
        try:
            return await self._in_thread(partial(self._all, held, do, *given))
        except asyncio.CancelledError:
            # The thread does one thing after the other: when this is done, so is the statement.
            await unbroken(self._in_thread(_nothing))
            raise

    async def commit(self) -> None:
        """Keep what was written; who only looked waits for nothing."""
        self.held.clear()  # nothing happened behind these places
        after, self.after_commit = self.after_commit, None
        if self._conn.in_transaction:
            await self._end(
                partial(_both, self._conn.commit, after) if after else self._conn.commit
            )

    async def rollback(self) -> None:
        """Take back what was written."""
        self.held.clear()
        self.after_commit = None
        if self._conn.in_transaction:
            await self._end(self._conn.rollback)

    async def _end(self, end: Callable[[], None]) -> None:
        if self._is_reader:
            self._tx.put_nowait((None, end))  # lets go of the snapshot; there is nothing to fail
        else:
            await self.visit(end)

    async def _in_thread(self, do: Callable[[], Any]) -> Any:
        return await self._execute(do)  # type: ignore[no-untyped-call]  # the usual driver's

    def _all(self, held: Sequence[str], do: Callable[..., Any], *given: Any) -> Any:
        for sql in held:
            self._conn.execute(sql)
        return do(*given)


def _both(first: Callable[[], None], then: Callable[[], None]) -> None:
    first()
    then()


def _nothing() -> None:
    """Come to the thread's turn."""


def connect(database: str, *, is_reader: bool = False, **how: Any) -> QuickConnection:
    """Return a connection that opens when it is awaited; SQLAlchemy's `async_creator_fn`."""

    def opened() -> sqlite3.Connection:
        made: sqlite3.Connection = sqlite3.connect(database, **how)
        return made

    connection = QuickConnection(opened, is_reader=is_reader)
    connection._thread.daemon = True  # SQLAlchemy sets it on its own connections, too
    return connection


def of(connection: AsyncConnection) -> QuickConnection:
    """Return the driver's connection that somebody works with."""
    assert connection.sync_connection is not None
    driver = connection.sync_connection.connection.driver_connection
    assert isinstance(driver, QuickConnection)
    return driver
