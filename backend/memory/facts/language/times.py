"""Reads when something is so: "since May", "on Friday", by the calendar of who spoke."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.kernel.clock import SECOND, Instant
from backend.memory.facts.language.numbers import count_of, ordinal_of, year_of
from backend.memory.facts.language.words import Word

_MONTHS_SAID = """
    january february march april may june july august september october november december
"""
MONTHS = tuple(_MONTHS_SAID.split())
_WEEKDAYS_SAID = "monday tuesday wednesday thursday friday saturday sunday"
WEEKDAYS = tuple(_WEEKDAYS_SAID.split())
_SHORT_MONTHS = {month[:3]: index for index, month in enumerate(MONTHS, 1)} | {"sept": 9}
_UNITS = frozenset({"day", "week", "month", "year"})
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_AFTER_TOMORROW = ["day", "after", "tomorrow"]
_ABOUT = frozenset({"the", "about", "almost", "nearly", "over", "last", "past", "more", "than"})
_DAYS_MAX = 80_000  # no one speaks of more than two centuries of their own


@dataclass(frozen=True, slots=True)
class Said:
    """A moment that words name, and which of the words do."""

    day: date | None  # None: they name a time that can't be reckoned, "a while ago"
    start: int
    end: int
    told: str = ""  # the day in words that stay true: "Friday 27 November 2026"


@dataclass(frozen=True, slots=True)
class Now:
    """When and where something is said."""

    today: date
    zone: ZoneInfo

    @classmethod
    def at(cls, instant: Instant, zone: str) -> "Now":
        """Return the day that it is there; a zone that nobody knows is UTC."""
        try:
            known = ZoneInfo(zone or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            known = ZoneInfo("UTC")
        try:
            moment = datetime.fromtimestamp(instant / SECOND, tz=UTC)
            return cls(moment.astimezone(known).date(), known)
        except (OverflowError, ValueError, OSError):
            return cls(date(1970, 1, 1), known)

    def instant(self, day: date) -> Instant:
        """Return the moment at which a day begins here."""
        begins = datetime.combine(day, time(), tzinfo=self.zone)
        return Instant(round(begins.timestamp() * SECOND))


def past_of(words: Sequence[Word], now: Now) -> Said | None:
    """Find since when something is so, or when it came to be; the first such words count."""
    for index in range(len(words)):
        found = (
            _since(words, index, now)
            or _ago(words, index, now)
            or _lasting(words, index, now)
            or _last(words, index, now)
            or _within(words, index, now)
        )
        if found is not None:
            return found
    return None


def future_of(words: Sequence[Word], now: Now) -> Said | None:
    """Find the day of a plan."""
    for index in range(len(words)):
        found = _coming(words, index, now)
        if found is not None:
            return found
    return None


def moment_of(words: Sequence[Word], index: int, now: Now) -> Said | None:
    """Read a moment that is not to come, where it stands: "2019", "last May", "two years ago"."""
    found = _ago(words, index, now) or _last(words, index, now)
    if found is not None:
        return found
    exact = day_and_month(words, index)
    if exact is not None:
        return Said(_latest(exact, now), index, exact[3])
    if _low(words, index) in WEEKDAYS:
        day = _weekday_before(WEEKDAYS.index(_low(words, index)), now)
        return Said(day, index, index + 1)
    return _month_or_year(words, index, now)


def lasting_of(words: Sequence[Word], index: int) -> tuple[int, str, int]:
    """Read "for three years": how many, of what (empty: nothing of the kind), where it ends."""
    if _low(words, index) != "for":
        return 0, "", index
    at = index + 1
    while _low(words, at) in _ABOUT:
        at += 1
    return _amount(words, at)


def moved(day: date, count: int, unit: str) -> date | None:
    """Return the day so many days, weeks, months or years later; None: no calendar has it."""
    return _moved(day, count, unit)


def day_and_month(words: Sequence[Word], index: int = 0) -> tuple[int, int, int | None, int] | None:
    """Read "the 14th of March 1980" or "March 14th": day, month, year if any, where it ends.

    A day that no calendar has is none.
    """
    said = _day_said(words, index)
    return said if said is not None and is_day(*said[:3]) else None


def no_such_day(words: Sequence[Word]) -> str:
    """Return the first day that is told and that no calendar has: "31 February"; else nothing."""
    for index in range(len(words)):
        said = _day_said(words, index)
        if said is not None and not is_day(*said[:3]):
            return written(*said[:3])
    return ""


def _day_said(words: Sequence[Word], index: int) -> tuple[int, int, int | None, int] | None:
    at = index + 1 if _low(words, index) == "the" else index
    month = month_of(_low(words, at))
    if month:
        at = at + 2 if _low(words, at + 1) == "the" else at + 1
        day, end = ordinal_of(words, at)
    else:
        day, at = ordinal_of(words, at)
        at = at + 1 if _low(words, at) == "of" else at
        month, end = month_of(_low(words, at)), at + 1
    if not month or not day:
        return None
    after = end + 1 if _low(words, end) in {",", "in"} else end
    year, year_end = year_of(words, after)
    return (day, month, year, year_end) if year else (day, month, None, end)


def is_day(day: int, month: int, year: int | None = None) -> bool:
    """Say whether a calendar has it; without a year, whether any has."""
    return day <= (monthrange(year, month)[1] if year else _days_in(month))


def written(day: int, month: int, year: int | None = None) -> str:
    """Return a date as it is kept: "14 March 1980"."""
    return f"{day} {MONTHS[month - 1].capitalize()}" + (f" {year}" if year else "")


def month_of(word: str) -> int:
    """Return a month's number, 0 for any other word."""
    if word in MONTHS:
        return MONTHS.index(word) + 1
    return _SHORT_MONTHS.get(word, 0) if word != "mar" else 0


def _low(words: Sequence[Word], index: int) -> str:
    return words[index].low if 0 <= index < len(words) else ""


def _days_in(month: int) -> int:
    return (date(2001, month % 12 + 1, 1) - timedelta(days=1)).day if month != 2 else 29


def _since(words: Sequence[Word], index: int, now: Now) -> Said | None:
    if _low(words, index) != "since":
        return None
    moment = moment_of(words, index + 1, now)
    return Said(moment.day, index, moment.end) if moment is not None else None


def _ago(words: Sequence[Word], index: int, now: Now) -> Said | None:
    count, unit, end = _amount(words, index)
    if unit and _low(words, end) == "ago":
        return Said(_back(now.today, count, unit) if count else None, index, end + 1)
    return None


def _lasting(words: Sequence[Word], index: int, now: Now) -> Said | None:
    count, unit, end = lasting_of(words, index)
    if unit:
        end += _low(words, end) in {"now", "already"}
        return Said(_back(now.today, count, unit) if count else None, index, end)
    return None


def _last(words: Sequence[Word], index: int, now: Now) -> Said | None:
    first, second = _low(words, index), _low(words, index + 1)
    if first == "yesterday":
        return Said(now.today - timedelta(days=1), index, index + 1)
    if first == "today":
        return Said(now.today, index, index + 1)
    if first not in {"last", "this"}:
        return None
    back = 1 if first == "last" else 0
    day: date | None = None
    if second == "year":
        day = date(max(1, now.today.year - back), 1, 1)
    elif second == "month":
        day = _back(now.today.replace(day=1), back, "month")
    elif second == "week":
        day = now.today - timedelta(days=now.today.weekday() + 7 * back)
    elif second in WEEKDAYS and back:
        day = _weekday_before(WEEKDAYS.index(second), now)
    elif month_of(second) or second in _SEASONS:
        month = month_of(second) or _SEASONS[second]
        day = _latest((1, month, None, 0), now)
    return Said(day, index, index + 2) if day is not None else None


def _within(words: Sequence[Word], index: int, now: Now) -> Said | None:
    if _low(words, index) not in {"in", "on"}:
        return None
    exact = day_and_month(words, index + 1)
    if exact is not None:
        return Said(_latest(exact, now), index, exact[3])
    span = _month_or_year(words, index + 1, now) if _low(words, index) == "in" else None
    return Said(span.day, index, span.end) if span is not None else None


def _month_or_year(words: Sequence[Word], index: int, now: Now) -> Said | None:
    month = month_of(_low(words, index))
    if month:
        year, end = year_of(words, index + 1)
        day = date(year, month, 1) if year else _latest((1, month, None, 0), now)
        return Said(day, index, end if year else index + 1)
    year, end = year_of(words, index)
    return Said(date(year, 1, 1), index, end) if year else None


def _coming(words: Sequence[Word], index: int, now: Now) -> Said | None:
    first = _low(words, index)
    if first == "the" and [word.low for word in words[index + 1 : index + 4]] == _AFTER_TOMORROW:
        day = now.today + timedelta(days=2)
        return Said(day, index, index + 4, f"on {_in_full(day)}")
    if first in {"tomorrow", "today", "tonight"}:
        day = now.today + timedelta(days=first == "tomorrow")
        return Said(day, index, index + 1, f"on {_in_full(day)}")
    if first in {"on", "next", "this"}:
        at = index + 1 + (_low(words, index + 1) in {"next", "this"})
        if _low(words, at) in WEEKDAYS:
            ahead = (WEEKDAYS.index(_low(words, at)) - now.today.weekday() - 1) % 7 + 1
            day = now.today + timedelta(days=ahead)
            return Said(day, index, at + 1, f"on {_in_full(day)}")
    exact = day_and_month(words, index + (first == "on")) if first != "in" else None
    if exact is not None:
        coming = _earliest(exact, now)
        return Said(coming, index, exact[3], f"on {_in_full(coming)}") if coming else None
    return _coming_span(words, index, now)


def _coming_span(words: Sequence[Word], index: int, now: Now) -> Said | None:
    """Read the plans that name no day: "next week", "in April", "in three weeks"."""
    first, second = _low(words, index), _low(words, index + 1)
    if first == "next" and second in {"week", "weekend"}:
        day = now.today + timedelta(days=7 - now.today.weekday())
        said = f"in the week of {written(day.day, day.month, day.year)}"
        return Said(day, index, index + 2, said)
    if first == "next" and second in {"month", "year"}:
        day = _ahead(now.today, 1, second).replace(day=1)
        told = (
            f"{MONTHS[day.month - 1].capitalize()} {day.year}"
            if second == "month"
            else f"{day.year}"
        )
        return Said(day, index, index + 2, f"in {told}")
    if first in {"in", "next"} and month_of(second):
        coming = _earliest((1, month_of(second), year_of(words, index + 2)[0] or None, 0), now)
        end = year_of(words, index + 2)[1] if year_of(words, index + 2)[0] else index + 2
        told = f"in {MONTHS[month_of(second) - 1].capitalize()} {coming.year}" if coming else ""
        return Said(coming, index, end, told) if coming else None
    if first == "in":
        count, unit, end = _amount(words, index + 1)
        if unit and count:
            day = _ahead(now.today, count, unit)
            return Said(day, index, end, f"on {_in_full(day)}")
    return None


def _amount(words: Sequence[Word], index: int) -> tuple[int, str, int]:
    """Read "three years": how many (0: not told), of what (empty: none), where it ends."""
    if _low(words, index) in {"a", "an"} and _low(words, index + 1) in {
        "few",
        "couple",
        "long",
        "while",
    }:
        at = index + 2 + (_low(words, index + 2) == "of")
        unit = _low(words, at).removesuffix("s")
        if unit in _UNITS:
            return 0, unit, at + 1
        return (0, "while", index + 2) if _low(words, index + 1) == "while" else (0, "", index)
    count, at = count_of(words, index)
    unit = _low(words, at).removesuffix("s")
    if count is None or unit not in _UNITS:
        return 0, "", index
    return count, unit, at + 1


def _back(day: date, count: int, unit: str) -> date | None:
    return _moved(day, -count, unit)


def _ahead(day: date, count: int, unit: str) -> date:
    return _moved(day, count, unit) or day


def _moved(day: date, count: int, unit: str) -> date | None:
    if unit in {"day", "week"}:
        days = count * (7 if unit == "week" else 1)
        if abs(days) > _DAYS_MAX:
            return None
        return day + timedelta(days=days)
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9000:
        return None
    return date(year, month + 1, min(day.day, 28) if day.day > 28 else day.day)


def _weekday_before(weekday: int, now: Now) -> date:
    return now.today - timedelta(days=(now.today.weekday() - weekday - 1) % 7 + 1)


def _latest(said: tuple[int, int, int | None, int], now: Now) -> date | None:
    """Return the last such day that is not in the future; a year that was said is kept."""
    return _nearest(said, now, step=-1)


def _earliest(said: tuple[int, int, int | None, int], now: Now) -> date | None:
    return _nearest(said, now, step=1)


def _nearest(said: tuple[int, int, int | None, int], now: Now, *, step: int) -> date | None:
    day, month, year, _ = said
    for years in range(9):  # the 29th of February may be eight years away
        wanted = year if year is not None else now.today.year + step * years
        try:
            found = date(wanted, month, day)
        except ValueError:
            continue
        if year is not None or (found - now.today).days * step >= 0:
            return found
    return None


def _in_full(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()].capitalize()} {written(day.day, day.month, day.year)}"
