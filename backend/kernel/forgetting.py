"""The words of forgetting: what somebody wants gone, and what must go with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId


class Kind(StrEnum):
    """What can be forgotten: the name of a row or an object, never its words."""

    CONVERSATION = "conversation"
    TURN = "turn"
    MESSAGE = "message"
    ELSEWHERE = "elsewhere"  # the keyed hash of the id that a message has where it came from
    MEMORY = "memory"
    FACT = "fact"
    CONCEPT = "concept"
    NOTE = "note"
    DOCUMENT = "document"
    DELIVERY = "delivery"
    OBJECT = "object"  # a recording: its key in the store
    IMPORT = "import"  # a file that is on its way in
    VAULTED = "vaulted"
    SHORT_TERM = "short_term"
    USER = "user"


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One thing that is to go."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class OneThing:
    """A turn, a fact, a conversation, a note: by its id."""

    target: Target


@dataclass(frozen=True, slots=True)
class Things:
    """Several facts, messages and turns at once, each by its id."""

    targets: frozenset[Target]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was spoken of: their concept, or the name as people say it."""

    name: str
    concept_id: str = ""
    which: str | None = None  # of several with that name, folded; "": of whom nobody can say which
    others: frozenset[str] = frozenset()  # which others bear it


@dataclass(frozen=True, slots=True)
class Period:
    """Everything that was said from one moment until before another."""

    since: Instant
    until: Instant


@dataclass(frozen=True, slots=True)
class Everything:
    """All of one user; their account stays, empty."""


What = OneThing | Things | Person | Period | Everything


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose, and what of it."""

    owner_id: OwnerId
    what: What


@dataclass(frozen=True, slots=True)
class Closure:
    """All that falls with what is to go, by kind: what a dry run shows."""

    scope: Scope
    targets: frozenset[Target]

    def counts(self) -> Mapping[str, int]:
        """Return how many of each kind."""
        counted: dict[str, int] = {}
        for target in self.targets:
            counted[target.kind.value] = counted.get(target.kind.value, 0) + 1
        return dict(sorted(counted.items()))


def ids_of(targets: Iterable[Target], *kinds: Kind) -> list[str]:
    """Return the ids of some kinds of things, each once and in order."""
    return sorted({target.id for target in targets if target.kind in kinds})


def things(kind: Kind, ids: Iterable[str | None]) -> frozenset[Target]:
    """Return these ids as things that are to go; what has none is passed over."""
    return frozenset(Target(kind, each) for each in ids if each)
