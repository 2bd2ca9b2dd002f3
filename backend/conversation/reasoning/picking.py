"""Finds which notes somebody means: "the first one", "the milk", "all of them"."""

import re
from collections.abc import Sequence

from backend.conversation.reasoning.wording import NUMBERS, ORDINALS
from backend.memory.recall.words import content_words

COVERED_MIN = 0.6  # share of the words that must be in the note

_FRAME = re.compile(
    r"^(?:please )?(?:(?:the|my|that|this) )?(?:(?:notes?|item|entry|one|task)\b ?)?"
    r"(?:(?:about|saying|that says|called|with|to) )?"
)
_ALL = re.compile(
    r"(?:all|everything|both|all of (?:them|it|my notes)|all(?: of)?(?: the| my)? (?:notes?|items?)"
    r"|every note|(?:my|the)(?: \w+)? (?:notes|list)|my whole list|them)"
)
_THIS = re.compile(r"(?:it|that|this|(?:the|that|this|my) (?:note|one|item))")
_PLACE = re.compile(
    r"(?:the |my )?(?:(?P<ordinal>[a-z]+) (?:note|one|item|entry|task)"
    r"|(?:note |item |number )+(?P<number>\d{1,3}|[a-z]+))"
)
_LAST = frozenset({"last", "latest", "newest"})


def picked(phrase: str, notes: Sequence[str]) -> list[int]:
    """Return the places of the notes that are meant; none when it isn't clear."""
    phrase = phrase.lower().strip(" .,;:!?\"'")
    if _ALL.fullmatch(phrase):
        return list(range(len(notes)))
    if _THIS.fullmatch(phrase):
        return [0] if len(notes) == 1 else []
    place = _place(phrase)
    if place is not None:
        return [place % len(notes)] if -len(notes) <= place < len(notes) else []
    return _by_words(phrase, notes)


def _place(phrase: str) -> int | None:
    match = _PLACE.fullmatch(phrase)
    if match is None:
        return None
    ordinal, number = match["ordinal"], match["number"] or ""
    if ordinal in _LAST:
        return -1
    if ordinal in ORDINALS:
        return ORDINALS.index(ordinal)
    if number.isdigit():
        return int(number) - 1 if int(number) else None
    return NUMBERS.index(number) - 1 if number in NUMBERS[1:] else None


def _by_words(phrase: str, notes: Sequence[str]) -> list[int]:
    wanted = content_words(_FRAME.sub("", phrase))
    if not wanted:
        return []
    kept = [content_words(note) for note in notes]
    exact = [place for place, words in enumerate(kept) if words == wanted]
    if exact:
        return exact[:1]  # two that say the same are ticked off one by one
    shares = [len(wanted & words) / len(wanted) for words in kept]
    best = max(shares, default=0.0)
    found = [place for place, share in enumerate(shares) if share == best]
    return found if best >= COVERED_MIN and len(found) == 1 else []
