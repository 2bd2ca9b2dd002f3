"""A document in this process: the committed state, and how far into the log it reaches."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pycrdt import Doc, TransactionEvent

from backend.documents.types import DocumentLimits, DocumentRow, StoredUpdate
from backend.documents.updates import NOTHING, apply_update, is_integrated
from backend.kernel.errors import Busy, Invalid, TooLarge
from backend.platform.telemetry.logs import get_logger

Listener = Callable[[bytes], None]

_log = get_logger("documents")


class DocumentFull(TooLarge):
    """This document is full."""


class OpenDocument:
    """One loaded document. Only what is committed is ever in `doc`.

    What devices send is tried first on `_trial`, which runs ahead by the updates that are on their
    way into the log: an update that would break the document is found before it is kept.
    """

    def __init__(self, row: DocumentRow, snapshot: bytes | None, log: Sequence[StoredUpdate]):
        self.row = row
        self.doc, self._skipped = replay(snapshot, log)
        self.cursor = max([row.snapshot_cursor, *(line.cursor for line in log)])
        self.stored_bytes = len(snapshot or b"") + sum(len(line.update) for line in log)
        self.listeners: set[Listener] = set()
        self.reading = asyncio.Lock()  # one reader of the log at a time
        self.pending: list[bytes] = []
        self._unsettled: list[bytes] = []
        self._trial: Doc[Any] | None = None
        self._trial_changed = False
        self._note_pending(line.update for line in log if line.cursor not in self._skipped)

    @property
    def id(self) -> str:
        """Return the document's identifier."""
        return self.row.id

    @property
    def state(self) -> bytes:
        """Return the state vector of what is committed."""
        return self.doc.get_state()

    @property
    def writer_id(self) -> int:
        """Return the CRDT client that our own edits are made by: a fresh one for every load.

        A client that is used again after the log was set back would diverge silently for good.
        """
        return self.doc.client_id

    def missing(self, state: bytes) -> bytes:
        """Return the committed edits that a peer with this state does not have."""
        try:
            return self.doc.get_update(state)
        except (ValueError, RuntimeError) as refusal:
            raise Invalid("This is no state vector.") from refusal

    # ── before the commit ────────────────────────────────────────────────────────────────────
    def admit(self, update: bytes, limits: DocumentLimits) -> bool:
        """Check an update before it is logged; say whether there is anything new in it."""
        if len(update) > limits.update_bytes_max:
            raise TooLarge("This edit is larger than one may be.")
        coming = sum(map(len, self._unsettled))
        if self.stored_bytes + coming + len(update) > limits.document_bytes_max:
            raise DocumentFull
        if self._trial is None:
            self._trial = self._fork_ahead()
        self._trial_changed = False
        try:
            apply_update(self._trial, update)
        except Invalid:
            self._trial = None
            raise
        if not self._trial_changed and not self._unsettled:
            if update in self.pending or is_integrated(update, self.state):
                return False
            if len(self.pending) >= limits.pending_updates_max:
                raise Busy("Too many edits wait for others that never came.")
        self._unsettled.append(update)
        return True

    def settle(self, updates: Iterable[bytes], *, is_committed: bool) -> None:
        """Forget what was on its way: it is in the log now, or will never be."""
        for update in updates:
            self._unsettled.remove(update)
        if not is_committed:
            self._trial = None

    def rest(self) -> None:
        """Give back the memory that only writing needs."""
        if not self._unsettled:
            self._trial = None

    # ── after it ─────────────────────────────────────────────────────────────────────────────
    def apply(self, log: Sequence[StoredUpdate], *, is_own: bool = False) -> None:
        """Take committed updates, in the order of the log, and tell the listeners."""
        fresh = [line for line in log if line.cursor > self.cursor]
        if not fresh:
            return
        change = self._integrate(fresh)
        self.cursor = fresh[-1].cursor
        self.stored_bytes += sum(len(line.update) for line in fresh)
        self._note_pending(line.update for line in fresh)
        if not is_own:
            self._trial = None
        self._tell(change)

    def take_over(self, other: "OpenDocument") -> None:
        """Become another load of the same document, and tell the listeners what is new in it."""
        change = other.doc.get_update(self.state)
        self.row, self.doc, self.cursor = other.row, other.doc, other.cursor
        self.stored_bytes, self.pending = other.stored_bytes, other.pending
        self._trial = None
        self._tell(change)

    def _integrate(self, fresh: Sequence[StoredUpdate]) -> bytes:
        changes: list[bytes] = []
        subscription = self.doc.observe(_collect(changes))
        before, known = self.state, self.doc
        try:
            with known.transaction():
                for line in fresh:
                    apply_update(known, line.update)
        except Invalid:
            # Tried before it was logged, so hardly possible: another version wrote it. The
            # others' edits must go on, so the document is built again without it.
            whole = StoredUpdate(0, known.get_update())
            self.doc, skipped = replay(None, [whole, *fresh])
            _log.error("document_updates_skipped", document=self.id, cursors=sorted(skipped))
            return self.doc.get_update(before)
        finally:
            known.unobserve(subscription)
        return changes[0] if changes else NOTHING

    def _tell(self, change: bytes) -> None:
        if change != NOTHING:
            for listener in tuple(self.listeners):
                listener(change)

    def _note_pending(self, updates: Iterable[bytes]) -> None:
        state = self.state
        candidates = [*self.pending, *updates]
        self.pending = [update for update in candidates if not is_integrated(update, state)]

    def _fork_ahead(self) -> Doc[Any]:
        trial: Doc[Any] = Doc()
        for update in (self.doc.get_update(), *self.pending, *self._unsettled):
            apply_update(trial, update)
        trial.observe(self._trial_moved)
        return trial

    def _trial_moved(self, event: TransactionEvent) -> None:
        self._trial_changed = True


def replay(
    snapshot: bytes | None, log: Sequence[StoredUpdate], *, writer_id: int | None = None
) -> tuple[Doc[Any], frozenset[int]]:
    """Build a document by applying its log; return it and the cursors of what did not apply."""
    skipped: set[int] = set()
    while True:
        doc: Doc[Any] = Doc(client_id=writer_id)  # none given: a fresh one
        failed = _apply_all(doc, snapshot, [line for line in log if line.cursor not in skipped])
        if failed is None:
            return doc, frozenset(skipped)
        skipped.add(failed)


def compacted(snapshot: bytes | None, log: Sequence[StoredUpdate]) -> tuple[bytes, list[int]]:
    """Return a log as one snapshot, and the cursors of the lines that must outlive it.

    What waits for edits that nobody has sent yet is in no snapshot: its lines are kept.
    """
    doc, skipped = replay(snapshot, log)
    state = doc.get_state()
    kept = [
        line.cursor
        for line in log
        if line.cursor not in skipped and not is_integrated(line.update, state)
    ]
    return doc.get_update(), kept


def _apply_all(doc: Doc[Any], snapshot: bytes | None, log: Sequence[StoredUpdate]) -> int | None:
    # In one transaction: a hundred thousand updates take a tenth of a second so, and a minute
    # when they are merged.
    cursor = 0
    try:
        with doc.transaction():
            if snapshot:
                apply_update(doc, snapshot)
            for line in log:
                cursor = line.cursor
                apply_update(doc, line.update)
    except Invalid:
        return cursor
    return None


def _collect(changes: list[bytes]) -> Callable[[TransactionEvent], None]:
    def collect(event: TransactionEvent) -> None:
        changes.append(event.update)

    return collect
