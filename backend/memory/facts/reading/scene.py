"""What the rules are given of a clause, and what they return of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from backend.memory.facts.language.ends import end_of
from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.stretches import Stretch, stretch_of
from backend.memory.facts.language.times import Now, Said, past_of
from backend.memory.facts.language.words import Word
from backend.memory.facts.reading.subjects import Known, Person
from backend.memory.facts.reading.verbs import Verb

SURE, LIKELY = 0.95, 0.85
_SOMETIMES = word_set("""
    after before at on during when while unless until till with without between except late early
    past alone usually often together tonight today tomorrow outside beyond if
""")


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
    until: date | None = None


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
        times = self._time, self.stretch, self._end
        starts = [each.start for each in times if each is not None]
        return rest[: min(starts)] if starts else rest

    @property
    def was_so(self) -> bool:
        """Say whether it is told as having been so: "lived", "used to live"."""
        return self.verb.is_over or self.verb.tense == "past"

    @property
    def until(self) -> date | None:
        """Return until when it will be so, if that was said of what is so now."""
        return self._end.day if self._end is not None else None

    @property
    def is_only_sometimes(self) -> bool:
        """Say whether it is told of some hours, days or places alone: "after four", "at night"."""
        rest = [word.low for word in self.words[self.end :]]
        if self.until is not None:  # "until February" is no hour: it holds till then
            return False
        return any(
            word in _SOMETIMES and rest[at + 1 : at + 2] not in (["all"], ["moment"])
            for at, word in enumerate(rest)
        )

    @cached_property
    def _end(self) -> Said | None:
        is_now = not self.was_so and self.verb.tense in {"base", "ing"}
        return end_of(self.words[self.end :], self.now) if is_now else None

    @cached_property
    def stretch(self) -> Stretch | None:
        """Return from when until when it was so, if that was said of something over."""
        return stretch_of(self.words[self.end :], self.now) if self.was_so else None

    @cached_property
    def _time(self) -> Said | None:
        return past_of(self.words[self.end :], self.now)

    def draft(self, predicate: str, value: str, *, is_pinned: bool = False) -> Draft:
        """Return a fact of this clause's subject, with its time and whether it is over."""
        if self.verb.is_over:
            return self.past(predicate, value, is_pinned=is_pinned)
        return Draft(self.person, predicate, value, False, self.since, is_pinned, until=self.until)

    def past(self, predicate: str, value: str, *, is_pinned: bool = False) -> Draft:
        """Return a fact of this clause's subject that is over, from when until when it was so."""
        since = self.stretch.since if self.stretch is not None else None
        until = self.stretch.until if self.stretch is not None else None
        return Draft(self.person, predicate, value, True, since, is_pinned=is_pinned, until=until)
