"""What memory takes in and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.kernel.clock import Instant
from backend.kernel.ids import MessageId, OwnerId
from backend.kernel.people import Assurance


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Something that was said, on its way into memory."""

    owner_id: OwnerId
    text: str
    speaker: str  # a name, as people say it
    role: str  # "person", "companion" or "import"
    assurance: Assurance  # how sure we were of who said it
    said_at: Instant
    id: MessageId | None = None  # chosen by the caller when the turn needs to know it before
    namespace: str = ""
    conversation_id: str | None = None
    turn_id: str | None = None
    external_id: str | None = None
    caption: str = ""
    session: str = ""
    channel: str = ""
    is_recallable: bool = True  # never the companion's words, never a question
    personality: str = ""  # of the companion's words: who it was when it said them
    is_context: bool = False  # it stays in mind for a day: a question does, a stranger's word never


@dataclass(frozen=True, slots=True)
class NewMemory:
    """What a person asked us to keep in mind, and the message that said so."""

    owner_id: OwnerId
    text: str
    message_id: MessageId
    assurance: Assurance
    valid_from: Instant
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class ImportedTurn:
    """One turn of a conversation that took place elsewhere."""

    id: str
    speaker: str
    text: str
    said_at: Instant
    session: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of turns that were brought in."""

    is_searchable: bool  # by meaning; by their words they are at once
    forgotten_before: int = 0  # left out: they were forgotten here, and stay so
    known_before: int = 0  # kept already, in the same words
    conflicts: tuple[str, ...] = ()  # their ids are known in other words, which stay as they are


@dataclass(frozen=True, slots=True)
class Recollection:
    """Something that was said and bears on what is asked now, with where it is known from."""

    message_id: MessageId
    external_id: str | None
    text: str  # what to cite: the memory's words when there is one, else the message's
    score: float  # 0 to 1, comparable within one search only
    said_at: Instant
    speaker: str
    channel: str
    assurance: Assurance
    memory_id: str | None = None
    said: str = ""  # the whole message, its caption included
    signals: Mapping[str, float] = field(default_factory=dict)  # name → share in the score
    became: str = ""  # corrected denied superseded ended: all that it told; empty: it holds


@dataclass(frozen=True, slots=True)
class Remembered:
    """One line of the memory list, with its source."""

    id: str
    text: str
    learnt_at: Instant
    source: Recollection


@dataclass(frozen=True, slots=True)
class MessageSource:
    """A message as indexing and relating read it."""

    id: MessageId
    owner_id: OwnerId
    namespace: str
    text: str  # with its caption
    speaker: str
    said_at: Instant
    is_recallable: bool
