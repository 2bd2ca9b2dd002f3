"""The nouns of what is believed: a fact as it was read, as it is held, and where it is from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from backend.kernel.clock import Instant
from backend.kernel.ids import MessageId, OwnerId
from backend.kernel.people import Assurance

ONESELF = ""  # the subject of what somebody says of themselves
READ_IN_TURN = "turn"  # the reader of what a turn believes at once; a job may find more in it


class Cardinality(StrEnum):
    """How many values of a predicate can be true at once."""

    ONE = "one"  # a new value takes the place of the old one
    MANY = "many"  # it stands beside it


class SaidBy(StrEnum):
    """Who a fact is known from."""

    OWNER = "owner"  # whose memory it is
    GUEST = "guest"  # somebody else on their line
    COMPANION = "companion"  # its own inference: never of the owner's making
    IMPORT = "import"  # a conversation that took place elsewhere


class Retraction(StrEnum):
    """Why a fact is not held any more."""

    SUPERSEDED = "superseded"  # something newer took its place: it was true once
    CORRECTED = "corrected"  # it was never true
    DENIED = "denied"  # it was never true, and nothing took its place
    ENDED = "ended"  # it was true until then
    MERGED = "merged"  # it said what another fact says
    REFUSED = "refused"  # whoever said it may not change what is held
    WITHDRAWN = "withdrawn"  # what it was known from was taken back


class ChangeKind(StrEnum):
    """What became of a fact."""

    LEARNT = "learnt"
    CONFIRMED = "confirmed"  # said again: one more source
    SUPERSEDED = "superseded"
    CORRECTED = "corrected"
    DENIED = "denied"
    ENDED = "ended"
    PINNED = "pinned"
    UNPINNED = "unpinned"
    MERGED = "merged"
    RENAMED = "renamed"  # who is meant by its subject is known better, or open again
    RESTORED = "restored"  # a change was undone
    REFUSED = "refused"  # somebody may not change this: nothing was changed


@dataclass(frozen=True, slots=True)
class ReadFact:
    """What a reader finds in somebody's words."""

    subject: str  # a name as people say it, or ONESELF
    predicate: str  # of the catalogue
    object: str
    statement: str  # a sentence about the subject in the third person; "They" for ONESELF
    quote: str  # the words of the message that say so, as they stand there
    confidence: float
    is_ended: bool = False  # "I don't eat meat any more": it was true until now
    valid_from: Instant | None = None  # None: since it was said
    valid_to: Instant | None = None  # of what is over; None: until it was said
    is_pinned: bool = False  # by its nature (an allergy, a name), or by "never forget"
    qualifier: str = ""  # which of several with one name: "sister", "from work"


@dataclass(frozen=True, slots=True)
class FactSource:
    """The words that facts were read from, and who said them."""

    owner_id: OwnerId
    message_id: MessageId
    speaker: str
    said_by: SaidBy
    assurance: Assurance
    channel: str
    said_at: Instant
    namespace: str = ""
    person_id: str = ""
    conversation_id: str = ""
    second: float | None = None  # of the conversation's recording, where the words begin
    reader: str = "rules"
    # They asked us to believe it: "remember that", "never forget", "no, it's Lisbon". Only so
    # does what is pinned change.
    is_explicit: bool = False
    may_touch_pins: bool = True  # False: a program's, that operates nothing

    @property
    def actor(self) -> str:
        """Return who changes something, as it is written down: never a name.

        Whose words were brought in, or typed by nobody in particular, is no person's.
        """
        return f"{self.said_by.value}:{self.person_id}" if self.person_id else self.said_by.value


@dataclass(frozen=True, slots=True)
class SourceView:
    """Where a fact is known from, as people are told it."""

    message_id: str
    quote: str
    speaker: str
    channel: str
    assurance: Assurance
    said_at: Instant
    conversation_id: str = ""
    second: float | None = None
    has_recording: bool = False
    is_ended: bool = False  # these words say that it is over
    id: str = ""


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact with its history's ends and its sources."""

    id: str
    subject: str
    predicate: str
    object: str
    statement: str
    confidence: float
    said_by: SaidBy
    assurance: Assurance
    is_pinned: bool
    valid_from: Instant
    valid_to: Instant | None
    learnt_at: Instant
    retracted_at: Instant | None = None
    retracted_as: str = ""
    superseded_by: str = ""
    sources: tuple[SourceView, ...] = ()
    qualifier: str = ""  # which of several with one name
    # What the one who it is about said against it, and may not change.
    disputed: tuple[SourceView, ...] = ()

    def holds_at(self, now: Instant) -> bool:
        """Say whether it is believed: until its day has come, or something was said of it."""
        return self.retracted_at is None and (self.valid_to is None or self.valid_to > now)

    def has_lapsed(self, now: Instant) -> bool:
        """Say whether its day has come, and nothing was said of it since."""
        return self.retracted_at is None and not self.holds_at(now)

    @property
    def knows_since(self) -> bool:
        """Say whether it is known since when it was so: of what only ended it is not."""
        return self.valid_to != self.valid_from or self.retracted_as != Retraction.ENDED

    @property
    def was_never_true(self) -> bool:
        """Say whether it was taken back, rather than over."""
        return self.retracted_as not in {"", Retraction.SUPERSEDED, Retraction.ENDED}


@dataclass(frozen=True, slots=True)
class FactChange:
    """One thing that became of a fact."""

    id: str
    fact_id: str
    kind: ChangeKind
    at: Instant
    actor: str
    details: Mapping[str, str] = field(default_factory=dict)
