"""What documents forget: notes, or a whole document, out of its log and its snapshot as well.

A note goes by a change like any other, so that every device takes it out, and with a mark, so that
none brings it back. Then the log is put together without it in the same transaction.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pycrdt import Array, Doc, Map
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.documents import store
from backend.documents.opened import compacted, replay
from backend.documents.schemas import notes as notes_schema
from backend.documents.service import Documents
from backend.documents.types import DocumentRow, Note, StoredUpdate
from backend.kernel.clock import Instant
from backend.kernel.forgetting import (
    Everything,
    Kind,
    OneThing,
    Period,
    Person,
    Scope,
    Things,
    ids_of,
    things,
)
from backend.kernel.ids import OwnerId
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.platform.database.batches import batches, count_named, delete_named, of_owner
from backend.platform.database.tables import documents, sticky_notes, turns
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.port import (
    Counts,
    Example,
    Forgettable,
    Speaking,
    Spoken,
    Targets,
    shortened,
)

MICROS_PER_MILLI = 1_000  # a document tells its moments in milliseconds


class SharedDocuments(Forgettable):
    """Notes and documents of one owner."""

    def __init__(self, *, documents: Documents, speaking: Speaking) -> None:
        self._documents, self._speaking = documents, speaking

    async def closure(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        """Return notes and documents that are meant, and notes that were taken in a turn."""
        what, owner_id = scope.what, scope.owner_id
        if isinstance(what, Everything):
            mine = select(documents.c.id).where(documents.c.owner_id == owner_id)
            every = things(Kind.DOCUMENT, (await connection.execute(mine)).scalars())
            return every | await self._notes(connection, owner_id, lambda _: True)
        if isinstance(what, Period):
            since, until = what.since, what.until
            return await self._notes(
                connection, owner_id, lambda note: since <= note.created_at < until
            )
        found: Targets = frozenset()
        if isinstance(what, OneThing) and what.target.kind is Kind.NOTE:
            # As lists of notes name it, or as its row does: with its document's id before it.
            identifier = what.target.id.rpartition("/")[2]
            found |= await self._notes(connection, owner_id, lambda note: note.id == identifier)
        if isinstance(what, OneThing) and what.target.kind is Kind.DOCUMENT:
            found |= await _there(connection, owner_id, what.target.id)
        if isinstance(what, Things):
            named = set(ids_of(what.targets, Kind.NOTE))
            found |= await self._notes(connection, owner_id, lambda _: True) & things(
                Kind.NOTE, named
            )
        if isinstance(what, Person):
            found |= await self._speaking_of(connection, owner_id, what, Spoken.OF_THEM)
        moments = await _ends(connection, owner_id, known)
        if moments:
            found |= await self._notes(
                connection, owner_id, lambda note: note.created_at in moments
            )
        return found

    async def unclear(self, connection: AsyncConnection, scope: Scope) -> Targets:
        """Return notes that only say a name which several bear."""
        if not isinstance(scope.what, Person):
            return frozenset()
        return await self._speaking_of(connection, scope.owner_id, scope.what, Spoken.UNCLEAR)

    async def _speaking_of(
        self, connection: AsyncConnection, owner_id: OwnerId, person: Person, spoken: Spoken
    ) -> Targets:
        return await self._notes(
            connection, owner_id, lambda note: self._speaking(note.text, person) is spoken
        )

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        """Change the documents, and put each together without what is gone."""
        whole = set(ids_of(targets, Kind.DOCUMENT))
        removed = {"notes": 0, "documents": 0}
        gone: dict[str, list[str]] = {document_id: [] for document_id in whole}
        for each in ids_of(targets, Kind.NOTE):
            document_id, _, identifier = each.partition("/")
            gone.setdefault(document_id, []).append(identifier)
        for document_id, identifiers in sorted(gone.items()):
            row = await store.get(tx.connection, document_id)
            if row is None or row.owner_id != owner_id:
                continue
            removed["notes"] += await _drop_rows(tx, row, identifiers)
            if await self._clean(tx, row, identifiers, is_whole=document_id in whole):
                removed["documents"] += document_id in whole
        return removed

    async def traces(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Counts:
        """Count notes that are still projected, and documents that still hold something."""
        named = ids_of(targets, Kind.NOTE)
        notes = await count_named(connection, owner_id, sticky_notes.c.id, named)
        found = {"notes": notes, "documents": 0}
        for document_id in ids_of(targets, Kind.DOCUMENT):
            row = await store.get(connection, document_id)
            if row is None or row.owner_id != owner_id:
                continue
            before = await store.snapshot(connection, document_id)
            doc = _whole(before, await store.log(connection, document_id))
            found["documents"] += _holds_something(doc)
        return found

    async def examples(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets, limit: int
    ) -> list[Example]:
        """Return the first of the notes."""
        rows = await connection.execute(
            select(sticky_notes.c.text, sticky_notes.c.created_at)
            .where(
                sticky_notes.c.owner_id == owner_id,
                sticky_notes.c.id.in_(ids_of(targets, Kind.NOTE)[:limit]),
            )
            .order_by(sticky_notes.c.created_at, sticky_notes.c.id)
        )
        return [Example("note", shortened(row.text), Instant(row.created_at)) for row in rows]

    async def _notes(
        self, connection: AsyncConnection, owner_id: OwnerId, is_meant: Callable[[Note], bool]
    ) -> Targets:
        """Return notes as the document has them: its rows may not have followed yet."""
        row = await store.find(connection, owner_id, notes_schema.DOCUMENT)
        if row is None:
            return frozenset()
        before = await store.snapshot(connection, row.id)
        doc = _whole(before, await store.log(connection, row.id))
        found = (note for note in notes_schema.read_notes(doc) if is_meant(note))
        return things(Kind.NOTE, (f"{row.id}/{note.id}" for note in found))

    async def _clean(
        self, tx: Transaction, row: DocumentRow, identifiers: Sequence[str], *, is_whole: bool
    ) -> bool:
        """Change a document and compact it; say whether there was anything to change."""
        before = await store.snapshot(tx.connection, row.id)
        doc = _whole(before, await store.log(tx.connection, row.id))
        if is_whole:
            if not _holds_something(doc):
                return False
            change = partial(_empty, identifiers=identifiers, at=tx.at)
        else:
            if notes_schema.are_forgotten(doc, identifiers):
                return False
            change = partial(_forget_notes, identifiers=identifiers, at=tx.at)
        await self._documents.edit(tx, row.owner_id, row.name, _actor(row.owner_id), change)
        lines = await store.log(tx.connection, row.id)
        snapshot = await store.snapshot(tx.connection, row.id)
        # Twice: what was deleted within one reading is left out of what the next one writes.
        once, kept = compacted(snapshot, lines)
        again, _ = compacted(once, [])
        cursor = max(line.cursor for line in lines)
        await store.compact(tx, row.id, StoredUpdate(cursor, again), kept)
        return True


def _forget_notes(doc: Doc[Any], *, identifiers: Sequence[str], at: Instant) -> None:
    for identifier in identifiers:
        notes_schema.forget_note(doc, identifier, at)


def _empty(doc: Doc[Any], *, identifiers: Sequence[str], at: Instant) -> None:
    """Empty every root; what kind it is only its makers know, so it is asked as each."""
    for name in _names(doc):
        entries = doc.get(name, type=Map)
        for key in list(entries.keys()):
            del entries[key]
        line = doc.get(name, type=Array)  # a text and a fragment are lines as well
        if len(line):
            del line[0 : len(line)]
    _forget_notes(doc, identifiers=identifiers, at=at)


def _holds_something(doc: Doc[Any]) -> bool:
    return any(len(doc.get(name, type=Map)) or len(doc.get(name, type=Array))
               for name in _names(doc))  # fmt: skip


def _names(doc: Doc[Any]) -> list[str]:
    return [name for name in doc.keys() if name != notes_schema.FORGOTTEN]  # noqa: SIM118 - a document's own iteration gives the same keys


def _whole(snapshot: bytes | None, log: Sequence[StoredUpdate]) -> Doc[Any]:
    doc, _ = replay(snapshot, log)
    return doc


def _actor(owner_id: OwnerId) -> Actor:
    return Actor(owner_id=owner_id, kind=ActorKind.COMPANION, assurance=Assurance.HELD)


async def _there(connection: AsyncConnection, owner_id: OwnerId, document_id: str) -> Targets:
    mine = documents.c.owner_id == owner_id
    query = select(documents.c.id).where(mine, documents.c.id == document_id)
    return things(Kind.DOCUMENT, (await connection.execute(query)).scalars())


async def _ends(connection: AsyncConnection, owner_id: OwnerId, known: Targets) -> frozenset[int]:
    """Return when turns ended: a note that was taken in one has its very moment."""
    found: set[int] = set()
    for batch in batches(ids_of(known, Kind.TURN)):
        query = select(turns.c.ended_at).where(
            of_owner(turns.c.id, owner_id), turns.c.id.in_(batch)
        )
        ended = (await connection.execute(query)).scalars()
        found.update(each // MICROS_PER_MILLI * MICROS_PER_MILLI for each in ended)
    return frozenset(found)


async def _drop_rows(tx: Transaction, row: DocumentRow, identifiers: Sequence[str]) -> int:
    named = [f"{row.id}/{identifier}" for identifier in identifiers]
    return await delete_named(tx, OwnerId(row.owner_id), sticky_notes.c.id, named)
