"""Finds whom a clause is about: oneself, a name, a relative, or who "she" is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from backend.memory.facts.language import lexicon
from backend.memory.facts.language.kin import PLURALS, kin_of
from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.words import Word
from backend.memory.facts.types import ONESELF

_ADJECTIVES = word_set("""
    best new older younger little big late elder eldest oldest youngest dear good old other
    first second third twin half close close-knit ex current former favourite family only own
    great former next-door
""")
_WOMEN = word_set("""
    mother sister daughter wife girlfriend aunt niece grandmother granddaughter stepmother
    stepsister stepdaughter godmother landlady sister-in-law mother-in-law daughter-in-law
    ex-wife fiancee
""")
_MEN = word_set("""
    father brother son husband boyfriend uncle nephew grandfather grandson stepfather
    stepbrother stepson godfather landlord brother-in-law father-in-law son-in-law ex-husband
    fiance
""")
_JOINTS = frozenset({"and", "but", "or", "because", "so", "who", "from", "then", "which"})
QUALIFIERS = word_set("""
    work school church university college uni accounting marketing upstairs downstairs yoga
    choir football tennis next the our my kindergarten
""")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom facts are about."""

    name: str  # ONESELF, a name, or a relation without one: "sister"
    qualifier: str = ""
    kin: str = ""

    @property
    def is_several(self) -> bool:
        """Say whether their verb is a plural's: "my parents live …"."""
        return self.name in PLURALS

    @property
    def is_self(self) -> bool:
        """Say whether it is who speaks."""
        return self.name == ONESELF


@dataclass(frozen=True, slots=True)
class Relative:
    """That somebody has a relative, friend or pet of a name."""

    owner: Person
    kin: str
    name: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a clause is about, where its verb is to be looked for, and what the naming tells."""

    person: Person
    end: int
    relatives: tuple[Relative, ...] = ()


@dataclass(slots=True)
class Known:
    """Who has been named so far in one text."""

    is_lower: bool  # nothing carries a capital: as telephones and hasty people write
    people: list[Person] = field(default_factory=list)
    earlier: list[Person] = field(default_factory=list)  # whom they spoke of just before this text

    def meet(self, person: Person) -> None:
        """Take note of somebody, so that "she" can be understood."""
        if not person.is_self and person not in self.people:
            self.people.append(person)

    def by_pronoun(self, pronoun: str) -> Person | None:
        """Return who "she" is: the only one it can be."""
        other = _MEN if pronoun in {"she", "her"} else _WOMEN
        for people in (self.people, self.earlier):
            possible = [person for person in people if person.kin not in other]
            if possible:
                return possible[0] if len(possible) == 1 else None
        return None


ONE = Person(ONESELF)


def low(words: Sequence[Word], at: int) -> str:
    """Return a word in lower case; empty beyond the end."""
    return words[at].low if 0 <= at < len(words) else ""


def said(words: Sequence[Word]) -> str:
    """Return words as they were said, with one blank where there was any gap."""
    parts: list[str] = []
    for index, word in enumerate(words):
        if index and words[index - 1].end != word.start and word.text not in ",;:.":
            parts.append(" ")
        parts.append(word.text)
    return "".join(parts)


def named(words: Sequence[Word]) -> str:
    """Return a name with its capitals, however it was written."""
    text = said(words)
    if text != text.lower():
        return text
    return " ".join(part[:1].upper() + part[1:] for part in text.split(" "))


def name_end(words: Sequence[Word], at: int, known: Known, *, is_told: bool = False) -> int:
    """Return where a name ends that begins here, or `at` when none does.

    `is_told`: the words before say that a name follows ("is called"), so that any word may be one.
    """
    start = at + 1 if low(words, at) in lexicon.TITLES and at + 1 < len(words) else at
    has_title = start > at
    if start >= len(words) or not _may_be_name(words[start]):
        return at
    first = words[start]
    if first.is_capital or known.is_lower:
        is_known = first.low in lexicon.FIRST_NAMES or any(
            first.low == person.name.lower() for person in known.people
        )
        is_safe = is_known or is_told or has_title
        is_safe = is_safe or (first.is_capital and (at > 0 or _does_as_people_do(words)))
        if is_safe:
            end = start + 1
            while end < min(start + 3, len(words)) and _is_surname(words, end, known):
                end += 1
            return _told_end(words, start, end, known) if is_told else end
    return at


def subject_of(words: Sequence[Word], known: Known) -> Subject | None:
    """Return whom a clause is about; None when that is nobody we could name."""
    first = low(words, 0)
    if first in {"i", "we"}:
        return Subject(ONE, 1) if low(words, 1) not in {"all", "two", "both"} else None
    if first in {"this", "she", "he", "that"} and low(words, 1) in {"is", "'s"}:
        told = _relative(words, 2, known)
        if told is not None and told.relatives:
            return told
    if first in {"she", "he"}:
        person = known.by_pronoun(first)
        return Subject(person, 1) if person is not None else None
    return _relative(words, 0, known) or _by_name(words, known)


def owner_of(words: Sequence[Word], at: int, known: Known) -> tuple[Person, int] | None:
    """Read whose something is: "my", "her", "Anna's", "my sister's", "my sister Anna's"."""
    if low(words, at) in {"my", "our"}:
        relative = _relative(words, at, known)
        if (
            relative is not None
            and low(words, relative.end) == "'s"
            and _is_noun_next(words, relative.end)
        ):
            return relative.person, relative.end + 1
    return _plain_owner(words, at, known)


def _is_noun_next(words: Sequence[Word], at: int) -> bool:
    follows = low(words, at + 1)
    return follows in {
        "name", "birthday", "number", "phone", "mobile", "email", "e-mail", "mail", "address",
        "favourite", "favorite", "anniversary", "new", "telephone",
    } or bool(kin_of(follows))  # fmt: skip


def _relative(words: Sequence[Word], at: int, known: Known) -> Subject | None:
    """Read "my (best) friend Tom", "Anna's husband", "my sister"."""
    owner = _plain_owner(words, at, known)
    if owner is None:
        return None
    person, end = owner
    while low(words, end) in _ADJECTIVES:
        end += 1
    if low(words, end) in PLURALS:
        return Subject(Person(low(words, end), low(words, end)), end + 1)
    kin = kin_of(low(words, end))
    if not kin or (low(words, end).endswith("s") and kin != low(words, end) and kin != "boss"):
        return None
    end += 1
    comma = low(words, end) == ","
    name = name_end(words, end + comma, known)
    if name == end + comma:
        return Subject(Person(kin, kin, kin), end)
    if comma and low(words, name) == "and":
        return Subject(Person(kin, kin, kin), end)  # "my wife, Tom and I": he is somebody else
    called = named(words[end + comma : name])
    name += comma and low(words, name) == ","
    if low(words, name) == "from" and low(words, name + 1) in QUALIFIERS:
        name += 3 if low(words, name + 1) in {"the", "our", "my", "next"} else 2
    return Subject(Person(called, kin, kin), name, (Relative(person, kin, called),))


def _plain_owner(words: Sequence[Word], at: int, known: Known) -> tuple[Person, int] | None:
    """Read "my", "her", "Anna's"."""
    first = low(words, at)
    if first in {"my", "our"}:
        return ONE, at + 1
    if first in {"his", "her"}:
        person = known.by_pronoun("she" if first == "her" else "he")
        return (person, at + 1) if person is not None else None
    end = name_end(words, at, known)
    if end > at and low(words, end) == "'s":
        return Person(named(words[at:end])), end + 1
    return None


def _by_name(words: Sequence[Word], known: Known) -> Subject | None:
    """Read "Anna", "Anna Schmidt", "Anna from work", "Anna, my sister,"."""
    end = name_end(words, 0, known)
    if end == 0:
        return None
    name = named(words[:end])
    if low(words, end) == "from":
        stop = end + (3 if low(words, end + 1) in {"the", "my", "our", "next"} else 2)
        if stop < len(words):
            return Subject(Person(name, said(words[end:stop]).lower()), stop)
    if low(words, end) == "," and low(words, end + 1) in {"my", "our"}:
        kin = kin_of(low(words, end + 2))
        if kin:
            stop = end + 3 + (low(words, end + 3) == ",")
            return Subject(Person(name, kin, kin), stop, (Relative(ONE, kin, name),))
    met = next((person for person in known.people if person.name == name), Person(name))
    return Subject(met, end)


def _does_as_people_do(words: Sequence[Word]) -> bool:
    """Say whether a sentence's first word does what only people do: "Bobby lives in Vienna"."""
    is_one = words[0].low not in _NOBODY and not kin_of(words[0].low)
    return is_one and len(words) > 3 and (low(words, 1), low(words, 2)) in _AS_PEOPLE_DO


_AS_PEOPLE_DO = frozenset(
    {("lives", "in"), ("lived", "in"), ("works", "at"), ("works", "as"), ("is", "allergic")}
)
_NOBODY = word_set("""
    nobody somebody everybody anybody noone someone everyone anyone everything nothing something
    anything it this that who whoever what which nature life half most each none
""")


def _may_be_name(word: Word) -> bool:
    return (
        not word.is_mark
        and word.low not in lexicon.NOT_NAMES
        and len(word.low) > 1
        and word.text[0].isalpha()
        and not any(character.isdigit() for character in word.text)
    )


def _is_surname(words: Sequence[Word], at: int, known: Known) -> bool:
    return (
        at < len(words) and words[at].is_capital and not known.is_lower and _may_be_name(words[at])
    )


def _told_end(words: Sequence[Word], start: int, end: int, known: Known) -> int:
    """In lower case a name is told whole, or it is none: "martin keller", not "hard to spell"."""
    if known.is_lower:
        is_first = words[start].low in lexicon.FIRST_NAMES
        if is_first and end < len(words) and _may_be_name(words[end]) and _is_over(words, end + 1):
            return end + 1
        return end if is_first or _is_over(words, end) else start
    return end


def _is_over(words: Sequence[Word], at: int) -> bool:
    return at >= len(words) or words[at].is_mark or words[at].low in _JOINTS
