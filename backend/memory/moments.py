"""Reads the many ways in which other programs write when something was said."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from backend.kernel.clock import SECOND, Instant

EARLIEST = Instant(-2_208_988_800 * SECOND)  # the year 1900: nobody has said anything before

# An epoch is seconds, thousandths or millionths by its size: 1e11 seconds lie in the year 5138.
_EPOCH = re.compile(r"-?\d{1,17}(?:\.\d{1,9})?")
_THOUSANDTHS_FROM, _MILLIONTHS_FROM = 1e11, 1e14
_WEEKDAY = re.compile(r"\s*\((?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\)", re.IGNORECASE)
_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y-%m-%d %I:%M %p",
    "%Y/%m/%d %I:%M %p",
    "%I:%M %p on %d %B, %Y",
    "%I:%M %p on %d %B %Y",
    "%d %B %Y %H:%M",
    "%d %B, %Y",
    "%d %B %Y",
    "%d %b %Y",
    "%d %B %Y %I:%M %p",
    "%d %B, %Y %I:%M %p",
    "%B %d, %Y %H:%M",
    "%B %d, %Y %I:%M %p",
    "%B %d, %Y, %I:%M %p",
    "%B %d, %Y",
    "%b %d, %Y",
    "%B %d %Y",
    "%B %Y",
)


def read_moment(written: str | float | None) -> Instant | None:
    """Return the moment, or None when it can't be read; without a zone it is meant in UTC."""
    if written is None or isinstance(written, bool):
        return None
    text = _WEEKDAY.sub("", str(written)).strip()  # "2023/05/20 (Sat) 02:21"
    try:
        if _EPOCH.fullmatch(text):
            return _epoch(float(text))
        return _instant(_calendar(text))
    except (ValueError, OverflowError):
        return None


def write_moment(instant: Instant) -> str:
    """Return a moment as RFC 3339 in UTC."""
    moment = datetime.fromtimestamp(instant / SECOND, tz=UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _epoch(number: float) -> Instant:
    size = abs(number)
    if size >= _MILLIONTHS_FROM:
        micros = number
    elif size >= _THOUSANDTHS_FROM:
        micros = number * 1000
    else:
        micros = number * SECOND
    return _instant(datetime.fromtimestamp(micros / SECOND, tz=UTC))


def _calendar(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for written in _FORMATS:
        try:
            return datetime.strptime(text, written).replace(tzinfo=UTC)
        except ValueError:
            continue
    return parsedate_to_datetime(text)


def _instant(moment: datetime) -> Instant:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Instant(round(aware.timestamp() * SECOND))
