"""Makes backups, checks every one by reading it back, and lists them."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.backup.archive import (
    Kind,
    Record,
    Source,
    new_header,
    opened,
    packed,
    read_header,
    sealed,
    unpacked,
)
from backend.backup.contents import Counting
from backend.backup.facts import LAST_BACKUP, instance_id, note
from backend.backup.recovery import Keyrings
from backend.backup.rows import lines_of, tables
from backend.backup.types import ArchiveSummary, BackupInfo
from backend.kernel.clock import SECOND, Clock, Instant
from backend.kernel.errors import Busy, Corrupt, Missing
from backend.kernel.ids import Ids
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.migrate import head
from backend.platform.objects.port import Objects
from backend.platform.telemetry.logs import get_logger

PREFIX = "backups/"
SUFFIX = ".ringback"

_STAMP = "%Y%m%dT%H%M%SZ"
_log = get_logger("backup")


@dataclass
class _Written:
    """What went into an archive, noted while it was written."""

    tables: dict[str, int] = field(default_factory=dict)
    objects: int = 0

    def summary(self) -> ArchiveSummary:
        return ArchiveSummary(dict(self.tables), self.objects)


async def listed(objects: Objects) -> list[BackupInfo]:
    """Return the archives among these objects, the newest first."""
    found = [_info(kept.key, kept.size) for kept in await objects.list(PREFIX)]
    return sorted(filter(None, found), key=lambda info: (info.made_at, info.id), reverse=True)


class Backups:
    """Everything of an instance, as archives beside its other objects."""

    def __init__(
        self,
        *,
        database: Database,
        objects: Objects,
        keyrings: Keyrings,
        clock: Clock,
        ids: Ids,
        compute: Compute,
    ) -> None:
        self._database, self._objects, self._keyrings = database, objects, keyrings
        self._clock, self._ids, self._compute = clock, ids, compute
        self._making = asyncio.Lock()

    async def make(self, backup_id: str | None = None) -> BackupInfo:
        """Make a backup and read all of it back; the same id is never made a second time.

        What can't be read back is taken away again: what stays in the list has been proved.
        """
        if self._making.locked():
            raise Busy("A backup is being made already.")
        async with self._making:
            info = await self._made(backup_id or self._ids.new())
        _log.info("backup_made", key=info.key, bytes=info.size)
        async with self._database.transaction() as tx:
            last = {"key": info.key, "made_at": info.made_at, "size": info.size}
            await note(tx, LAST_BACKUP, json.dumps(last))
        return info

    async def _made(self, backup_id: str) -> BackupInfo:
        for info in await self.list():
            if info.id == backup_id:  # made before the worker died: only the proof is missing
                await self._prove(info.key)
                return info
        made_at = self._clock.now()
        key = f"{PREFIX}{_stamp(made_at)}-{backup_id}{SUFFIX}"
        header, data_key = new_header(
            await self._keyrings.ensure(),
            archive_id=backup_id,
            instance_id=await instance_id(self._database, self._ids),
            made_at=made_at,
            schema=head(),
        )
        written = _Written()
        async with aclosing(self._records(written)) as records:
            archive = sealed(packed(records), header, data_key, self._compute)
            size = await self._objects.put(key, archive, is_new=True)
        await self._prove(key, written.summary())
        return BackupInfo(backup_id, key, made_at, size)

    async def list(self) -> list[BackupInfo]:
        """Return the backups, the newest first."""
        return await listed(self._objects)

    async def expire(self, before: Instant) -> int:
        """Delete the archives that are older than a moment, but never the newest."""
        old = [info for info in (await self.list())[1:] if info.made_at < before]
        for info in old:
            await self._objects.delete(info.key)
        return len(old)

    async def verify(self, key: str) -> ArchiveSummary:
        """Read a backup to its end with both keys; raise Corrupt when any of it is damaged."""
        source = Source(self._objects.get(key))
        header = await read_header(source)
        keyring = await self._keyrings.ensure()
        data_key = header.opened_by_root(keyring.root)
        if header.opened_by_recovery(keyring.recovery) != (data_key, keyring.root):
            raise Corrupt("The archive's keys differ.", cure="take another backup")
        counting = Counting(is_older=header.facts.schema != head())
        async for record in unpacked(opened(source, header, data_key, self._compute)):
            await self._compute.run(counting.take, record)
        return counting.summary()

    async def _prove(self, key: str, written: ArchiveSummary | None = None) -> None:
        try:
            found = await self.verify(key)
        except Corrupt:
            await self._objects.delete(key)
            raise
        if written not in (None, found):
            await self._objects.delete(key)
            raise Corrupt("The archive is not what was written.", cure="take another backup")

    async def _records(self, written: _Written) -> AsyncGenerator[Record, None]:
        async with self._database.reading() as snapshot:
            await _without_time_limits(snapshot)
            for table in tables():
                written.tables[table.name] = 0
                columns = {"table": table.name, "columns": table.columns.keys()}
                yield Record(Kind.TABLE, json.dumps(columns).encode())
                async for block, rows in lines_of(snapshot, table, self._compute):
                    written.tables[table.name] += rows
                    yield Record(Kind.ROWS, block)
        # An object is kept before a row speaks of it: all that the snapshot knows are there by
        # now, except those that were deleted meanwhile, which nobody wants back.
        for kept in await self._objects.list():
            if not kept.key.startswith(PREFIX):
                async for record in self._object(kept.key, written):
                    yield record
        summary = written.summary()
        end = {"tables": dict(summary.tables), "objects": summary.objects}
        yield Record(Kind.END, json.dumps(end).encode())

    async def _object(self, key: str, written: _Written) -> AsyncIterator[Record]:
        chunks = self._objects.get(key)
        try:
            chunk = await anext(chunks, b"")
        except Missing:
            return
        yield Record(Kind.OBJECT, json.dumps({"key": key}).encode())
        digest, size = hashlib.sha256(), 0
        while chunk:
            digest.update(chunk)
            size += len(chunk)
            yield Record(Kind.BYTES, chunk)
            chunk = await anext(chunks, b"")
        written.objects += 1
        end = {"size": size, "sha256": digest.hexdigest()}
        yield Record(Kind.OBJECT_END, json.dumps(end).encode())


async def _without_time_limits(snapshot: AsyncConnection) -> None:
    """Let a snapshot wait for a slow store: PostgreSQL would end it after a minute."""
    if snapshot.dialect.name == "postgresql":
        await snapshot.execute(text("SET LOCAL statement_timeout = 0"))
        await snapshot.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def _stamp(instant: Instant) -> str:
    return datetime.fromtimestamp(instant / SECOND, UTC).strftime(_STAMP)


def _info(key: str, size: int) -> BackupInfo | None:
    stamp, dash, backup_id = key.removeprefix(PREFIX).removesuffix(SUFFIX).partition("-")
    try:
        made_at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    if not (dash and key.endswith(SUFFIX)):
        return None
    return BackupInfo(backup_id, key, Instant(int(made_at.timestamp()) * SECOND), size)
