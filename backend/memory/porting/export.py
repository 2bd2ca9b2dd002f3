"""Takes along everything of one owner: rows as JSONL, documents, recordings, and a manifest."""

import hashlib
import json
import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO, Protocol

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.documents import Documents
from backend.documents.schemas import notes
from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError
from backend.kernel.ids import OwnerId
from backend.memory.moments import write_moment
from backend.memory.porting.archives import FORMAT, MANIFEST, VERSION
from backend.memory.porting.tables import TAKEN, columns_of, line_of
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations, documents, metadata
from backend.platform.telemetry.logs import get_logger

ROWS_AT_ONCE = 200

_log = get_logger("export")


class Recordings(Protocol):
    """Opens what a recorder has sealed, and seals what comes back."""

    def read(self, key: str, conversation_id: str) -> AsyncIterator[bytes]:
        """Yield a recording as one WAV file."""
        ...

    async def keep(self, conversation_id: str, sound: AsyncIterator[bytes]) -> str:
        """Seal a recording's sound again, and return its key."""
        ...

    async def drop(self, key: str) -> None:
        """Delete a recording's sound."""
        ...


@dataclass(slots=True)
class _Written:
    """A file of the archive, as it grows."""

    digest: Any = field(default_factory=hashlib.sha256)  # Any: hashlib names no type of it
    size: int = 0
    rows: int = 0


class Exporter:
    """Writes one owner's archive."""

    def __init__(
        self,
        *,
        database: Database,
        documents: Documents,
        recordings: Recordings,
        compute: Compute,
        clock: Clock,
    ) -> None:
        self._database, self._documents = database, documents
        self._recordings, self._compute, self._clock = recordings, compute, clock

    async def write(self, owner_id: OwnerId, file: BinaryIO) -> None:
        """Write it all; the rows are those of one moment."""
        files: dict[str, _Written] = {}
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            async with self._database.reading() as connection:
                for name in TAKEN:
                    table = metadata.tables[name]
                    path = f"data/{name}.jsonl"
                    files[path] = await self._table(connection, table, owner_id, archive)
                calls = await _calls(connection, owner_id)
                shared = await _documents(connection, owner_id)
            for document_id, name, kind in shared:
                await self._document(owner_id, (document_id, name, kind), archive, files)
            for conversation_id, key in calls:
                await self._recording(conversation_id, key, archive, files)
            archive.writestr(MANIFEST, self._manifest(owner_id, files))

    async def _table(
        self,
        connection: AsyncConnection,
        table: Table,
        owner_id: OwnerId,
        archive: zipfile.ZipFile,
    ) -> _Written:
        columns, written = columns_of(table), _Written()
        names = [column.name for column in columns]
        query = (
            select(*columns)
            .where(table.c.owner_id == owner_id)
            .order_by(*table.primary_key.columns)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        with archive.open(f"data/{table.name}.jsonl", "w", force_zip64=True) as out:
            async with connection.stream(query) as found:
                async for batch in found.partitions(ROWS_AT_ONCE):
                    await self._compute.run(_lines, out, names, batch, written)
        return written

    async def _document(
        self,
        owner_id: OwnerId,
        shared: tuple[str, str, str],
        archive: zipfile.ZipFile,
        files: dict[str, _Written],
    ) -> None:
        document_id, name, kind = shared
        doc, _ = await self._documents.open(owner_id, name)
        told: dict[str, Any] = {"id": document_id, "name": name, "kind": kind}  # Any: JSON
        if kind == notes.KIND:
            told["notes"] = [
                {
                    "id": each.id,
                    "text": each.text,
                    "done": each.is_done,
                    "created_at": each.created_at,
                }
                for each in notes.read_notes(doc)
            ]
        for ending, content in (
            ("json", json.dumps(told, ensure_ascii=False).encode()),
            ("yjs", doc.get_update()),
        ):
            path, written = f"documents/{document_id}.{ending}", _Written()
            with archive.open(path, "w") as out:
                await self._compute.run(_add, out, content, written)
            files[path] = written

    async def _recording(
        self,
        conversation_id: str,
        key: str,
        archive: zipfile.ZipFile,
        files: dict[str, _Written],
    ) -> None:
        path, written = f"recordings/{conversation_id}.wav", _Written()
        try:
            with archive.open(path, "w", force_zip64=True) as out:
                async for piece in self._recordings.read(key, conversation_id):
                    await self._compute.run(_add, out, piece, written)
        except RingbackError as failure:  # one damaged recording must not keep all the rest here
            _log.warning("recording_left_out", conversation_id=conversation_id, failure=failure)
            return
        files[path] = written

    def _manifest(self, owner_id: OwnerId, files: dict[str, _Written]) -> bytes:
        told = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": write_moment(self._clock.now()),
            "owner_id": owner_id,
            "counts": {
                path.removeprefix("data/").removesuffix(".jsonl"): each.rows
                for path, each in files.items()
                if path.startswith("data/")
            },
            "files": {
                path: {"sha256": each.digest.hexdigest(), "bytes": each.size, "rows": each.rows}
                for path, each in files.items()
            },
        }
        return json.dumps(told, indent=1).encode()


def _lines(
    out: IO[bytes], names: list[str], batch: Sequence[Any], written: _Written
) -> None:  # Any: SQLAlchemy's rows
    for row in batch:
        _add(out, line_of(names, tuple(row)), written)
        written.rows += 1


def _add(out: IO[bytes], content: bytes, written: _Written) -> None:
    out.write(content)
    written.digest.update(content)
    written.size += len(content)


async def _calls(connection: AsyncConnection, owner_id: OwnerId) -> list[tuple[str, str]]:
    query = select(conversations.c.id, conversations.c.recording).where(
        conversations.c.owner_id == owner_id, conversations.c.recording != ""
    )
    return [(row.id, row.recording) for row in await connection.execute(query)]


async def _documents(connection: AsyncConnection, owner_id: OwnerId) -> list[tuple[str, str, str]]:
    query = select(documents.c.id, documents.c.name, documents.c.kind).where(
        documents.c.owner_id == owner_id
    )
    return [(row.id, row.name, row.kind) for row in await connection.execute(query)]
