"""The one truth, opened: SQLite with a single writer, or PostgreSQL with a pool."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Literal, cast

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, Invalid, NotConfigured, Unavailable
from backend.platform.addresses import dialect_of, normalised
from backend.platform.database import freshness, sqlite_driver
from backend.platform.database.failures import explained
from backend.platform.database.log_file import LogFile
from backend.platform.database.replica import Replica
from backend.platform.database.transaction import Transaction
from backend.platform.tasks import unbroken

Dialect = Literal["sqlite", "postgresql"]
Synchronous = Literal["full", "normal"]

READERS = 4
POOL_SIZE = 10
WAIT_S = 10.0
REPLICA_LAG_S = 2.0
WORDY = (  # tables whose rows may be somebody's words
    "messages", "message_search", "memories", "facts", "sources", "fact_changes", "concepts",
    "relations", "mentions", "vectors", "vault", "short_term", "deliveries", "webhooks",
    "documents", "document_updates", "sticky_notes", "conversations", "turns",
)  # fmt: skip
_VECTOR_TABLES = text(
    "SELECT tablename FROM pg_tables"
    " WHERE schemaname = current_schema() AND tablename LIKE 'vector\\_index\\_%'"
)
WIPE_WAIT_MS = 250
# Of SQLite's log, until it is taken into the database: a turn writes 40, and whoever commits next
# waits for it. 16 MiB; by default it is every 25th turn.
LOG_PAGES = 4_000
STATEMENT_S = 60  # PostgreSQL ends a statement that runs longer: nothing waits for ever


class Database:
    """Opens transactions to write in and snapshots to read from."""

    def __init__(  # noqa: PLR0913 - what a database is opened with, each named
        self,
        url: str,
        *,
        clock: Clock,
        readers: int = READERS,
        pool_size: int = POOL_SIZE,
        wait_s: float = WAIT_S,
        synchronous: Synchronous = "full",
        replica_url: str = "",
        replica_lag_s: float = REPLICA_LAG_S,
    ) -> None:
        self.url = normalised(url)
        self.dialect = cast(Dialect, dialect_of(url))  # checked by normalised()
        self._clock = clock
        self._wait_s = wait_s
        self._watchers: list[Callable[[freshness.Steps], None]] = []
        self._turn = asyncio.Lock()  # SQLite has one writer: wait here, in order, not in the driver
        self._waiting = 0  # for the turn
        self._log: LogFile | None = None  # where commits wait for the disk together
        if self.dialect == "sqlite":
            self._writer = _sqlite_engine(self.url, 1, wait_s, is_writer=True)
            self._reader = _sqlite_engine(self.url, readers, wait_s, is_writer=False)
            if synchronous == "full":
                self._log = LogFile(_file_of(self.url))
        else:
            # Two pools: whoever reads within a transaction can't wait for those who do the same.
            self._writer = _postgresql_engine(
                self.url, pool_size, wait_s, is_writer=True, synchronous=synchronous
            )
            self._reader = _postgresql_engine(self.url, readers, wait_s, is_writer=False)
        self._replica = None
        if replica_url:
            if {self.dialect, dialect_of(replica_url)} != {"postgresql"}:
                raise Invalid(
                    "Only PostgreSQL has a replica.",
                    cure="set DATABASE_URL to its primary, or leave the replica's address away",
                )
            self._replica = Replica(
                _postgresql_engine(normalised(replica_url), readers, wait_s, is_writer=False),
                primary=self._reader,
                clock=clock,
                lag_s_max=replica_lag_s,
            )

    async def start(self) -> None:
        """Prove that the database can be opened and is one."""
        if self.dialect == "sqlite":
            _make_private(_file_of(self.url))
        async with self.transaction() as tx:
            await tx.execute(text("SELECT 1"))

    async def stop(self) -> None:
        """Close every connection; what was committed stays."""
        if self._replica is not None:
            await self._replica.stop()
        await self._reader.dispose()
        await self._writer.dispose()
        if self._log is not None:
            self._log.close()

    def on_touched(self, call: Callable[[freshness.Steps], None]) -> None:
        """Have every commit tell what it has made stale; the call must not fail."""
        self._watchers.append(call)

    @asynccontextmanager
    async def transaction(self, *, is_durable: bool = True) -> AsyncIterator[Transaction]:
        """Open a transaction: commit at the exit, roll back on any exception or cancellation.

        What is not durable is committed like everything else and survives any kill of the process;
        a power cut may take it back, until the next durable commit.
        """
        async with AsyncExitStack() as turn:
            if self.dialect == "sqlite":
                await self._take_turn(turn)
            async with self._transaction(turn, is_durable=is_durable) as tx:
                if not is_durable and self.dialect == "postgresql":
                    await tx.execute(text("SET LOCAL synchronous_commit = off"))
                yield tx

    async def _take_turn(self, turn: AsyncExitStack) -> None:
        if self._turn.locked() or self._waiting:
            await self._wait_for_turn()
        else:
            await self._turn.acquire()  # at once: it takes no deadline
        turn.callback(self._turn.release)

    async def _wait_for_turn(self) -> None:
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_s):
                await self._turn.acquire()
        except TimeoutError:
            raise Busy("Too many want to write at once.") from None
        finally:
            self._waiting -= 1

    async def wipe(self) -> None:
        """Take what was deleted off the disk as well, as far as the database can.

        SQLite has overwritten it and only its log may still hold it; PostgreSQL's dead rows go,
        and their pages are overwritten as new rows come.
        """
        try:
            if self.dialect == "sqlite":
                await self._truncate_log()
            else:
                await self._vacuum()
        except (DBAPIError, PoolTimeout) as failure:
            raise (explained(failure) or failure) from failure

    async def _truncate_log(self) -> None:
        async with self._turn, self._reader.connect() as connection:
            raw = await connection.get_raw_connection()
            wiping = raw.driver_connection
            assert wiping is not None
            # Not patiently: whoever wants to write waits for it.
            await wiping.execute(f"PRAGMA busy_timeout={WIPE_WAIT_MS}")
            try:
                cursor = await wiping.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                row = await cursor.fetchone()
                await cursor.close()
            finally:
                await wiping.execute(f"PRAGMA busy_timeout={int(self._wait_s * 1000)}")
        if row is None or row[0]:
            raise Busy("Somebody reads what the database's log still holds.")

    async def _vacuum(self) -> None:
        patient = {"isolation_level": "AUTOCOMMIT"}  # VACUUM runs in no transaction
        async with self._writer.connect() as plain:
            connection = await plain.execution_options(**patient)
            await connection.execute(text("SET statement_timeout = 0"))
            try:
                indexes = (await connection.execute(_VECTOR_TABLES)).scalars()
                for table in (*WORDY, *indexes):
                    # Else entries of indexes stay where only a few rows have gone.
                    await connection.execute(text(f'VACUUM (INDEX_CLEANUP ON) "{table}"'))
            finally:
                await connection.execute(text(f"SET statement_timeout = '{STATEMENT_S}s'"))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a snapshot: whatever others write meanwhile, it does not change."""
        try:
            async with self._reader.connect() as connection, connection.begin():
                yield connection
        except (DBAPIError, PoolTimeout) as failure:
            raise (explained(failure) or failure) from failure

    @asynccontextmanager
    async def listing(self) -> AsyncIterator[AsyncConnection]:
        """Open a snapshot that may be a moment old, of the replica where there is one.

        For lists, feeds and dashboards; what a turn recalls is never old.
        """
        if self._replica is None:
            async with self.reading() as connection:
                yield connection
            return
        try:
            async with AsyncExitStack() as held:
                found = await self._replica.open(held)
                if found is None:
                    found = await held.enter_async_context(self.reading())
                yield found
        except (DBAPIError, PoolTimeout) as failure:
            self._replica.leave()  # whoever asks again asks the primary
            raise (explained(failure) or failure) from failure

    @asynccontextmanager
    async def _transaction(
        self, turn: AsyncExitStack, *, is_durable: bool
    ) -> AsyncIterator[Transaction]:
        connection = self._writer.connect()
        try:
            try:
                await self._begin(connection)
                tx = Transaction(connection, self._clock.now())
                yield tx
                if tx.touched:
                    await self._mark(tx)
                try:
                    await unbroken(self._commit(connection, tx, turn, is_durable=is_durable))
                finally:
                    if tx.is_kept:  # here, not within: who is woken by it runs after our caller
                        tx.committed()
            finally:
                if connection.sync_connection is not None and not connection.closed:
                    # Rolls back what was not committed. Unbroken: a connection that went back to
                    # the pool with a transaction open would hold its locks against everybody.
                    await unbroken(connection.close())
        except (DBAPIError, PoolTimeout) as failure:
            raise (explained(failure) or failure) from failure

    async def _commit(
        self,
        connection: AsyncConnection,
        tx: Transaction,
        turn: AsyncExitStack,
        *,
        is_durable: bool,
    ) -> None:
        """Commit; whoever wants to write next does not wait for the disk as well.

        Where nobody does, the disk is waited for on the same way: one visit to a thread less.
        """
        log = self._log if is_durable else None
        if log is not None and not (self._waiting or log.is_at_work):
            writing = sqlite_driver.of(connection).after_commit = log.alone()
            await connection.commit()
            await connection.close()
            log.settle(writing)
        else:
            await connection.commit()
            await connection.close()
            if log is not None:
                await turn.aclose()
                await log.written()
        tx.is_kept = True

    async def _mark(self, tx: Transaction) -> None:
        steps = await freshness.mark(tx.connection, tx.touched, tx.told)
        for call in self._watchers:
            tx.after_commit(partial(call, steps))

    async def _begin(self, connection: AsyncConnection) -> None:
        if self.dialect == "sqlite":
            await unbroken(_start_and_begin(connection))
        else:
            await _start_and_begin(connection)  # may wait for the network: can be interrupted


async def _start_and_begin(connection: AsyncConnection) -> None:
    await connection.start()
    await connection.begin()


def _file_of(url: str) -> Path:
    return Path(str(make_url(url).database))


def _make_private(file: Path) -> None:
    """Make SQLite's file, for its owner only, before SQLite does; its companions take after it."""
    try:
        file.touch(mode=0o600)
    except OSError as failure:
        raise Unavailable(
            f"The database {file} can't be opened: {failure.strerror}.",
            cure="check the folder and its permissions",
        ) from failure


def _sqlite_engine(url: str, pool_size: int, wait_s: float, *, is_writer: bool) -> AsyncEngine:
    if make_url(url).database in (None, "", ":memory:"):
        raise Invalid("SQLite needs a file: what is only in memory is never durable.")
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # they are somebody's words, and errors reach the logs
        pool_timeout=wait_s,
        connect_args={
            "async_creator_fn": sqlite_driver.connect,
            "timeout": wait_s,
            "isolation_level": None,
            "is_reader": not is_writer,
        },
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        [mode] = cursor.fetchone()
        # A commit survives a killed process; that it survives a power cut, LogFile sees to. Where
        # the file system allows no log, only SQLite itself can.
        cursor.execute(f"PRAGMA synchronous={'NORMAL' if mode == 'wal' else 'FULL'}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # what was forgotten is overwritten
        cursor.execute("PRAGMA temp_store=MEMORY")  # no words of anybody in a temporary file
        if not is_writer:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # IMMEDIATE takes the write lock at once: a read that turns into a write can't be refused
        # half-way through, as it can with SQLite's default.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")

    return engine


def _postgresql_engine(
    url: str,
    pool_size: int,
    wait_s: float,
    *,
    is_writer: bool,
    synchronous: Synchronous = "full",
) -> AsyncEngine:
    try:
        return create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            hide_parameters=True,
            pool_timeout=wait_s,
            isolation_level="READ COMMITTED" if is_writer else "REPEATABLE READ",
            execution_options={} if is_writer else {"postgresql_readonly": True},
            pool_pre_ping=True,  # a server that restarted is noticed before the first statement
            connect_args={
                "connect_timeout": max(2, int(wait_s)),
                "tcp_user_timeout": int(wait_s * 1000),
                "application_name": "ringback",
                "options": f"-c statement_timeout={STATEMENT_S}s"
                f" -c lock_timeout={int(wait_s * 1000)}"
                f" -c idle_in_transaction_session_timeout={STATEMENT_S}s"
                f"{'' if synchronous == 'full' else ' -c synchronous_commit=off'}",
            },
        )
    except ModuleNotFoundError as missing:
        raise NotConfigured(
            "PostgreSQL's driver is not installed.", cure="pip install 'ringback[postgres]'"
        ) from missing
