"""What the rules are given of a clause, and what they return of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from backend.memory.facts.language.times import Now, Said, past_of
from backend.memory.facts.language.words import Word
from backend.memory.facts.reading.subjects import Known, Person
from backend.memory.facts.reading.verbs import Verb

SURE, LIKELY = 0.95, 0.85


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact before it has a sentence and a source."""

    person: Person
    predicate: str
    object: str
    is_ended: bool = False
    since: date | None = None
    is_pinned: bool = False
    confidence: float = SURE


@dataclass(frozen=True)
class Scene:
    """One clause whose subject and verb are known."""

    words: Sequence[Word]
    person: Person
    verb: Verb
    now: Now
    known: Known

    @property
    def end(self) -> int:
        """Return where the words behind the verb begin."""
        return self.verb.end

    @property
    def is_so(self) -> bool:
        """Say whether it is told as being so now."""
        return not self.verb.is_denied and not self.verb.is_over

    @property
    def since(self) -> date | None:
        """Return since when, if it was said."""
        return self._time.day if self._time is not None else None

    def before_time(self) -> Sequence[Word]:
        """Return the words behind the verb up to those that tell when."""
        rest = self.words[self.end :]
        return rest[: self._time.start] if self._time is not None else rest

    @cached_property
    def _time(self) -> Said | None:
        return past_of(self.words[self.end :], self.now)

    def draft(self, predicate: str, value: str, *, is_pinned: bool = False) -> Draft:
        """Return a fact of this clause's subject, with its time and whether it is over."""
        is_over = self.verb.is_over
        since = None if is_over else self.since
        return Draft(self.person, predicate, value, is_over, since, is_pinned)
