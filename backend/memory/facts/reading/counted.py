"""Puts right how many of something somebody has, or of what: "two cats. I mean dogs".

A number that was said once stands for what is said instead, and the noun for another number: who
says "I mean dogs" has two of them, and who says "no, three" has three cats.
"""

from collections.abc import Iterator, Sequence

from backend.memory.facts.language import lexicon
from backend.memory.facts.language.kin import FAMILY, PETS, kin_of
from backend.memory.facts.language.numbers import count_of
from backend.memory.facts.language.words import Word, words_of
from backend.memory.facts.types import ReadFact

_HAD = frozenset({"has", "has pet", "owns"})
_NOUN_WORDS_MAX = 3
_ARTICLES = frozenset({"a", "an", "one"})
_EXCUSES = frozenset({"sorry", "obviously", "please"})


def is_counted(fact: ReadFact) -> bool:
    """Say whether it tells how many of something somebody has."""
    return fact.predicate in _HAD and _parted(words_of(fact.object))[0] != ()


def likeliest_first(facts: Sequence[ReadFact], value: Sequence[Word]) -> list[ReadFact]:
    """Return what may be meant: the same thing in another number, else what was said last."""
    noun = _kind(_parted(_bare(value))[1])
    return sorted(
        reversed(facts),
        key=lambda fact: not (is_counted(fact) and noun and noun == _noun_of(fact)),
    )


def instead(old: ReadFact, value: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """Yield what somebody has in place of what they said; nothing where it may be no correction."""
    said = words_of(old.object)
    count, noun = _parted(said)
    new_count, new_noun = _parted(_bare(value))
    if new_count and not new_noun:
        if not {word.low for word in (*count, *new_count)} & _ARTICLES:
            yield (*new_count, *noun)
    elif _is_had(new_noun):
        is_of_one = {word.low for word in count} & _ARTICLES and not new_count
        if new_count or not is_of_one:
            yield (*(new_count or count), *new_noun)


def _bare(value: Sequence[Word]) -> tuple[Word, ...]:
    """Take off what only excuses it, and what it is not: "dogs, not cats, sorry"."""
    cut = next((at for at, word in enumerate(value) if word.low == "not"), len(value))
    bare = list(value[:cut])
    while bare and bare[-1].low in _EXCUSES:
        bare.pop()
    return tuple(bare)


def _parted(words: Sequence[Word]) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Part "two black cats" into its number and the rest."""
    count, at = count_of(words, 0)
    return (tuple(words[:at]), tuple(words[at:])) if count is not None else ((), tuple(words))


def _is_had(noun: Sequence[Word]) -> bool:
    """Say whether words name what is counted so: relatives, pets, things of some worth."""
    if not 0 < len(noun) <= _NOUN_WORDS_MAX:
        return False
    last = noun[-1].low
    return kin_of(last) in FAMILY | PETS or bool({last, _kind(noun)} & lexicon.POSSESSIONS)


def _kind(noun: Sequence[Word]) -> str:
    return noun[-1].low.removesuffix("s") if noun else ""


def _noun_of(fact: ReadFact) -> str:
    return _kind(_parted(words_of(fact.object))[1])
