"""Concepts and how they are related."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId

ALWAYS = Instant(0)


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

    @property
    def identity(self) -> tuple[str, str]:
        """Return what tells it from others in a walk: two Annas stay two."""
        return (self.key, folded(self.qualifier))

    @property
    def shown(self) -> str:
        """Return the name as a list shows it, and as a question may give it."""
        return f"{self.name} ({self.qualifier})" if self.qualifier else self.name


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

    def renamed(self, now: Mapping[tuple[str, str, str], Concept]) -> "MessageConcepts":
        """Return the same with some concepts, by kind, key and qualifier, as others."""

        def of(concept: Concept) -> Concept:
            return now.get((concept.kind.value, *concept.identity), concept)

        said = self.extracted
        extracted = Extracted(
            mentions=tuple(replace(each, concept=of(each.concept)) for each in said.mentions),
            relations=tuple(
                Relation(of(each.subject), each.predicate, of(each.object))
                for each in said.relations
                if of(each.subject) != of(each.object)  # nobody is their own sister
            ),
        )
        return replace(self, extracted=extracted)


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
    valid_from: Instant = ALWAYS
    valid_to: Instant | None = None


@dataclass(frozen=True, slots=True)
class Weighed:
    """A concept and how much was said of it."""

    concept: Concept
    importance: float


@dataclass(frozen=True, slots=True)
class Related:
    """A concept within reach of another, with its evidence."""

    concept: Concept
    hops: int
    evidence: tuple[Step, ...]  # the way to it
    importance: float = 0.0  # the weight of all that was said of it


def asked(name: str) -> tuple[str, str | None]:
    """Return which name is asked for, and which of several: "Anna (sister)"; None for any."""
    name = " ".join(name.split())
    if name.endswith(")") and " (" in name:
        plain, _, qualifier = name[:-1].rpartition(" (")
        return folded(plain), folded(qualifier)
    return folded(name), None


def folded(name: str) -> str:
    """Return a name as it is compared."""
    return " ".join(name.split()).casefold()
