"""Which time a question about the past asks for: "in 2017", "three years ago", "last May"."""

import re
from dataclasses import dataclass
from datetime import date

from backend.kernel.clock import DAY, Instant
from backend.memory.facts.language.times import Now, Said, moment_of, moved
from backend.memory.facts.language.words import Word, words_of
from backend.memory.facts.learning import checked_zone
from backend.memory.facts.moments import During

_OF_PAST = frozenset({"did", "was", "were", "had", "used"})
_BEFORE_TIMES = frozenset({"in", "on", "during", "of"})
_ALONE = re.compile(r"last|yesterday|\d{1,6}|a|an|one|two|three|four|five|six|seven|eight|nine|ten")


@dataclass(frozen=True, slots=True)
class MomentAsked:
    """A stretch of time, and the words that name it."""

    during: During
    words: str


def moment_asked(question: str, *, now: Instant, zone: str) -> MomentAsked | None:
    """Return when something that is asked for was so; None when it asks of today, or for a day."""
    words = words_of(question.lower())
    lows = [word.low for word in words]
    if "when" in lows or not _OF_PAST & set(lows):
        return None
    today = Now.at(now, checked_zone(zone))
    for index, word in enumerate(words):
        is_led = word.low in _BEFORE_TIMES
        if not is_led and _ALONE.fullmatch(word.low) is None:
            continue
        found = moment_of(words, index + is_led, today)
        if found is None or found.day is None or (not is_led and lows[found.end - 1].isdecimal()):
            continue
        until = moved(found.day, 1, _unit(words, found)) or found.day
        during = During(today.instant(found.day), _after(today, found.day, until))
        return MomentAsked(during, " ".join(lows[index : found.end]))
    return None


def _unit(words: list[Word], found: Said) -> str:
    """Return how long it is that was named: a whole year, or a month, or a day of it."""
    lows = [word.low for word in words[found.start : found.end]]
    if lows[-1] in {"week", "month", "year"} and lows[0] in {"last", "this"}:
        return lows[-1]
    if "ago" in lows or lows[0] == "yesterday" or found.day is None:
        return "day"
    is_year = (lows[-1].isdecimal() and len(lows) == 1) or lows[0] in {"nineteen", "twenty", "two"}
    if is_year:
        return "year"
    return (
        "month"
        if found.day.day == 1 and not any(low[:1].isdecimal() for low in lows[:1])
        else "day"
    )


def _after(today: Now, day: date, until: date) -> Instant:
    end = today.instant(until)
    return end if end > today.instant(day) else Instant(today.instant(day) + DAY)
