"""Takes out of words what only speech has: "uh", "my my", "the fifth, no sorry, the sixth".

Nothing is added: words are left out, or said together that belong together, so that a quote still
is the stretch of the text from the first of them to the last.
"""

from collections.abc import Iterator, Sequence

from backend.memory.facts.language.kin import kin_of
from backend.memory.facts.language.numbers import DIGITS
from backend.memory.facts.language.words import Word

_HESITATIONS = frozenset({"um", "uh", "er", "erm", "hm", "hmm", "mm", "ehm", "uhm"})
_SUBJECTS = frozenset({"i", "she", "he", "we", "they", "you", "it", "my", "our", "his", "her"})
_TWICE_ON_PURPOSE = frozenset({"that", "had", "no", "very", "really", "so", "bye", "knock"})
_REPAIRS = (
    ("i", "mean"),
    ("no", "sorry"),
    ("no", "wait"),
    ("no", "i", "mean"),
    ("sorry", "no"),
    ("wait", "no"),
    ("or", "rather"),
)
_ANNOUNCES = frozenset({"sorry", "actually", "wait", "no", "well", "oh"})
_REPAIR_STARTS = frozenset(repair[0] for repair in _REPAIRS)
_REPAIR_WORDS_MAX = 4  # who says more has begun anew


def smoothed(words: Sequence[Word]) -> list[Word]:
    """Return the words as they would have been written; what can't be mended stays."""
    return _repaired(_unrepeated(list(_joined(_unhesitating(words)))))


def _unhesitating(words: Sequence[Word]) -> list[Word]:
    """Leave hesitations out but before who a clause is about: there they part two clauses."""
    return [
        word
        for at, word in enumerate(words)
        if word.low not in _HESITATIONS or _low(words, at + 1) in _SUBJECTS
    ]


def _joined(words: Sequence[Word]) -> Iterator[Word]:
    """Say together "brother in law" and "ex husband"; read "my sister her name is" as "'s"."""
    at = 0
    while at < len(words):
        word = words[at]
        compound = _compound(words, at)
        if compound is not None:
            yield compound
            at += 3 if compound.low.endswith("-law") else 2
            continue
        is_hers = word.low in {"her", "his"} and _low(words, at + 1) in {"name", "birthday"}
        before = words[at - 1] if at else word
        if is_hers and at > 1 and kin_of(before.low) and words[at - 2].low in {"my", "our"}:
            word = Word(word.text, "'s", word.start, word.end)
        yield word
        at += 1


def _compound(words: Sequence[Word], at: int) -> Word | None:
    first, following = words[at], _low(words, at + 1)
    is_in_law = following == "in" and _low(words, at + 2) == "law"
    if not is_in_law and first.low != "ex":
        return None
    last = at + 2 if is_in_law else at + 1
    low = f"{first.low}-in-law" if is_in_law else f"ex-{following}"
    return Word(low, low, first.start, words[last].end) if kin_of(low) else None


def _unrepeated(words: Sequence[Word]) -> list[Word]:
    """Leave out what is only said twice: "I I live", "I'm I'm allergic", "love love love"."""
    kept: list[Word] = []
    for word in words:
        lows = [each.low for each in kept[-3:]]
        if kept and word.low == lows[-1] and not word.is_mark and not _may_repeat(word):
            continue
        if len(lows) == 3 and lows[0] == lows[2] and lows[1] == word.low and lows[0] in _SUBJECTS:
            kept.pop()
            continue
        kept.append(word)
    return kept


def _may_repeat(word: Word) -> bool:
    """Say whether it is said twice on purpose: "no no", "really really", the digits of a number."""
    return word.low in _TWICE_ON_PURPOSE or word.low in DIGITS or word.low[0].isdigit()


def _repaired(words: list[Word]) -> list[Word]:
    """Put what somebody has put right themselves in the place of what they said first."""
    at = 1
    while at < len(words):
        length = _repair_at(words, at) if words[at].low in _REPAIR_STARTS else 0
        if not length:
            at += 1
            continue
        end = _piece_end(words, at + length)
        again = words[at + length : end]
        first = _replaced(words[:at], again)
        if first is None:
            at += length
            continue
        words = [*words[:first], *again, *words[end:]]
        at = first + len(again)
    return words


def _repair_at(words: Sequence[Word], at: int) -> int:
    """Return how many words a repair takes that begins here, its comma included."""
    for repair in _REPAIRS:
        if tuple(word.low for word in words[at : at + len(repair)]) == repair:
            return len(repair) + (_low(words, at + len(repair)) == ",")
    return 0


def _piece_end(words: Sequence[Word], start: int) -> int:
    end = start
    while end < len(words) and not words[end].is_mark and words[end].low not in {"and", "but"}:
        end += 1
    return end


def _replaced(before: Sequence[Word], again: Sequence[Word]) -> int | None:
    """Return where the words begin that are said anew; None when that can't be told."""
    end = len(before) - (before[-1].low == ",")
    if not again or len(again) > _REPAIR_WORDS_MAX or again[0].low in _SUBJECTS:
        return None
    for at in range(end - 1, max(0, end - _REPAIR_WORDS_MAX) - 1, -1):
        if before[at].low == again[0].low:
            return at
    first = end - len(again)
    if any(word.low in _ANNOUNCES for word in before[max(first, 0) : end]):
        return None  # "Sorry, I mean Marta" is of the sentence before
    is_alike = first > 0 and all(word.is_capital for word in before[first:end]) == all(
        word.is_capital for word in again
    )
    return first if is_alike and not any(word.is_mark for word in before[first:end]) else None


def _low(words: Sequence[Word], at: int) -> str:
    return words[at].low if 0 <= at < len(words) else ""
