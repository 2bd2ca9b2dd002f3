"""Undoing by a word: what the words of this exchange changed last of what is held."""

from typing import Any

from sqlalchemy import Row, Select, select

from backend.conversation.sessions import Party
from backend.conversation.turns.believing import source_of
from backend.conversation.turns.types import Draft
from backend.memory.facts import ChangeKind
from backend.memory.facts.service import is_guest
from backend.platform.database.engine import Database
from backend.platform.database.tables import fact_changes, messages

CHANGES_MAX = 200  # of one exchange, the newest first
_BY_HAND = (ChangeKind.CORRECTED, ChangeKind.DENIED, ChangeKind.PINNED)  # the rest goes with them
_BY_WORDS = (ChangeKind.LEARNT, ChangeKind.SUPERSEDED, ChangeKind.ENDED, ChangeKind.CONFIRMED)

_Change = Row[Any]  # Any: a row's columns are of several types


async def undoable(database: Database, draft: Draft) -> tuple[str, ...]:
    """Return the changes to undo: those by the last words that have changed anything here."""
    if is_guest(source_of(draft, is_explicit=True)):
        return ()
    async with database.reading() as connection:
        rows = (await connection.execute(_changes(draft.party))).all()
    undone = {row.details.get("undone") for row in rows} - {None, ""}
    settled = {row.message_id for row in rows if row.id in undone or row.details.get("undone")}
    by_words = [row for row in rows if row.message_id not in settled and _is_change(row)]
    last = [row for row in by_words if row.message_id == by_words[0].message_id]
    by_hand = [row.id for row in last if row.kind in _BY_HAND]
    # What one claim has brought about falls with it.
    by_claim = {row.details.get("source", ""): row.id for row in last if row.kind in _BY_WORDS}
    return tuple(by_hand or by_claim.values())


def _is_change(row: _Change) -> bool:
    if row.kind in _BY_HAND:
        return True
    return row.kind in _BY_WORDS and bool(row.details.get("source"))


def _changes(party: Party) -> Select[Any]:  # Any: as above
    of_here = select(messages.c.id).where(
        messages.c.conversation_id == party.conversation_id,
        messages.c.owner_id == party.actor.owner_id,
    )
    return (
        select(fact_changes)
        .where(
            fact_changes.c.owner_id == party.actor.owner_id,
            fact_changes.c.message_id.in_(of_here),
        )
        .order_by(fact_changes.c.at.desc(), fact_changes.c.id.desc())
        .limit(CHANGES_MAX)
    )
