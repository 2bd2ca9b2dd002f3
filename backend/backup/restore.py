"""Brings an archive back onto an empty machine: checked whole first, then loaded all or nothing."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

from sqlalchemy import func, select

from backend.backup.archive import Header, Kind, Record, Source, opened, read_header, unpacked
from backend.backup.contents import Counting
from backend.backup.loading import load, settle
from backend.backup.recovery import RecoveryKey, place
from backend.backup.rows import tables
from backend.backup.types import ArchiveSummary, Opened, Restored, Settled
from backend.kernel.clock import Instant
from backend.kernel.errors import Conflict, Invalid, NotConfigured
from backend.kernel.ids import Ids
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.migrate import head, knows, migrate, revision
from backend.platform.database.tables import instance
from backend.platform.database.transaction import Transaction
from backend.platform.home import Home
from backend.platform.keys import ROOT_BYTES, ROOT_NAME, root_text
from backend.platform.objects.port import CHUNK_BYTES, Objects
from backend.platform.telemetry.logs import get_logger

_log = get_logger("backup")


def object_archive(objects: Objects, key: str) -> Opened:
    """Return an archive that is kept as an object."""
    return lambda: objects.get(key)


def file_archive(path: Path) -> Opened:
    """Return an archive that lies in a file."""

    async def chunks() -> AsyncIterator[bytes]:
        try:
            stream = await asyncio.to_thread(path.open, "rb")
        except OSError as failure:
            raise Invalid(f"{path} can't be read: {failure.strerror}.") from failure
        with stream:
            while chunk := await asyncio.to_thread(stream.read, CHUNK_BYTES):
                yield chunk

    return chunks


class Forgotten(Protocol):
    """Knows what was forgotten after an archive was made, and forgets it again."""

    async def replay(self, tx: Transaction, root: bytes) -> None:
        """Forget it in the transaction that loads the rows; the root key came with the archive."""
        ...

    async def finish(self) -> None:
        """Delete what lies outside the database, and off the disk, once the rows are committed."""
        ...


class Restoring:
    """Restores into an empty database and home."""

    def __init__(  # noqa: PLR0913 - what a restore stands on, each named
        self,
        *,
        database: Database,
        objects: Objects,
        home: Home,
        given_root: bytes | None,
        ids: Ids,
        compute: Compute,
        forgotten: Forgotten | None = None,
    ) -> None:
        self._forgotten = forgotten
        self._database, self._objects, self._home = database, objects, home
        self._given_root = given_root  # by RINGBACK_SECRET_KEY; None: the home's file has it
        self._ids, self._compute = ids, compute

    async def restore(self, archive: Opened, key: RecoveryKey | bytes) -> Restored:
        """Restore by the recovery key, or by the root key of the instance that made the archive.

        Nothing is changed before the whole archive has been read and found right.
        """
        header = await read_header(Source(archive()))
        data_key, root = _unlocked(header, key)
        _check_schema(header)
        schema = header.facts.schema
        summary = await self._checked(archive, data_key, schema)
        await self._check_empty()
        self._place_root(root)
        placed: list[str] = []
        try:
            await self._load_objects(archive, data_key, placed)
            await migrate(self._database, to=schema)
            settled = await self._load_rows(archive, data_key, schema, root)
            if self._forgotten is not None:
                await self._forgotten.finish()
        except BaseException:  # cancelled or failed: the objects go as the rows have gone
            for object_key in placed:
                await self._objects.delete(object_key)
            raise
        if isinstance(key, RecoveryKey):
            place(self._home, key)
        _log.info("backup_restored", backup_id=header.facts.id, objects=summary.objects)
        return Restored(header.facts.id, Instant(header.facts.made_at), summary, settled)

    async def _records(self, archive: Opened, data_key: bytes) -> AsyncGenerator[Record, None]:
        source = Source(archive())
        header = await read_header(source)
        async for record in unpacked(opened(source, header, data_key, self._compute)):
            yield record

    async def _checked(self, archive: Opened, data_key: bytes, schema: str) -> ArchiveSummary:
        counting = Counting(is_older=schema != head())
        async with aclosing(self._records(archive, data_key)) as records:
            async for record in records:
                await self._compute.run(counting.take, record)
        return counting.summary()

    async def _check_empty(self) -> None:
        if await revision(self._database) is None:
            return
        async with self._database.reading() as connection:
            for table in tables():
                count = select(func.count()).select_from(table)
                if table is not instance and (await connection.execute(count)).scalar_one():
                    raise Conflict(
                        "There is an instance here already; nothing was changed.",
                        cure="restore into an empty RINGBACK_HOME, or an empty DATABASE_URL",
                    )

    def _place_root(self, root: bytes) -> None:
        """Put the root key where the instance will look for it: without it no object opens."""
        if self._given_root is None and len(root) == ROOT_BYTES:
            self._home.write_secret(ROOT_NAME, root_text(root))
        elif self._given_root != root:
            file = self._home.write_secret("secret-key", root_text(root))
            raise NotConfigured(
                "The instance that was backed up had another root key; nothing was restored.",
                cure=f"set RINGBACK_SECRET_KEY to what {file} holds, then restore again",
            )

    async def _load_objects(self, archive: Opened, data_key: bytes, placed: list[str]) -> None:
        async with aclosing(self._records(archive, data_key)) as records:
            async for record in records:
                if record.kind is not Kind.OBJECT:
                    continue
                key = str(json.loads(record.payload)["key"])
                if await self._objects.exists(key):
                    await self._check_same(key, _object_bytes(records))
                else:
                    placed.append(key)
                    await self._objects.put(key, _object_bytes(records), is_new=True)

    async def _check_same(self, key: str, archived: AsyncIterator[bytes]) -> None:
        """Keep what outlived the machine, as objects on S3 do, if it is what was backed up."""
        if await _digest(archived) != await _digest(self._objects.get(key)):
            raise Conflict(
                f"The object store has another {key}; nothing was changed.",
                cure="restore into an empty folder or bucket",
            )

    async def _load_rows(
        self, archive: Opened, data_key: bytes, schema: str, root: bytes
    ) -> Settled:
        async with (
            self._database.transaction() as tx,
            aclosing(self._records(archive, data_key)) as records,
        ):
            await load(tx, records, self._compute, schema=schema)
            if self._forgotten is not None:
                # Before the epoch: nobody ever goes on from a moment in which it was back.
                await self._forgotten.replay(tx, root)
            return await settle(tx, epoch=self._ids.new())


async def _object_bytes(records: AsyncIterator[Record]) -> AsyncIterator[bytes]:
    """Yield the bytes of the object whose record was read last."""
    async for record in records:
        if record.kind is not Kind.BYTES:
            return
        yield record.payload


async def _digest(chunks: AsyncIterator[bytes]) -> bytes:
    digest = hashlib.sha256()
    async for chunk in chunks:
        digest.update(chunk)
    return digest.digest()


def _unlocked(header: Header, key: RecoveryKey | bytes) -> tuple[bytes, bytes]:
    if isinstance(key, RecoveryKey):
        return header.opened_by_recovery(key)
    return header.opened_by_root(key), key


def _check_schema(header: Header) -> None:
    """An older archive is loaded as it was and then migrated; a newer one nobody here can read."""
    if not knows(header.facts.schema):
        raise Invalid(
            f"The archive has the schema {header.facts.schema}, this program has {head()}.",
            cure="update Ringback first: a newer version made this archive",
        )
