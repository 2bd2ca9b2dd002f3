"""Says dates, times and years as people do."""

import re

from backend.conversation.speaking.markup import Step
from backend.conversation.speaking.numerals import cardinal, ordinal, plural, year

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
SHORT = {name[:3]: name for name in MONTHS} | {"Sept": "September"}
DAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Tues": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Thur": "Thursday",
    "Thurs": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}


def _named(match: re.Match[str]) -> str:
    return SHORT.get(match[1]) or DAYS[match[1]]


def _iso(match: re.Match[str]) -> str:
    return _date(match, int(match["month"]), int(match["day"]))


def _slashed(match: re.Match[str]) -> str:
    """Read 5/4/2026 with the month first, as it is written in English, unless it can't be one."""
    first, second = int(match["first"]), int(match["second"])
    return _date(match, *((second, first) if first > 12 else (first, second)))


def _dotted(match: re.Match[str]) -> str:
    return _date(match, int(match["second"]), int(match["first"]))


def _date(match: re.Match[str], month: int, day: int) -> str:
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return match[0]
    return f"{MONTHS[month - 1]} {ordinal(day)}, {year(int(match['year']))}"


def _month_day(match: re.Match[str]) -> str:
    spoken_year = f", {year(int(match['year']))}" if match["year"] else ""
    return f"{match['month']} {ordinal(int(match['day']))}{spoken_year}"


def _day_month(match: re.Match[str]) -> str:
    spoken_year = f" {year(int(match['year']))}" if match["year"] else ""
    return f"{ordinal(int(match['day']))} of {match['month']}{spoken_year}"


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 23 or minute > 59:
        return match[0]
    half = (match["half"] or "").replace(".", "").upper() or ("PM" if hour >= 12 else "AM")
    spoken = cardinal(hour % 12 or 12)
    if minute:
        spoken += f" {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    return f"{spoken} {' '.join(half)}{_end(match)}"


def _hour(match: re.Match[str]) -> str:
    half = " ".join(match["half"].replace(".", "").upper())
    return f"{cardinal(int(match['hour']))} {half}{_end(match)}"


def _end(match: re.Match[str]) -> str:
    """Give the full stop of "p.m." back to the sentence when it ends there."""
    after = match.string[match.end() :].lstrip()
    is_end = not after or after[0].isupper()
    return "." if (match["half"] or "").endswith(".") and is_end else ""


def _decade(match: re.Match[str]) -> str:
    century = f"{cardinal(int(match['century']))} " if match["century"] else ""
    return century + plural(cardinal(int(match["decade"])))


def _year(match: re.Match[str]) -> str:
    return year(int(match[0]))


_NAMES = "|".join(MONTHS)
_HALF = r"(?P<half>[AaPp](?:\.\s?[Mm]\.|[Mm])(?!\w))"

DATES: tuple[Step, ...] = (
    (re.compile(rf"\b({'|'.join(SHORT)})\.?(?= \d)"), _named),
    (re.compile(rf"(?<=\d )({'|'.join(SHORT)})\b\.?"), _named),
    (re.compile(rf"\b({'|'.join(DAYS)})(?:\.|(?=, ))"), _named),
    (
        re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?:[T ](?=\d\d:\d\d))?\b"),
        lambda match: _iso(match) + (" at " if match[0][-1] in "T " else ""),
    ),
    (re.compile(r"\b(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>[12]\d{3})\b"), _slashed),
    (re.compile(r"\b(?P<first>\d{1,2})\.(?P<second>\d{1,2})\.(?P<year>[12]\d{3})\b"), _dotted),
    (
        re.compile(
            rf"\b(?P<month>{_NAMES}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)"
            r"(?:,? (?P<year>\d{4})\b)?"
        ),
        _month_day,
    ),
    (
        re.compile(
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month>{_NAMES})\b"
            r"(?:,? (?P<year>\d{4})\b)?"
        ),
        _day_month,
    ),
)
TIMES: tuple[Step, ...] = (
    (
        re.compile(
            rf"\b(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?::\d{{2}})?(?:\s?{_HALF})?(?![\d:])"
        ),
        _time,
    ),
    (re.compile(rf"\b(?P<hour>\d{{1,2}})\s?{_HALF}"), _hour),
)
YEARS: tuple[Step, ...] = (
    (
        re.compile(
            r"(?<!\w)['\u2019]?(?P<century>1[1-9]|20)?['\u2019]?(?P<decade>[1-9]0)['\u2019]?s\b"
        ),
        _decade,
    ),
    (re.compile(r"\b(?:1[1-9]\d\d|20\d\d)(?![\w.,:%/-]?\d)(?!\w|%|\u00b0)"), _year),
)
