"""A document as the database has it now: loaded whole, or what is new since it was read."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from backend.documents import store
from backend.documents.opened import OpenDocument
from backend.documents.types import DocumentRow, StoredUpdate
from backend.kernel.errors import Missing


@dataclass(frozen=True, slots=True)
class News:
    """What was committed to a document since this process read it."""

    row: DocumentRow
    whole: OpenDocument | None  # another load, where a compaction took the lines between
    lines: Sequence[StoredUpdate]

    def reach(self, document: OpenDocument) -> None:
        """Bring a document to where the log was, and tell its listeners."""
        if self.whole is not None and self.whole.cursor > document.cursor:
            document.take_over(self.whole)
        document.apply(self.lines)
        document.row = self.row


async def load(connection: AsyncConnection, row: DocumentRow) -> OpenDocument:
    """Open a document from its snapshot and the log behind it."""
    snapshot = await store.snapshot(connection, row.id) if row.snapshot_cursor else None
    return OpenDocument(row, snapshot, await store.log(connection, row.id))


async def news_of(connection: AsyncConnection, document: OpenDocument) -> News:
    """Return what this process has not read yet; Missing when the document is gone."""
    row = await store.get(connection, document.id)
    if row is None:
        raise Missing("The document is gone.")
    if row.snapshot_cursor > document.cursor:
        return News(row, await load(connection, row), ())
    return News(row, None, await store.log(connection, document.id, document.cursor))
