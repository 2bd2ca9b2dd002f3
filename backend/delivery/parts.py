"""Cuts a long text into the parts that a carrier takes; put together again they are the text."""

import re

PART_CHARACTERS_MAX = 1600  # Twilio refuses longer bodies (error 21617)

# Where a text is cut, the best place first: after a sentence or line, else after a word.
_ENDS = (re.compile(r"[.!?…]['\"\u201d\u2019)]*\s+|\n+"), re.compile(r"\s+"))


def cut(text: str, characters_max: int = PART_CHARACTERS_MAX) -> list[str]:
    """Return parts whose joining is the text; none is too long, and none is blank if one is not."""
    parts: list[str] = []
    rest = text
    while _length(rest) > characters_max:
        at = _place(rest, _fitting(rest, characters_max))
        parts.append(rest[:at])
        rest = rest[at:]
    if not rest.strip() and parts and _length(parts[-1] + rest) <= characters_max:
        parts[-1] += rest
        return parts
    return [*parts, rest] if rest else parts


def _place(text: str, most: int) -> int:
    """Return where to cut: a sentence's end in the second half, else a word's, else anywhere."""
    head = text[:most]
    for end, least in zip(_ENDS, (most // 2, 0), strict=True):
        places = [found.end() for found in end.finditer(head) if head[: found.end()].strip()]
        if places and places[-1] > least:
            return places[-1]
    return most


def _fitting(text: str, most: int) -> int:
    """Return how many signs from the front are no longer than the carrier counts."""
    end = min(len(text), most)
    while _length(text[:end]) > most:
        end -= 1 + (_length(text[:end]) - most - 1) // 2
    return end


def _length(text: str) -> int:
    """Return a length as the carrier counts it: an emoji is two."""
    return len(text) + sum(sign > "\uffff" for sign in text)
