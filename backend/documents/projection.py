"""Rows that stand for what a document says: made from it, never the other way round."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from backend.documents.schemas import notes as notes_schema
from backend.documents.types import DocumentRow, Note
from backend.platform.database.tables import sticky_notes
from backend.platform.database.transaction import Transaction

PROJECTED_KINDS = (notes_schema.KIND,)

_Values = dict[str, str | bool | int]


@dataclass(frozen=True, slots=True)
class Projection:
    """What a document said at a cursor."""

    row: DocumentRow
    cursor: int
    notes: tuple[Note, ...]


async def write(tx: Transaction, projection: Projection) -> int:
    """Make the rows equal to the document; return how many were touched."""
    document_id = projection.row.id
    found = await tx.execute(select(sticky_notes).where(sticky_notes.c.document_id == document_id))
    there: dict[str, _Values] = {
        row.id: {"text": row.text, "is_done": row.is_done, "created_at": row.created_at}
        for row in found
    }
    wanted = {_row_id(document_id, note): _values(note) for note in projection.notes}
    gone = [row_id for row_id in there if row_id not in wanted]
    changed = [row_id for row_id in wanted if row_id in there and wanted[row_id] != there[row_id]]
    new = [row_id for row_id in wanted if row_id not in there]
    for row_id in gone:
        await tx.execute(delete(sticky_notes).where(sticky_notes.c.id == row_id))
    for row_id in changed:
        await tx.execute(
            update(sticky_notes).where(sticky_notes.c.id == row_id).values(**wanted[row_id])
        )
    if new:
        place = {"owner_id": projection.row.owner_id, "document_id": document_id}
        await tx.execute(
            insert(sticky_notes), [{"id": row_id, **place, **wanted[row_id]} for row_id in new]
        )
    return len(gone) + len(changed) + len(new)


def _row_id(document_id: str, note: Note) -> str:
    # The key in the document is a device's own choice: alone it could name another owner's row.
    return f"{document_id}/{note.id}"


def _values(note: Note) -> _Values:
    return {
        "text": note.text.replace("\x00", ""),  # PostgreSQL's text can't hold it
        "is_done": note.is_done,
        "created_at": note.created_at,
    }
