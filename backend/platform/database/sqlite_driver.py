"""SQLite's driver with one visit to its thread for each statement, instead of four.

The usual driver goes to the connection's thread and back to make a cursor, to execute, to fetch and
to close. Each visit wakes two threads, which costs more than most of our statements themselves.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import aiosqlite

FETCHED_AT_ONCE = 256  # rows that are fetched with the statement; of more the rest is fetched later
CHUNK_ROWS = 64

Row = Any  # a tuple of whatever the columns hold


class QuickCursor:
    """One statement at a time; what SQLAlchemy wants of a cursor."""

    arraysize = 1

    def __init__(self, visit: Callable[..., Any], connection: sqlite3.Connection) -> None:
        self._visit, self._connection = visit, connection
        self._open: sqlite3.Cursor | None = None  # while rows are left in the database
        self._rows: deque[Row] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> "QuickCursor":
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> "QuickCursor":
        """Execute a statement and fetch its first rows."""
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

    def cursor(self) -> Any:  # Any: the driver promises a cursor of its own
        """Return a cursor; nothing happens before it executes."""
        return QuickCursor(self._execute, self._conn)


def connect(database: str, **how: Any) -> QuickConnection:
    """Return a connection that opens when it is awaited; SQLAlchemy's `async_creator_fn`."""

    def opened() -> sqlite3.Connection:
        made: sqlite3.Connection = sqlite3.connect(database, **how)
        return made

    connection = QuickConnection(opened, CHUNK_ROWS)
    connection._thread.daemon = True  # SQLAlchemy sets it on its own connections, too
    return connection
