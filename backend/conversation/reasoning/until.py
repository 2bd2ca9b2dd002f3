"""Tells until when something is so, or was, by the day that was foreseen."""

import re
from datetime import timedelta

from backend.conversation.reasoning import wording
from backend.conversation.reasoning.context import Context
from backend.kernel.clock import DAY, Instant
from backend.memory.facts import FactView

_SAID = re.compile(r"\b(?:until|till|til) (?P<until>.{1,60})", re.IGNORECASE)
_MONTH = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|spring|summer|autumn|fall|winter|month)\b"
)
_NEAR = 330 * DAY  # so far from now a month needs no year


def foreseen(fact: FactView, over: Instant, context: Context) -> str:
    """Return "March", "2027", "the end of the month" or a day, as its end was told."""
    words = _words(fact)
    ends = wording.local(over, context.zone)
    last = ends - timedelta(days=1)
    if (ends.day, ends.hour, ends.minute) != (1, 0, 0) or re.search(r"\b\d{1,2}(?:st|th)\b", words):
        return _day(Instant(over - DAY), context)
    is_end = "end of" in words
    told = last if is_end else ends
    is_year = ends.month == 1 and not _MONTH.search(words)
    is_near = abs(over - context.now) < _NEAR
    said = f"{told:%Y}" if is_year else f"{told:%B}" if is_near else f"{told:%B %Y}"
    return f"the end of {said}" if is_end else said


def _words(fact: FactView) -> str:
    """Return what was said behind its "until"."""
    found = _SAID.search(fact.sources[0].quote) if fact.sources else None
    return found["until"].lower() if found is not None else ""


def _day(at: Instant, context: Context) -> str:
    day, today = (wording.local(moment, context.zone).date() for moment in (at, context.now))
    away = (day - today).days
    if -1 <= away <= 1:
        return ("yesterday", "today", "tomorrow")[away + 1]
    if abs(away) < 7:
        return f"{day:%A}" if away > 0 else f"last {day:%A}"
    return wording.day_said(day, with_weekday=False, with_year=abs(away) > _NEAR // DAY)
