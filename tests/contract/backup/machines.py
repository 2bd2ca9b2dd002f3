"""Instances to back up and to restore: on either database, filled in every table."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    Table,
    insert,
    select,
)
from sqlalchemy.types import TypeEngine

from backend.backup import Backups, Keyrings, RecoveryKey, Restoring
from backend.backup.rows import tables
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.home import Home
from backend.platform.objects.port import Objects
from tests.engines import PostgresServer
from tests.engines.fixtures import fresh_database
from tests.fakes.objects import FakeObjects

ROOT = bytes(range(32))


@dataclass
class Machine:
    """Where an instance lives."""

    database: Database
    objects: Objects
    home: Home
    compute: Compute

    def backups(self, root: bytes = ROOT) -> Backups:
        return Backups(
            database=self.database,
            objects=self.objects,
            keyrings=Keyrings(database=self.database, root=root, home=self.home),
            clock=SystemClock(),
            ids=SystemIds(SystemClock()),
            compute=self.compute,
        )

    def restoring(self, given_root: bytes | None = None) -> Restoring:
        return Restoring(
            database=self.database,
            objects=self.objects,
            home=self.home,
            given_root=given_root,
            ids=SystemIds(SystemClock()),
            compute=self.compute,
        )

    def recovery_key(self) -> RecoveryKey:
        return RecoveryKey.parse((self.home.path / "recovery.key").read_text())


class Machines:
    """Makes machines, and takes them down again."""

    def __init__(self, folder: Path, server: PostgresServer | None) -> None:
        self._folder, self._server = folder, server
        self._count = 0

    @asynccontextmanager
    async def machine(self, kind: str, objects: Objects | None = None) -> AsyncIterator[Machine]:
        self._count += 1
        home = Home(self._folder / f"home-{self._count}")
        home.make()
        compute = Compute(1)
        with ExitStack() as stack:
            url = stack.enter_context(self._address(kind, home))
            database = Database(url, clock=SystemClock())
            await database.start()
            try:
                yield Machine(database, objects or FakeObjects(), home, compute)
            finally:
                await database.stop()
                compute.close()

    @contextmanager
    def _address(self, kind: str, home: Home) -> Iterator[str]:
        if kind == "sqlite":
            yield f"sqlite:///{home.database_file}"
            return
        assert self._server is not None
        with fresh_database(self._server) as url:
            yield url


async def fill(machine: Machine, rows: int = 3) -> None:
    """Put rows into every table, with everything in them that is hard to carry."""
    await migrate(machine.database)
    async with machine.database.transaction() as tx:
        for table in tables():
            values = [
                {column.name: _value(table, column, number) for column in table.columns}
                for number in range(rows)
            ]
            await tx.execute(insert(table), values)
    await machine.objects.put("recordings/a.sealed", b"\x00sealed sound" * 1000)
    await machine.objects.put("recordings/b.sealed", b"")


def _value(table: Table, column: Column[Any], number: int) -> Any:
    if column.nullable and number == 1:
        return None
    hard: dict[type[TypeEngine[Any]], Any] = {
        LargeBinary: bytes(range(256)) * (number + 1),
        Boolean: number % 2 == 0,
        Float: 0.1 * number,
        Integer: number,
        BigInteger: (1 << 52) + number,
        JSON: {"words": ["Zoë", '"', number], "none": None},
    }
    text = f"{table.name} {column.name} «ü» 🐦\n\\ {number}"
    chosen = {"state": "done", "kind": "device"}  # what a restore leaves as it is
    return hard.get(type(column.type), chosen.get(column.name, text))


async def content(machine: Machine) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, in one order."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    async with machine.database.reading() as connection:
        for table in tables():
            rows = await connection.execute(select(table).order_by(*table.primary_key))
            found[table.name] = [tuple(row) for row in rows]
    own = {"epoch", "last_backup"}  # what an archive can't know of itself
    found["instance"] = [row for row in found["instance"] if row[0] not in own]
    return found


def kept(objects: Objects) -> dict[str, bytes]:
    """Return what lies in a fake store beside backups."""
    assert isinstance(objects, FakeObjects)
    return {key: body for key, body in objects.kept.items() if not key.startswith("backups/")}
