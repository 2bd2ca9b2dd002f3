"""What is on the companion's mind, and for how long."""

from dataclasses import dataclass
from enum import StrEnum

from backend.kernel.clock import DAY, Instant
from backend.kernel.ids import OwnerId

WINDOW = DAY  # what is older is long-term memory's


class Kind(StrEnum):
    """What an item is."""

    CONTEXT = "context"  # what was said
    TASK = "task"  # a note that is open
    DECISION = "decision"  # what they settled: a fact that is known now, a thing to keep in mind
    OUTCOME = "outcome"  # what came of something: done, delivered, handed over


class Order(StrEnum):
    """In which order items are told."""

    WEIGHT = "weight"  # the weightiest first
    TIME = "time"  # as it happened, the oldest first


@dataclass(frozen=True, slots=True)
class NewItem:
    """Something that comes to mind."""

    owner_id: OwnerId
    kind: Kind
    source_id: str  # the message, note, fact or delivery that it stands for
    text: str
    namespace: str = ""
    conversation_id: str = ""
    at: Instant | None = None  # None: the transaction's moment
    priority: float | None = None  # None: as its kind has it


@dataclass(frozen=True, slots=True)
class Item:
    """Something on the mind, as it weighs at the moment it is read."""

    id: str
    kind: Kind
    source_id: str
    conversation_id: str
    text: str
    at: Instant
    weight: float  # 0 to 1
    uses: int
    stored_bytes: int  # what its text takes, packed


@dataclass(frozen=True, slots=True)
class Kept:
    """An item as its row has it: nothing of it changes by the passing of time."""

    id: str
    kind: Kind
    source_id: str
    conversation_id: str
    packed: bytes
    priority: float
    uses: int
    used_at: Instant
    at: Instant


# ── what happens to what is on the mind, as it is told to whoever keeps a view of it ─────────
@dataclass(frozen=True, slots=True)
class CameUp:
    """Something came to mind."""

    namespace: str
    item: Kept


@dataclass(frozen=True, slots=True)
class WentOff:
    """Things are off the mind."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Used:
    """Something was of use, if it still was as it is told."""

    id: str
    uses_before: int
    priority: float
    used_at: Instant
