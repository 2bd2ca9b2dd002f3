"""Reads until when something will be so: "until March", "until next Friday", "for two more years".

A month or a year begins what comes after it, as it does for what is over; a day is still part of
it. What lasts until something happens ("until I find a job") has no end that could be reckoned.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from backend.memory.facts.language.numbers import count_of, ordinal_of, year_of
from backend.memory.facts.language.times import (
    MONTHS,
    WEEKDAYS,
    Now,
    Said,
    day_and_month,
    month_of,
    moved,
)
from backend.memory.facts.language.words import Word

UNTIL = frozenset({"until", "till", "til"})
_OPENINGS = UNTIL | {"for"}
_PARTS = {"beginning": 0, "start": 0, "middle": 0, "mid": 0, "end": 1}
_MIDDLE = 14  # days into a month
_SPANS = frozenset({"week", "month", "year"})
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_FEASTS = {"christmas": (12, 25)}
_MORE = frozenset({"more", "another", "next"})
_UNITS = frozenset({"day", "week", "month", "year"})
_AHEAD = {"today": 0, "tonight": 0, "tomorrow": 1}
_DAY = timedelta(days=1)
_YEAR_MAX = 8999  # whoever dates a file beyond that is told no end: no calendar would have it


def end_of(words: Sequence[Word], now: Now) -> Said | None:
    """Find when something will be over; None when no words say so, or it would be over by now."""
    if now.today.year > _YEAR_MAX:
        return None
    for index in (at for at, word in enumerate(words) if word.low in _OPENINGS):
        found = _until(words, index, now) or _for_more(words, index, now)
        if found is not None:
            return found if found.day is not None and found.day > now.today else None
    return None


def _until(words: Sequence[Word], index: int, now: Now) -> Said | None:
    if _low(words, index) not in UNTIL:
        return None
    at = index + 1 + (_low(words, index + 1) == "the")
    moment = _part(words, at, now) or _moment(words, index + 1, at, now)
    if moment is None:
        return None
    day, end = moment
    return Said(day, index, end)


def _part(words: Sequence[Word], at: int, now: Now) -> tuple[date, int] | None:
    """Read "end of the year", "end of next week", "middle of March", "mid-March"."""
    part, _, joined = _low(words, at).partition("-")
    if part == "mid" and month_of(joined):
        return _month(joined, now) + _MIDDLE * _DAY, at + 1
    if part not in _PARTS or _low(words, at + 1) != "of":
        return None
    start = at + 2 + (_low(words, at + 2) in {"the", "this"})
    span = _span(words, start, now)
    if span is None:
        return None
    begins, over, end = span
    if _PARTS[part]:
        return over, end
    return (begins + (over - begins) // 2 if part == "middle" else begins), end


def _span(words: Sequence[Word], at: int, now: Now) -> tuple[date, date, int] | None:
    """Return the first day of a week, month or year, the first one behind it, and where it ends."""
    ahead = int(_low(words, at) == "next")
    unit = _low(words, at + ahead)
    if unit in _SPANS:
        begins = _begin(unit, now.today)
        for _ in range(ahead):
            begins = _after(begins, unit)
        return begins, _after(begins, unit), at + ahead + 1
    if month_of(unit):
        year, end = year_of(words, at + ahead + 1)
        month = month_of(unit)
        begins = date(year, month, 1) if year else _this_or_next(month, now)
        return begins, _after(begins, "month"), end if year else at + ahead + 1
    year, end = year_of(words, at)
    return (date(year, 1, 1), date(year + 1, 1, 1), end) if year else None


def _moment(words: Sequence[Word], index: int, at: int, now: Now) -> tuple[date, int] | None:
    """Read a day, which belongs to it, or a month, a year, a season, which come after it."""
    exact = day_and_month(words, index)
    if exact is not None:
        day = _coming(exact[1], exact[0], exact[2], now)
        return (day + _DAY, exact[3]) if day is not None else None
    number, end = ordinal_of(words, at) if _low(words, index) == "the" else (0, at)
    if number and _low(words, end) == "of":
        return None  # a day that no calendar has
    if number:
        day = _day_of_month(number, now)
        return (day + _DAY, end) if day is not None else None
    return _by_word(words, at, now)


def _by_word(words: Sequence[Word], at: int, now: Now) -> tuple[date, int] | None:
    """Read "tomorrow", "next Friday", "Christmas", "May 2028", "summer"."""
    low = _low(words, at)
    if low in _AHEAD:
        return now.today + (_AHEAD[low] + 1) * _DAY, at + 1
    if low in {"next", "this", "coming"}:
        return _named(_low(words, at + 1), now, is_next=low == "next", end=at + 2)
    if low in {"new", "christmas"}:
        return _feast(words, at, now)
    if month_of(low) or year_of(words, at)[0]:
        return _month_or_year(words, at, now)
    return _named(low, now, is_next=False, end=at + 1)


def _named(word: str, now: Now, *, is_next: bool, end: int) -> tuple[date, int] | None:
    """Read "Friday", "next Friday", "next week", "the weekend", "next summer"."""
    if word in WEEKDAYS:
        ahead = (WEEKDAYS.index(word) - now.today.weekday() - 1) % 7 + 1
        return now.today + (ahead + 1) * _DAY, end
    if word == "weekend":
        return now.today + ((5 - now.today.weekday()) % 7 + 7 * is_next) * _DAY, end
    if word in _SPANS and is_next:
        return _after(_begin(word, now.today), word), end
    if month_of(word):
        return _month(word, now), end
    if word in _SEASONS:
        return _coming(_SEASONS[word], 1, None, now) or now.today, end
    return None


def _feast(words: Sequence[Word], at: int, now: Now) -> tuple[date, int] | None:
    if _low(words, at) == "christmas":
        month, day = _FEASTS["christmas"]
        coming = _coming(month, day, None, now)
        return (coming + _DAY, at + 1) if coming is not None else None
    if _low(words, at + 1) in {"year", "year's", "years"}:
        return date(now.today.year + 1, 1, 1), at + 2
    return None


def _month_or_year(words: Sequence[Word], at: int, now: Now) -> tuple[date, int]:
    month = month_of(_low(words, at))
    if not month:
        year, end = year_of(words, at)
        return date(year, 1, 1), end
    year, end = year_of(words, at + 1)
    return (date(year, month, 1), end) if year else (_month(MONTHS[month - 1], now), at + 1)


def _for_more(words: Sequence[Word], index: int, now: Now) -> Said | None:
    """Read "for another year", "for two more weeks", "for the next three months"."""
    if _low(words, index) != "for":
        return None
    at = index + 1 + (_low(words, index + 1) == "the")
    is_more = _low(words, at) in _MORE
    at += is_more
    count, end = count_of(words, at)
    if count is None:
        count, end = 1, at
    elif _low(words, end) == "more":
        is_more, end = True, end + 1
    unit = _low(words, end).removesuffix("s")
    if not is_more or unit not in _UNITS:
        return None
    return Said(moved(now.today, count, unit), index, end + 1)


def _month(word: str, now: Now) -> date:
    """Return the first day of a month that is to come."""
    month = month_of(word)
    year = now.today.year + (month <= now.today.month)
    return date(year, month, 1)


def _this_or_next(month: int, now: Now) -> date:
    return date(now.today.year + (month < now.today.month), month, 1)


def _coming(month: int, day: int, year: int | None, now: Now) -> date | None:
    if year is not None:
        return date(year, month, day)
    for wanted in range(now.today.year, now.today.year + 9):  # the 29th of February
        if day <= monthrange(wanted, month)[1] and date(wanted, month, day) >= now.today:
            return date(wanted, month, day)
    return None


def _day_of_month(number: int, now: Now) -> date | None:
    """Return the next day of this number: "until the 14th"."""
    month = now.today.replace(day=1)
    for _ in range(3):
        if number <= monthrange(month.year, month.month)[1]:
            day = month.replace(day=number)
            if day >= now.today:
                return day
        month = _after(month, "month")
    return None


def _begin(unit: str, today: date) -> date:
    if unit == "week":
        return today - today.weekday() * _DAY
    return today.replace(day=1) if unit == "month" else date(today.year, 1, 1)


def _after(begins: date, unit: str) -> date:
    return moved(begins, 1, unit) or begins


def _low(words: Sequence[Word], index: int) -> str:
    return words[index].low if 0 <= index < len(words) else ""
