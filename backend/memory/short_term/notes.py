"""Keeps the open notes in mind as tasks, whichever device wrote or ticked them."""

from collections.abc import Sequence
from typing import Protocol

from backend.documents.projection import Projection
from backend.kernel.clock import Instant, later
from backend.kernel.ids import OwnerId
from backend.memory.short_term.types import WINDOW, Kind, NewItem
from backend.platform.database.transaction import Transaction


class Minded(Protocol):
    """Whoever has things in mind."""

    async def follow_in_mind(
        self, tx: Transaction, owner_id: OwnerId, kind: Kind, items: Sequence[NewItem]
    ) -> None:
        """Have exactly these in mind of a kind."""
        ...


async def follow_notes(tx: Transaction, memory: Minded, found: Projection) -> None:
    """Have the notes of the last day in mind that are open, in the job that makes their rows."""
    since = later(tx.at, -WINDOW)
    owner_id = OwnerId(found.row.owner_id)
    items = [
        NewItem(
            owner_id=owner_id,
            kind=Kind.TASK,
            source_id=note.id,
            text=note.text,
            at=Instant(min(note.created_at, tx.at)),  # a device's clock may go before ours
        )
        for note in found.notes
        if not note.is_done and note.created_at > since
    ]
    await memory.follow_in_mind(tx, owner_id, Kind.TASK, items)
