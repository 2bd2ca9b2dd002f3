"""Shared documents: opened, edited, logged and projected. The document is the truth."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pycrdt import Doc, TransactionEvent

from backend.documents import projection, store
from backend.documents.news import load, news_of
from backend.documents.opened import DocumentFull, OpenDocument, compacted, replay
from backend.documents.projection import Projection
from backend.documents.schemas import kind_of
from backend.documents.schemas import notes as notes_schema
from backend.documents.types import DocumentLimits, DocumentRow, Note, StoredUpdate
from backend.documents.updates import NOTHING, apply_update
from backend.kernel.clock import Clock, Instant
from backend.kernel.errors import Invalid, Missing, TooLarge
from backend.kernel.ids import Ids, OwnerId
from backend.kernel.people import Actor
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob
from backend.platform.signals.port import Signals

Change = Callable[[Doc[Any]], None]

ERA_COMPACTIONS = 10


@dataclass(frozen=True, slots=True)
class Submission:
    """An update that was admitted and is to be logged."""

    document: OpenDocument
    update: bytes
    actor: str


Clean = Callable[[str], str]
"""Returns words as they may be kept."""


class Documents:
    """What somebody's devices and their companion edit together."""

    def __init__(  # noqa: PLR0913 - one of each port it stands on
        self,
        *,
        database: Database,
        clock: Clock,
        ids: Ids,
        events: EventLog,
        signals: Signals,
        jobs: Ledger,
        limits: DocumentLimits | None = None,
        clean: Clean | None = None,
    ) -> None:
        """`clean` takes out of a note what is not to be kept; without it notes stay as they are."""
        self._database, self._clock, self._ids = database, clock, ids
        self._events, self._signals, self._jobs = events, signals, jobs
        self.limits = limits or DocumentLimits()
        self._clean = clean
        self._opened: OrderedDict[tuple[str, str], OpenDocument] = OrderedDict()
        self._loading = asyncio.Lock()

    # ── reading ──────────────────────────────────────────────────────────────────────────────
    async def open(self, owner_id: OwnerId, name: str) -> tuple[Doc[Any], int]:
        """Return a document as it is committed now, for reading only, and its cursor."""
        document = await self.enter(owner_id, name)
        return document.doc, document.cursor

    async def enter(self, owner_id: OwnerId, name: str) -> OpenDocument:
        """Return the owner's document, fresh from the log; it is made when there is none."""
        document = await self._find(owner_id, name)
        if document is None:
            async with self._database.transaction() as tx:
                await self._make(tx, owner_id, name)
            document = await self._find(owner_id, name)
        if document is None:
            raise Missing("The document is gone.")
        return document

    async def read_notes(self, owner_id: OwnerId) -> list[Note]:
        """Return the owner's notes, oldest first, as the document itself has them."""
        document = await self._find(owner_id, notes_schema.DOCUMENT)
        return [] if document is None else notes_schema.read_notes(document.doc)

    async def catch_up(self, document: OpenDocument) -> None:
        """Take what was committed since, by whichever process; the listeners are told."""
        async with document.reading:
            async with self._database.reading() as connection:
                news = await news_of(connection, document)
            news.reach(document)

    async def is_behind(self, documents: Collection[OpenDocument]) -> list[OpenDocument]:
        """Return which of these others have written to since they were last read."""
        async with self._database.reading() as connection:
            heads = await store.heads(connection, [document.id for document in documents])
        return [one for one in documents if heads.get(one.id, 0) > one.cursor]

    # ── writing ──────────────────────────────────────────────────────────────────────────────
    async def edit(
        self, tx: Transaction, owner_id: OwnerId, name: str, actor: Actor, change: Change
    ) -> None:
        """Change a document within the caller's transaction: kept with it, or not at all."""
        await self._edit(tx, (owner_id, name), actor, change, self.limits.update_bytes_max)

    async def merge(
        self, tx: Transaction, owner_id: OwnerId, name: str, actor: Actor, state: bytes
    ) -> bool:
        """Merge a whole document's state in, as an import brings it: larger than one edit may be.

        Returns whether it said anything new. Invalid for what is no state.
        """
        bytes_max = self.limits.document_bytes_max
        return await self._edit(
            tx, (owner_id, name), actor, lambda doc: apply_update(doc, state), bytes_max
        )

    async def _edit(
        self,
        tx: Transaction,
        named: tuple[OwnerId, str],
        actor: Actor,
        change: Change,
        bytes_max: int,
    ) -> bool:
        """Return whether anything was changed."""
        owner_id, name = named
        row = await store.find(tx.connection, owner_id, name)
        if row is None:
            row = await self._make(tx, owner_id, name)
        # From here on nobody else writes to this document, so that what is read next is its end.
        cursor = await self._events.next_cursor(tx, store.stream_of(row.id))
        row = await store.get(tx.connection, row.id) or row  # it may have waited for a compaction
        changed = _difference(await self._fork(tx, row), change)
        update = NOTHING if changed is None else changed  # its cursor was taken: no gap is left
        if len(update) > bytes_max:
            raise TooLarge("This edit is larger than one may be.")
        await store.append(tx, row, [StoredUpdate(cursor, update)], [label_of(actor)])
        await self._carry_on(tx, row, cursor)
        return update != NOTHING

    async def edit_alone(
        self, actor: Actor, name: str, change: Callable[[Doc[Any], Instant], None]
    ) -> None:
        """Change one of the actor's documents, and nothing else."""
        async with self._database.transaction() as tx:
            await self.edit(tx, actor.owner_id, name, actor, lambda doc: change(doc, tx.at))

    def new_id(self) -> str:
        """Return an identifier for something that is put into a document."""
        return self._ids.new()

    async def append(
        self, owner_id: OwnerId, name: str, updates: Sequence[bytes], actor: Actor
    ) -> int:
        """Log what a device sent, after checking it; return the document's cursor then."""
        document = await self.enter(owner_id, name)
        new: list[bytes] = []
        try:
            for update in updates:
                new += [update] if await self.admit(document, update) else []
        except BaseException:
            document.settle(new, is_committed=False)
            raise
        await self.commit([Submission(document, update, label_of(actor)) for update in new])
        return document.cursor

    async def admit(self, document: OpenDocument, update: bytes) -> bool:
        """Check an update that is to be logged; say whether there is anything new in it."""
        try:
            return document.admit(update, self.limits)
        except DocumentFull:
            # By our count, which grows with every edit; a compaction may have made room.
            async with self._database.reading() as connection:
                document.stored_bytes = await store.stored_bytes(connection, document.id)
            return document.admit(update, self.limits)

    async def commit(self, batch: Sequence[Submission]) -> None:
        """Log admitted updates of many documents in one transaction, then apply them."""
        if not batch:
            return
        # Always in the same order: two processes that hold two heads must not wait for each other.
        ordered = sorted(batch, key=lambda one: one.document.id)
        is_committed = False
        try:
            async with self._database.transaction() as tx:
                for document, submissions in _by_document(ordered):
                    await self._write(tx, document, submissions)
            is_committed = True
        finally:
            for document, submissions in _by_document(ordered):
                updates = [one.update for one in submissions]
                document.settle(updates, is_committed=is_committed)

    # ── upkeep ───────────────────────────────────────────────────────────────────────────────
    async def projection(self, document_id: str) -> Projection:
        """Return what a document says now, for its rows."""
        async with self._database.reading() as connection:
            row = await store.get(connection, document_id)
        if row is None:
            raise Missing("The document is gone.")
        document = await self._find(row.owner_id, row.name)
        if document is None or document.id != document_id:
            raise Missing("The document is gone.")
        notes: tuple[Note, ...] = ()
        if row.kind == notes_schema.KIND:
            found = notes_schema.read_notes(document.doc)
            notes = tuple(replace(note, text=self.cleaned(note.text)) for note in found)
        return Projection(row, document.cursor, notes)

    def cleaned(self, text: str) -> str:
        """Return a note's words as they may be kept."""
        return text if self._clean is None else self._clean(text)

    async def project(self, tx: Transaction, found: Projection) -> int:
        """Make the rows equal to the document; rows that are further already stay."""
        if not await store.claim_projection(tx, found.row.id, found.cursor):
            return 0
        return await projection.write(tx, found)

    async def reproject(self, tx: Transaction, found: Projection) -> int:
        """Make the rows again, whatever cursor they claim to stand for."""
        await store.claim_projection(tx, found.row.id, found.cursor)
        return await projection.write(tx, found)

    async def projected_ids(self) -> list[str]:
        """Return every document that rows are made from."""
        async with self._database.reading() as connection:
            return await store.ids(connection, projection.PROJECTED_KINDS)

    async def snapshot(self, document_id: str) -> tuple[StoredUpdate, list[int]]:
        """Return a document's whole log, applied, and the lines that must outlive it."""
        async with self._database.reading() as connection:
            row = await store.get(connection, document_id)
            if row is None:
                raise Missing("The document is gone.")
            before = await store.snapshot(connection, document_id)
            lines = await store.log(connection, document_id)
        whole, kept = compacted(before, lines)
        cursor = max([row.snapshot_cursor, *(line.cursor for line in lines)])
        return StoredUpdate(cursor, whole), kept

    async def compact(self, tx: Transaction, document_id: str, whole: StoredUpdate,
                      kept: Sequence[int]) -> bool:  # fmt: skip
        """Put a snapshot in the place of the log behind it."""
        return await store.compact(tx, document_id, whole, kept)

    # ── inside ───────────────────────────────────────────────────────────────────────────────
    async def _find(self, owner_id: OwnerId, name: str) -> OpenDocument | None:
        document = self._opened.get((owner_id, name))
        if document is None:
            async with self._loading:
                document = self._opened.get((owner_id, name))
                if document is None:
                    return await self._load_named(owner_id, name)
        self._opened.move_to_end((owner_id, name))
        await self.catch_up(document)
        return document

    async def _load_named(self, owner_id: OwnerId, name: str) -> OpenDocument | None:
        async with self._database.reading() as connection:
            row = await store.find(connection, owner_id, name)
            if row is None:
                return None
            document = await load(connection, row)
        self._opened[(owner_id, name)] = document
        self._close_idle()
        return document

    def _close_idle(self) -> None:
        excess = len(self._opened) - self.limits.kept_open_max
        for key in [key for key, one in self._opened.items() if not one.listeners][:excess]:
            del self._opened[key]

    async def _make(self, tx: Transaction, owner_id: OwnerId, name: str) -> DocumentRow:
        if not name or len(name) > self.limits.name_characters_max or "\x00" in name:
            raise Invalid("A document needs a name of a sensible length.")
        if await store.count(tx.connection, owner_id) >= self.limits.documents_per_owner_max:
            raise TooLarge("There are too many documents.")
        await store.create(
            tx, DocumentRow(self._ids.new(), owner_id, name, kind_of(name), 0, 0)
        )  # fmt: skip
        row = await store.find(tx.connection, owner_id, name)
        if row is None:
            raise Missing("The document is gone.")
        return row

    async def _fork(self, tx: Transaction, row: DocumentRow) -> Doc[Any]:
        """Return a copy at the head of the log, with what this transaction has written itself."""
        known = self._opened.get((row.owner_id, row.name))
        if known is None or row.snapshot_cursor > known.cursor:
            before = await store.snapshot(tx.connection, row.id)
            doc, _ = replay(before, await store.log(tx.connection, row.id))
            return doc
        waiting = [StoredUpdate(0, update) for update in known.pending]
        lines = await store.log(tx.connection, row.id, known.cursor)
        fork, _ = replay(known.doc.get_update(), waiting + lines, writer_id=known.writer_id)
        return fork

    async def _write(
        self, tx: Transaction, document: OpenDocument, submissions: Sequence[Submission]
    ) -> None:
        stream = store.stream_of(document.id)
        cursors = [await self._events.next_cursor(tx, stream) for _ in submissions]
        if cursors[0] != document.cursor + 1:
            news = await news_of(tx.connection, document)
            tx.after_commit(lambda: news.reach(document))
        own = [
            StoredUpdate(cursor, one.update)
            for cursor, one in zip(cursors, submissions, strict=True)
        ]
        await store.append(tx, document.row, own, [one.actor for one in submissions])
        # Before anybody is woken: our own commit is not read from the log again.
        tx.after_commit(lambda: document.apply(own, is_own=True))
        is_heavy = document.stored_bytes > self.limits.document_bytes_max // 2
        document.row = await self._carry_on(tx, document.row, cursors[-1], is_heavy=is_heavy)

    async def _carry_on(
        self, tx: Transaction, row: DocumentRow, cursor: int, *, is_heavy: bool = False
    ) -> DocumentRow:
        """Promise what follows from a change, and wake who looks at the document."""
        if row.kind in projection.PROJECTED_KINDS:
            await self._jobs.add(
                tx,
                NewJob(
                    name="documents.project",
                    payload={"document_id": row.id, "cursor": cursor},
                    key=f"documents.project:{row.id}:{cursor}",
                    owner_id=row.owner_id,
                ),
            )
        if is_heavy or cursor - row.snapshot_cursor >= self.limits.compact_after_updates:
            row = await self._promise_compaction(tx, row, cursor)
        stream = store.stream_of(row.id)
        tx.after_commit(lambda: self._signals.publish(stream, str(cursor)))
        return row

    async def _promise_compaction(
        self, tx: Transaction, row: DocumentRow, cursor: int
    ) -> DocumentRow:
        now = await store.get(tx.connection, row.id) or row  # the caller's may be of long ago
        # One job for each snapshot that there was; should it die, the next era tries again.
        era = cursor // (ERA_COMPACTIONS * self.limits.compact_after_updates)
        await self._jobs.add(
            tx,
            NewJob(
                name="documents.compact",
                payload={"document_id": row.id},
                key=f"documents.compact:{row.id}:{now.snapshot_cursor}:{era}",
                owner_id=row.owner_id,
            ),
        )
        return now


def label_of(actor: Actor) -> str:
    """Return how the log names who made an edit."""
    return f"{actor.kind}:{actor.credential_id or actor.person_id or ''}"


def _difference(doc: Doc[Any], change: Change) -> bytes | None:
    seen: list[bytes] = []

    def collect(event: TransactionEvent) -> None:
        seen.append(event.update)

    doc.observe(collect)
    with doc.transaction():
        change(doc)
    return seen[0] if seen else None


def _by_document(
    ordered: Iterable[Submission],
) -> list[tuple[OpenDocument, list[Submission]]]:
    groups: dict[str, tuple[OpenDocument, list[Submission]]] = {}
    for one in ordered:
        groups.setdefault(one.document.id, (one.document, []))[1].append(one)
    return list(groups.values())
