"""What somebody said that can be believed, and how much it weighs against what others said."""

from dataclasses import dataclass
from enum import IntEnum

from backend.kernel.clock import Instant
from backend.kernel.people import Assurance
from backend.memory.facts.predicates import predicate
from backend.memory.facts.sameness import exactness, is_same, object_key, place_key
from backend.memory.facts.types import Cardinality, FactSource, ReadFact, SaidBy
from backend.memory.graph.types import folded


class Weight(IntEnum):
    """Whose word stands against whose."""

    GUEST = 0  # somebody else on the line, or somebody who only claims to be the owner
    IMPORT = 1  # what the owner said elsewhere
    OWNER = 2


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that somebody said of somebody."""

    id: str
    fact_id: str  # the fact that it stands for; empty while it is new
    message_id: str
    name: str
    qualifier: str
    predicate: str
    object: str
    statement: str
    quote: str
    confidence: float
    is_pinned: bool
    is_ended: bool
    is_explicit: bool
    is_withdrawn: bool
    speaker: str
    said_by: SaidBy
    person_id: str
    assurance: Assurance
    channel: str
    reader: str
    said_at: Instant
    valid_from: Instant | None
    learnt_at: Instant
    conversation_id: str
    second: float | None
    valid_to: Instant | None = None  # of what is so: until when it will be

    @property
    def name_key(self) -> str:
        """Return the subject's name as it is compared."""
        return folded(self.name)

    @property
    def object_key(self) -> str:
        """Return the object as it is compared."""
        return object_key(self.object)

    @property
    def slot(self) -> str:
        """Return what can be true of the subject only once at a time."""
        return slot_of(self.predicate, self.object)

    @property
    def value(self) -> str:
        """Return what the slot is filled with."""
        return f"{self.predicate}\n{self.object_key}"

    @property
    def exactness(self) -> tuple[int, int]:
        """Return how exactly it was said."""
        return exactness(self.predicate, self.object)

    def says(self, other: "Claim") -> bool:
        """Say whether it says the same as another one, more or less exactly."""
        return self.predicate == other.predicate and is_same(
            self.predicate, self.object, other.object
        )

    @property
    def since(self) -> Instant:
        """Return from when on it is true."""
        return self.said_at if self.valid_from is None else self.valid_from

    @property
    def until(self) -> Instant:
        """Return from when on it is over, if it says that it is."""
        over = self.said_at if self.valid_to is None else self.valid_to
        return max(over, self.valid_from) if self.valid_from is not None else over

    @property
    def weight(self) -> Weight:
        """Return how much it counts."""
        return weight_of(self.said_by, self.assurance)

    @property
    def order(self) -> tuple[int, str, str]:
        """Return its place in the order in which things were said."""
        return self.said_at, self.message_id, self.id

    @property
    def said(self) -> tuple[str, str, str, str, bool]:
        """Return what makes two claims of one message the same."""
        return self.name_key, folded(self.qualifier), self.predicate, self.object_key, self.is_ended


def weight_of(said_by: SaidBy, assurance: Assurance) -> Weight:
    """Return how much somebody's word counts: a number that can be forged is a guest's."""
    if said_by is SaidBy.IMPORT:
        return Weight.IMPORT
    is_sure = assurance not in {Assurance.STRANGER, Assurance.CLAIMED}
    return Weight.OWNER if said_by is SaidBy.OWNER and is_sure else Weight.GUEST


def slot_of(name: str, value: str) -> str:
    """Return what can be true only once at a time: a predicate, or a predicate of one object."""
    known = predicate(name)
    if known.cardinality is Cardinality.ONE:
        return name
    both = "|".join(sorted({name, known.opposite} - {""}))
    return f"{both}:{place_key(name, value)}"


def claim_of(read: ReadFact, source: FactSource, *, claim_id: str, learnt_at: Instant) -> Claim:
    """Return what was read from somebody's words as their claim."""
    is_guest = weight_of(source.said_by, source.assurance) is Weight.GUEST
    return Claim(
        id=claim_id,
        fact_id="",
        message_id=source.message_id,
        name=" ".join(read.subject.split()),
        qualifier=" ".join(read.qualifier.split()),
        predicate=read.predicate,
        object=" ".join(read.object.split()),
        statement=read.statement,
        quote=read.quote,
        confidence=min(max(read.confidence, 0.0), 1.0),
        is_pinned=read.is_pinned and not is_guest,
        is_ended=read.is_ended,
        is_explicit=source.is_explicit and not is_guest,
        is_withdrawn=False,
        speaker=source.speaker,
        said_by=source.said_by,
        person_id=source.person_id,
        assurance=source.assurance,
        channel=source.channel,
        reader=source.reader,
        said_at=_said_at(source, learnt_at),
        valid_from=read.valid_from,
        valid_to=read.valid_to,
        learnt_at=learnt_at,
        conversation_id=source.conversation_id,
        second=source.second,
    )


def _said_at(source: FactSource, learnt_at: Instant) -> Instant:
    # What an import dates into the future would never give way to anything that is said.
    return min(source.said_at, learnt_at) if source.said_by is SaidBy.IMPORT else source.said_at
