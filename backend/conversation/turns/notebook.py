"""The shared notes as a turn sees them: leave one, read those that are open."""

from collections.abc import Sequence
from typing import Any

from pycrdt import Doc

from backend.documents import Documents
from backend.documents.schemas.notes import DOCUMENT, add_note, mark_note
from backend.documents.types import Note
from backend.kernel.ids import Ids, OwnerId
from backend.kernel.people import Actor
from backend.platform.database.transaction import Transaction

TOLD_MAX = 20  # nobody listens to more; the page shows them all


class Notebook:
    """The document `notes` of whoever speaks."""

    def __init__(self, *, documents: Documents, ids: Ids) -> None:
        self._documents, self._ids = documents, ids

    async def add(self, tx: Transaction, actor: Actor, text: str) -> str:
        """Leave a note, in the same transaction as the turn that asked for it; return its id."""
        identifier = self._ids.new()

        def change(document: Doc[Any]) -> None:
            add_note(document, identifier, text, tx.at)

        await self._documents.edit(tx, actor.owner_id, DOCUMENT, actor, change)
        return identifier

    async def tick_off(self, tx: Transaction, actor: Actor, identifiers: Sequence[str]) -> None:
        """Mark notes as done; one that a device took away meanwhile is done as well."""

        def change(document: Doc[Any]) -> None:
            for identifier in identifiers:
                mark_note(document, identifier, is_done=True)

        await self._documents.edit(tx, actor.owner_id, DOCUMENT, actor, change)

    async def open_notes(self, owner_id: OwnerId) -> tuple[Note, ...]:
        """Return the newest notes that are not done, oldest first."""
        notes = await self._documents.read_notes(owner_id)
        return tuple(note for note in notes if not note.is_done)[-TOLD_MAX:]
