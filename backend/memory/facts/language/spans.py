"""Finds digits that are said in a row, written or spelt out."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from backend.memory.facts.language.numbers import DIGITS, SMALL, TENS
from backend.memory.facts.language.words import Word

_BETWEEN = frozenset(
    {",", ".", "-", "\u2013", "\u2014", "um", "uh", "er", "then", "and", "dash", "space", "hyphen"}
)
_GAP_MAX = 3


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text."""

    start: int
    end: int
    value: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class DigitRun:
    """Digits in a row, each as it was said; `first` and `last` are its words."""

    parts: tuple[Span, ...]
    first: int
    last: int
    is_dialled: bool  # "+49 …": a telephone's number

    @property
    def digits(self) -> str:
        """Return them joined."""
        return "".join(part.value for part in self.parts)


def digit_runs(words: Sequence[Word]) -> list[DigitRun]:
    """Return every run of digits in a text."""
    runs: list[DigitRun] = []
    parts: list[Span] = []
    first, last, gap, at = 0, 0, 0, 0
    while at < len(words):
        digits, taken = _digits(words, at, is_inside=bool(parts))
        if digits:
            if not parts:
                first = at
            last = at + taken - 1
            parts.append(Span(words[at].start, words[last].end, digits))
            gap, at = 0, at + taken
            continue
        gap += 1
        if parts and (gap > _GAP_MAX or not _may_stand_between(words[at])):
            runs.append(_run(words, parts, first, last))
            parts = []
        at += 1
    if parts:
        runs.append(_run(words, parts, first, last))
    return runs


def _run(words: Sequence[Word], parts: list[Span], first: int, last: int) -> DigitRun:
    opened = words[first].text.startswith("+") or (first > 0 and words[first - 1].low == "plus")
    return DigitRun(tuple(parts), first, last, opened)


def _may_stand_between(word: Word) -> bool:
    return word.low in _BETWEEN or not word.low.strip(".\n\r")


def _digits(words: Sequence[Word], at: int, *, is_inside: bool) -> tuple[str, int]:
    """Return the digits that a word says, and how many words it takes."""
    low = words[at].low
    if any(character.isdecimal() for character in low):
        plain = "".join(str(unicodedata.decimal(one)) for one in low if one.isdecimal())
        is_number = all(one.isdecimal() or one in "+.,:-" for one in low)
        return (plain, 1) if is_number else ("", 1)
    follows = words[at + 1].low if at + 1 < len(words) else ""
    if low in {"double", "triple"} and follows in DIGITS:
        return DIGITS[follows] * (2 if low == "double" else 3), 2
    if low in TENS:
        ones = SMALL.get(follows, 0)
        return (str(TENS[low] + ones), 2) if 0 < ones < 10 else (str(TENS[low]), 1)
    tens, _, ones_word = low.partition("-")
    if tens in TENS and SMALL.get(ones_word, 0) in range(1, 10):
        return str(TENS[tens] + SMALL[ones_word]), 1
    if low in DIGITS and (is_inside or low not in {"o", "oh"}):
        return DIGITS[low], 1
    return (str(SMALL[low]), 1) if low in SMALL else _spelt(low)


def _spelt(low: str) -> tuple[str, int]:
    """Read digits that were joined by hyphens: "4-1-1-1" is one word, as is "four-one"."""
    parts = low.split("-")
    if len(parts) > 1 and all(part in DIGITS for part in parts):
        return "".join(DIGITS[part] for part in parts), 1
    return "", 1
