"""Reckons with days: "what day is the 4th of May", "how many days until Christmas"."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from backend.conversation.reasoning.wording import NUMBERS, ORDINALS, counted, day_said

_MONTHS_SAID = """
    january february march april may june july august september october november december
"""
_MONTHS = _MONTHS_SAID.split()
_WEEKDAYS_SAID = "monday tuesday wednesday thursday friday saturday sunday"
_WEEKDAYS = _WEEKDAYS_SAID.split()
_FEASTS = {
    "christmas": (12, 25),
    "christmas day": (12, 25),
    "christmas eve": (12, 24),
    "new year": (1, 1),
    "new year's": (1, 1),
    "new year's day": (1, 1),
    "new year's eve": (12, 31),
    "halloween": (10, 31),
    "valentine's day": (2, 14),
}
_NEAR = {
    "today": 0,
    "now": 0,
    "tomorrow": 1,
    "yesterday": -1,
    "the day after tomorrow": 2,
    "day after tomorrow": 2,
    "the day before yesterday": -2,
    "day before yesterday": -2,
}
_ORDINALS = {word: number for number, word in enumerate(ORDINALS, start=1)}
_COUNTS = {"a": 1, "an": 1, **{word: number for number, word in enumerate(NUMBERS)}}
_DAYS_AWAY_MAX = 36_500  # a century: beyond it a calendar is no answer

_DAY = r"(?P<day>\d{1,2}(?:st|nd|rd|th)?|[a-z]+(?:-[a-z]+)?)"
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})"
_YEAR = r"(?:,? (?P<year>\d{4}))?"
_CALENDAR = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:the )?{_DAY}(?: of)? {_MONTH}{_YEAR}",
        rf"{_MONTH} (?:the )?{_DAY}{_YEAR}",
    )
)
_AWAY = re.compile(
    r"(?P<in>in )?(?P<count>\d{1,5}|[a-z]+) (?P<unit>day|week)s?"
    r"(?P<way> from (?:now|today)| ago)?"
)
_WEEKDAY = re.compile(rf"(?:on )?(?P<which>this |next |last )?(?P<weekday>{'|'.join(_WEEKDAYS)})")

_WHICH_DAY = re.compile(
    r"(?:what|which)(?:'s| is| was| will be)? (?:the )?(?:day|date)(?: of the week)?"
    r"(?: is it| was it| will it be| is| was| will be| does| do we have| of)? (?P<target>.+?)"
    r"(?: fall on| be on| be| on)?"
)
_WHEN_IS = re.compile(r"when(?:'s| is| was)(?: the)? (?P<target>.+)")
_HOW_LONG = re.compile(
    r"how (?:many (?P<unit>days|weeks)|long)(?: is it| are there| are left| left| is left)?"
    r" (?P<way>until|till|to|before|since|after) (?P<target>.+)"
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of the calendar."""

    target: str
    way: str = ""  # "until" or "since" when days are to be counted
    unit: str = "day"


def is_about_days(text: str) -> bool:
    """Say whether a folded sentence asks something that a calendar answers."""
    asked = _asked(text)
    return asked is not None and _day(asked.target, date(2000, 1, 1)) is not None


def reckon(text: str, today: date) -> str:
    """Return the answer as a sentence; empty when this is nothing for a calendar."""
    asked = _asked(text)
    if asked is None:
        return ""
    day = _day(asked.target, today, is_past=asked.way == "since")
    if day is None:
        return ""
    return _counted(asked, day, today) if asked.way else _told(day, today)


def _asked(text: str) -> _Asked | None:
    match = _HOW_LONG.fullmatch(text)
    if match is not None:
        way = "since" if match["way"] in {"since", "after"} else "until"
        return _Asked(match["target"], way, (match["unit"] or "days").removesuffix("s"))
    match = _WHICH_DAY.fullmatch(text)
    if match is not None:
        return _Asked(match["target"])
    match = _WHEN_IS.fullmatch(text)
    # "When is the 4th of May?" wants no memory, "When is Friday's dinner?" does.
    return _Asked(match["target"]) if match is not None else None


def _told(day: date, today: date) -> str:
    said = day_said(day, with_year=day.year != today.year)
    if day == today:
        return f"That's today, {said}."
    return f"That was {said}." if day < today else f"That's {said}."


def _counted(asked: _Asked, day: date, today: date) -> str:
    days = (today - day).days if asked.way == "since" else (day - today).days
    said = day_said(day, with_year=day.year != today.year)
    if days == 0:
        return f"That's today, {said}."
    if days < 0:
        return f"That was {said}." if asked.way == "until" else f"That is still to come: {said}."
    amount = counted(days, "day")
    if asked.unit == "week" and days >= 7:
        weeks, rest = divmod(days, 7)
        amount = counted(weeks, "week") + (f" and {counted(rest, 'day')}" if rest else "")
    return f"It's {amount} {asked.way} {said}."


def _day(target: str, today: date, *, is_past: bool = False) -> date | None:
    """Return the day that is meant; a date without a year is the nearest one that way."""
    target = target.strip(" ?.!,")
    if target in _NEAR:
        return today + timedelta(days=_NEAR[target])
    if target in _FEASTS:
        month, number = _FEASTS[target]
        return _nearest(month, number, today, is_past=is_past)
    return (
        _away(target, today)
        or _weekday(target, today, is_past=is_past)
        or _calendar(target, today, is_past=is_past)
    )


def _away(target: str, today: date) -> date | None:
    match = _AWAY.fullmatch(target)
    if match is None or not (match["in"] or match["way"]):
        return None
    said = match["count"]
    count = int(said) if said.isdigit() else _COUNTS.get(said)
    if count is None:
        return None
    days = count * (7 if match["unit"] == "week" else 1)
    if days > _DAYS_AWAY_MAX:
        return None
    return today + timedelta(days=-days if match["way"] == " ago" else days)


def _weekday(target: str, today: date, *, is_past: bool) -> date | None:
    match = _WEEKDAY.fullmatch(target)
    if match is None:
        return None
    wanted = _WEEKDAYS.index(match["weekday"])
    if is_past or match["which"] == "last ":
        return today - timedelta(days=(today.weekday() - wanted - 1) % 7 + 1)
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _calendar(target: str, today: date, *, is_past: bool) -> date | None:
    match = next((found for form in _CALENDAR if (found := form.fullmatch(target))), None)
    if match is None:
        return None
    month = _MONTHS.index(match["month"]) + 1
    digits = match["day"].rstrip("stndrh")
    number = int(digits) if digits.isdigit() else _ORDINALS.get(match["day"], 0)
    if match["year"] is None:
        return _nearest(month, number, today, is_past=is_past)
    year = int(match["year"])
    if year < 1 or not 1 <= number <= monthrange(year, month)[1]:
        return None
    return date(year, month, number)


def _nearest(month: int, number: int, today: date, *, is_past: bool) -> date | None:
    """Return the next such day from today on, or the last one before it."""
    if not 1 <= number <= monthrange(2000, month)[1]:
        return None
    step = -1 if is_past else 1
    for years in range(9):  # the 29th of February may be eight years away
        year = today.year + step * years
        if number > monthrange(year, month)[1]:
            continue
        day = date(year, month, number)
        if (day <= today) if is_past else (day >= today):
            return day
    return None
