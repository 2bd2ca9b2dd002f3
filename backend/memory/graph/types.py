"""Concepts and how they are related."""

from dataclasses import dataclass
from enum import StrEnum

from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId


class ConceptKind(StrEnum):
    """What a concept is."""

    PERSON = "person"
    PLACE = "place"
    THING = "thing"
    IDEA = "idea"


@dataclass(frozen=True, slots=True)
class Concept:
    """Somebody or something with a name."""

    kind: ConceptKind
    name: str
    qualifier: str = ""  # which of several with one name

    @property
    def key(self) -> str:
        """Return the name as it is compared: case and spaces do not count."""
        return folded(self.name)


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept that a message speaks of."""

    concept: Concept
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Relation:
    """What a message says about two concepts: subject, predicate, object."""

    subject: Concept
    predicate: str
    object: Concept


@dataclass(frozen=True, slots=True)
class Extracted:
    """All that one message names and relates."""

    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageConcepts:
    """What was extracted from one message, on its way into the graph."""

    message_id: str
    owner_id: OwnerId
    said_at: Instant
    extracted: Extracted


@dataclass(frozen=True, slots=True)
class Edge:
    """What a fact says about two concepts, and how long it was so."""

    owner_id: OwnerId
    subject: Concept
    predicate: str
    object: Concept
    message_id: str  # by which it is known; the fact's own id where no message says so
    valid_from: Instant
    valid_to: Instant | None = None
    is_gone: bool = False  # it was never so


@dataclass(frozen=True, slots=True)
class Step:
    """One relation on a way through the graph, with the message that it is known from."""

    subject: Concept
    predicate: str
    object: Concept
    message_id: str


@dataclass(frozen=True, slots=True)
class Related:
    """A concept within reach of another, with its evidence."""

    concept: Concept
    hops: int
    evidence: tuple[Step, ...]  # the way to it


def folded(name: str) -> str:
    """Return a name as it is compared."""
    return " ".join(name.split()).casefold()
