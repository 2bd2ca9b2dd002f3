"""Reads what is never to be forgotten and is in no catalogue: "my blood type is B negative".

Only where it was asked for: in plain talk "my day was long" is nothing to hold for good.
"""

from backend.memory.facts.language.kin import kin_of
from backend.memory.facts.language.speech import smoothed
from backend.memory.facts.language.words import Word, sentences_of, words_of
from backend.memory.facts.predicates import CATALOGUE, FAVOURITE, OWN, STANDING
from backend.memory.facts.predicates import told as sentence_of
from backend.memory.facts.reading.clauses import is_real, without_leads
from backend.memory.facts.reading.scene import SURE
from backend.memory.facts.reading.subjects import Known, Person, low, owner_of, said
from backend.memory.facts.types import ONESELF, ReadFact

NOUN_WORDS_MAX = 4
VALUE_WORDS_MAX = 12
WISH_CHARACTERS_MAX = 500
_IS = frozenset({"is", "'s", "are"})


def read_standing(text: str) -> tuple[ReadFact, ...]:
    """Return what a text says of somebody's own things, whatever they are."""
    words = smoothed(words_of(text))
    known = Known(is_lower=not any(word.is_capital and word.low != "i" for word in words))
    found = []
    for sentence in sentences_of(words):
        inner, _ = without_leads(sentence.words)
        read = None if sentence.is_asked or not is_real(inner) else _own_thing(inner, known)
        if read is not None:
            found.append(read)
    return tuple(found)


def standing_wish(content: str) -> ReadFact:
    """Return words that are never to be forgotten as they were said."""
    said_so = " ".join(content.split())[:WISH_CHARACTERS_MAX].strip(" .,;!")
    return _fact(Person(ONESELF), STANDING, said_so, content)


def _own_thing(words: tuple[Word, ...], known: Known) -> ReadFact | None:
    owner = owner_of(words, 0, known)
    if owner is None:
        return None
    person, start = owner
    ends = range(start + 1, min(len(words), start + NOUN_WORDS_MAX + 1))
    at = next((at for at in ends if low(words, at) in _IS), 0)
    end = next((end for end in range(at + 1, len(words)) if words[end].is_mark), len(words))
    value = words[at + 1 : end]
    if not at or not value or len(value) > VALUE_WORDS_MAX or low(value, 0) in {"not", "no"}:
        return None
    noun = " ".join(word.low for word in words[start:at])
    is_known = noun in CATALOGUE or noun.startswith(FAVOURITE) or kin_of(noun.rpartition(" ")[2])
    if is_known or any(word.is_mark for word in words[start:at]):
        return None
    return _fact(person, f"{OWN}{noun}", said(value), said(words[:end]))


def _fact(person: Person, predicate: str, value: str, quote: str) -> ReadFact:
    return ReadFact(
        subject=person.name,
        predicate=predicate,
        object=value,
        statement=sentence_of(person.name, predicate, value),
        quote=quote,
        confidence=SURE,
        is_pinned=True,
        qualifier=person.qualifier,
    )
