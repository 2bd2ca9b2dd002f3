"""Reads how long something was so that is over: "until 2019", "from May to July", "for a year".

A year or a month that something lasted until counts as its first day: so what ended in 2019 meets
what is so since 2019.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backend.memory.facts.language.times import Now, Said, lasting_of, moment_of, moved
from backend.memory.facts.language.words import Word

_UNTIL = frozenset({"until", "till", "til"})
_UP_TO = frozenset({*_UNTIL, "to", "through"})
_PART = {"beginning": 0, "start": 0, "middle": 0, "end": 1}  # "until the end of 2019"


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when until when something was so, and which words say it."""

    since: date | None
    until: date | None
    start: int
    end: int


def stretch_of(words: Sequence[Word], now: Now) -> Stretch | None:
    """Find the first stretch of time that words name; None when they name none."""
    for index in range(len(words)):
        found = _between(words, index, now) or _lasted(words, index, now)
        if found is not None:
            return found
    return None


def _between(words: Sequence[Word], index: int, now: Now) -> Stretch | None:
    """Read "from 2015 to 2019", "between 2015 and 2019", "until last May"."""
    first = _low(words, index)
    if first in _UNTIL:
        until = _until(words, index + 1, now)
        return Stretch(None, until.day, index, until.end) if until is not None else None
    if first not in {"from", "between"}:
        return None
    since = moment_of(words, index + 1, now)
    if since is None or _low(words, since.end) not in (_UP_TO if first == "from" else {"and"}):
        return None
    until = _until(words, since.end + 1, now)
    if until is None or until.day is None or since.day is None or until.day < since.day:
        return None
    return Stretch(since.day, until.day, index, until.end)


def _lasted(words: Sequence[Word], index: int, now: Now) -> Stretch | None:
    """Read "for three years", with "until 2019" or "from 2016" behind it."""
    count, unit, end = lasting_of(words, index)
    if not unit:
        return None
    if _low(words, end) in _UNTIL:
        until = _until(words, end + 1, now)
        if until is not None and until.day is not None and count:
            return Stretch(moved(until.day, -count, unit), until.day, index, until.end)
    if _low(words, end) == "from":
        since = moment_of(words, end + 1, now)
        if since is not None and since.day is not None and count:
            over = moved(since.day, count, unit)
            until_day = over if over is not None and over <= now.today else None
            return Stretch(since.day, until_day, index, since.end)
    return Stretch(None, None, index, end)


def _until(words: Sequence[Word], index: int, now: Now) -> Said | None:
    """Read the moment at which something was over."""
    at = index + (_low(words, index) == "the")
    part = _PART.get(_low(words, at))
    if part is None or _low(words, at + 1) != "of":
        return moment_of(words, index, now)
    moment = moment_of(words, at + 2, now)
    if moment is None or moment.day is None or not part:
        return moment
    unit = "year" if _low(words, moment.end - 1).isdecimal() or moment.day.month == 1 else "month"
    return Said(moved(moment.day, 1, unit), moment.start, moment.end)


def _low(words: Sequence[Word], index: int) -> str:
    return words[index].low if 0 <= index < len(words) else ""
