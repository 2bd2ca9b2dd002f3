"""What a shared document is made of: its place in the log, and its limits."""

from dataclasses import dataclass

from backend.kernel.ids import OwnerId


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """How large documents may grow."""

    name_characters_max: int = 512
    documents_per_owner_max: int = 10_000
    update_bytes_max: int = 16 << 20
    document_bytes_max: int = 64 << 20  # of its snapshot and the log since
    pending_updates_max: int = 1_000  # that wait for edits nobody has sent yet
    compact_after_updates: int = 200
    kept_open_max: int = 256  # documents kept in memory that nobody has open


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as the database has it, without its updates."""

    id: str
    owner_id: OwnerId
    name: str
    kind: str
    snapshot_cursor: int
    projected_cursor: int


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """One line of a document's log."""

    cursor: int
    update: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """One note of the document `notes`."""

    id: str  # its key in the document
    text: str
    is_done: bool
    created_at: int  # microseconds, as every instant of ours
