"""The documents' tables: one row each, and the log of updates that it stands for."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.documents.types import DocumentRow, StoredUpdate
from backend.kernel.ids import OwnerId
from backend.platform.database.tables import document_updates, documents, stream_heads
from backend.platform.database.transaction import Transaction

_COLUMNS = (
    documents.c.id,
    documents.c.owner_id,
    documents.c.name,
    documents.c.kind,
    documents.c.snapshot_cursor,
    documents.c.projected_cursor,
)


def stream_of(document_id: str) -> str:
    """Return the stream whose cursors number a document's updates."""
    return f"document:{document_id}"


async def find(connection: AsyncConnection, owner_id: OwnerId, name: str) -> DocumentRow | None:
    """Return the owner's document of this name, if there is one."""
    found = await connection.execute(
        select(*_COLUMNS).where(documents.c.owner_id == owner_id, documents.c.name == name)
    )
    return _row(found.one_or_none())


async def get(connection: AsyncConnection, document_id: str) -> DocumentRow | None:
    """Return a document by its identifier."""
    found = await connection.execute(select(*_COLUMNS).where(documents.c.id == document_id))
    return _row(found.one_or_none())


async def count(connection: AsyncConnection, owner_id: OwnerId) -> int:
    """Return how many documents somebody has."""
    counted = await connection.execute(
        select(func.count()).select_from(documents).where(documents.c.owner_id == owner_id)
    )
    return int(counted.scalar_one())


async def create(tx: Transaction, row: DocumentRow) -> None:
    """Make an empty document, unless somebody has made it in this moment."""
    added = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
    await tx.execute(
        added(documents)
        .values(
            id=row.id, owner_id=row.owner_id, name=row.name, kind=row.kind, created_at=tx.at
        )
        .on_conflict_do_nothing(index_elements=[documents.c.owner_id, documents.c.name])
    )  # fmt: skip


async def snapshot(connection: AsyncConnection, document_id: str) -> bytes | None:
    """Return the updates up to the snapshot's cursor, applied."""
    found = await connection.execute(
        select(documents.c.snapshot).where(documents.c.id == document_id)
    )
    kept = found.scalar_one_or_none()
    return None if kept is None else bytes(kept)


async def log(connection: AsyncConnection, document_id: str, after: int = 0) -> list[StoredUpdate]:
    """Return the logged updates behind a cursor, in order."""
    rows = await connection.execute(
        select(document_updates.c.cursor, document_updates.c.update)
        .where(document_updates.c.document_id == document_id, document_updates.c.cursor > after)
        .order_by(document_updates.c.cursor)
    )
    return [StoredUpdate(cursor, bytes(stored)) for cursor, stored in rows]


async def stored_bytes(connection: AsyncConnection, document_id: str) -> int:
    """Return what a document takes up: its snapshot and the log since."""
    kept = await connection.execute(
        select(func.length(documents.c.snapshot)).where(documents.c.id == document_id)
    )
    logged = await connection.execute(
        select(func.sum(func.length(document_updates.c.update))).where(
            document_updates.c.document_id == document_id
        )
    )
    return int(kept.scalar_one_or_none() or 0) + int(logged.scalar_one_or_none() or 0)


async def append(
    tx: Transaction, row: DocumentRow, lines: Sequence[StoredUpdate], actors: Sequence[str]
) -> None:
    """Write updates at the end of the log, whose head the caller holds."""
    await tx.execute(
        insert(document_updates),
        [
            {
                "document_id": row.id,
                "cursor": line.cursor,
                "owner_id": row.owner_id,
                "at": tx.at,
                "actor": actor,
                "update": line.update,
            }
            for line, actor in zip(lines, actors, strict=True)
        ],
    )


async def compact(
    tx: Transaction, document_id: str, whole: StoredUpdate, kept: Sequence[int]
) -> bool:
    """Put a snapshot in the place of the log up to its cursor; False when a newer one is there.

    `kept` names the lines that the snapshot can't hold, because they wait for others.
    """
    replaced = await tx.execute(
        update(documents)
        .where(documents.c.id == document_id, documents.c.snapshot_cursor < whole.cursor)
        .values(snapshot=whole.update, snapshot_cursor=whole.cursor)
    )
    if not replaced.rowcount:
        return False
    await tx.execute(
        delete(document_updates).where(
            document_updates.c.document_id == document_id,
            document_updates.c.cursor <= whole.cursor,
            document_updates.c.cursor.not_in(kept),
        )
    )
    return True


async def claim_projection(tx: Transaction, document_id: str, cursor: int) -> bool:
    """Say that the rows now stand for this cursor; False when they are further already."""
    claimed = await tx.execute(
        update(documents)
        .where(documents.c.id == document_id, documents.c.projected_cursor < cursor)
        .values(projected_cursor=cursor)
    )
    return claimed.rowcount == 1


async def heads(connection: AsyncConnection, document_ids: Sequence[str]) -> dict[str, int]:
    """Return the last cursor of each of these documents."""
    by_stream = {stream_of(document_id): document_id for document_id in document_ids}
    rows = await connection.execute(
        select(stream_heads.c.stream, stream_heads.c.cursor).where(
            stream_heads.c.stream.in_(by_stream)
        )
    )
    return {by_stream[stream]: cursor for stream, cursor in rows}


async def ids(connection: AsyncConnection, kinds: Sequence[str]) -> list[str]:
    """Return the identifiers of every document of these kinds."""
    rows = await connection.execute(select(documents.c.id).where(documents.c.kind.in_(kinds)))
    return [document_id for (document_id,) in rows]


def _row(found: Row[*tuple[Any, ...]] | None) -> DocumentRow | None:
    if found is None:
        return None
    return DocumentRow(
        id=found.id,
        owner_id=OwnerId(found.owner_id),
        name=found.name,
        kind=found.kind,
        snapshot_cursor=found.snapshot_cursor,
        projected_cursor=found.projected_cursor,
    )
