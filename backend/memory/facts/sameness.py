"""When two values are one, said more or less exactly: "Lisbon" and "Lisbon, Portugal".

Who tells the lesser of the two confirms the other and contradicts nothing. Of two that differ the
newer one takes the place of the older: another dose of the same medicine, another Lisbon.
"""

import re
import unicodedata
from itertools import pairwise

from backend.memory.facts.language import lexicon
from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.numbers import SMALL, TENS
from backend.memory.facts.predicates import KIN, ObjectKind, predicate
from backend.memory.graph.types import folded

TAKES = "takes"
_ARTICLE = re.compile(r"^(?:the|a|an|my|our) (?=\S)")
_ENDS = " \t.,;:!?\"'"
_LETTERS = str.maketrans(
    {"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u0131": "i", "\u00e6": "ae", "\u0153": "oe"}
)
_PART = re.compile(r"\s*,\s*|\s+in\s+")
_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_WITHIN_PLACES = frozenset({"works at", "studies at"})
_BY_WORDS = frozenset({"name", "birthday", "anniversary"}) | KIN
_UNITS = {"milligram": "mg", "milligrams": "mg", "milligrammes": "mg", "gram": "g", "grams": "g"}
_UNITS |= {"microgram": "mcg", "micrograms": "mcg", "millilitre": "ml", "millilitres": "ml"}
_AMOUNT = re.compile(r"(\d+(?:[.]\d+)?)([a-z]*)")
_HOW_OFTEN = word_set("""
    every daily in at before after once twice times with each on when morning evening night nightly
    weekly noon bedtime breakfast lunch dinner
""")
_EMPTY = word_set("of a an the my some tablet tablets pill pills capsule capsules drops")


def object_key(text: str) -> str:
    """Return an object as it is compared.

    Case, spaces, accents of Latin letters, an article and a full stop don't count.
    """
    plain = _plain(folded(text))
    return _ARTICLE.sub("", plain.strip(_ENDS)) or plain


def place_key(name: str, value: str) -> str:
    """Return what a value is compared as, where several can be true beside each other."""
    return medicine_of(value) if name == TAKES else object_key(value)


def is_same(name: str, one: str, other: str) -> bool:
    """Say whether two values of a predicate are one, the one perhaps more exact."""
    first, second = object_key(one), object_key(other)
    if first == second:
        return True
    if name == TAKES:
        return _is_same_dose(first, second)
    if name in _BY_WORDS:
        return _begins(first.split(), second.split())
    if predicate(name).kind is ObjectKind.PLACE or name in _WITHIN_PLACES:
        return _begins(_PART.split(first), _PART.split(second))
    return False


def exactness(name: str, value: str) -> tuple[int, int]:
    """Return how exactly something was said: of two that are the same the greater one is kept."""
    key = object_key(value)
    if name == TAKES:
        dose, often = _dose(key)
        return len(dose), len(often)
    if name in _BY_WORDS:
        return len(key.split()), 0
    is_place = predicate(name).kind is ObjectKind.PLACE or name in _WITHIN_PLACES
    return (len(_PART.split(key)), 0) if is_place else (0, 0)


def medicine_of(value: str) -> str:
    """Return which medicine it is, without how much of it, when and how often."""
    words: list[str] = _WORD.findall(object_key(value))
    for first, second in pairwise(words):
        if f"{first} {second}" in lexicon.MEDICINES:
            return f"{first} {second}"
    for word in words:
        if word in lexicon.MEDICINES or word.endswith(lexicon.MEDICINE_ENDINGS):
            return word
    bare = [word for word in words if not _is_amount(word) and word not in _EMPTY]
    often = next((at for at, word in enumerate(bare) if word in _HOW_OFTEN), len(bare))
    return " ".join(bare[:often]) or object_key(value)


def _is_same_dose(one: str, other: str) -> bool:
    """Say whether neither says anything of the dose or the time that the other contradicts."""
    if medicine_of(one) != medicine_of(other):
        return False
    return all(
        not first or not second or first == second
        for first, second in zip(_dose(one), _dose(other), strict=True)
    )


def _dose(key: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return how much and how often: "500 mg", "twice a day"."""
    named = set(medicine_of(key).split())
    words = [word for word in _WORD.findall(key) if word not in named]
    often = next((at for at, word in enumerate(words) if word in _HOW_OFTEN), len(words))
    if often and often < len(words) and words[often] == "times":
        often -= 1  # "three times a day"
    dose: list[str] = []
    for word in words[:often]:
        parted = _AMOUNT.fullmatch(word)
        parts = [part for part in parted.groups() if part] if parted else [word]
        dose += [_UNITS.get(part, _digits(part)) for part in parts if part not in _EMPTY]
    return tuple(dose), tuple(word for word in words[often:] if word not in _EMPTY)


def _is_amount(word: str) -> bool:
    return (
        word[:1].isdigit()
        or word in SMALL
        or word in TENS
        or word in _UNITS
        or word in _UNITS.values()
        or word == "hundred"
    )


def _digits(word: str) -> str:
    number = SMALL.get(word, TENS.get(word))
    return word if number is None else str(number)


def _begins(one: list[str], other: list[str]) -> bool:
    size = min(len(one), len(other))
    return one[:size] == other[:size]


def _plain(text: str) -> str:
    """Take the accents off Latin letters; in other scripts a mark makes another word."""
    if text.isascii():
        return text
    kept: list[str] = []
    is_latin = False
    for character in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(character):
            is_latin = unicodedata.name(character, "").startswith("LATIN ")
            kept.append(character)
        elif not is_latin:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_LETTERS)
