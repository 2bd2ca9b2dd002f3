"""When a clock strikes: at equal distances, or as a cron expression says by somebody's own clock.

Five fields: minute, hour, day of the month, month, day of the week. Of the two kinds of days either
is enough when both are given, as everywhere in cron. When summer time skips a moment, it is struck
once, right after the gap; when it comes twice, the first one counts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.kernel.clock import DAY, HOUR, MINUTE, SECOND, Instant
from backend.kernel.errors import Invalid

DAYS_MAX = 366 * 9  # from one 29th of February to the next there may be eight years
EVERY_MAX = 366 * DAY
TEXT_MAX = 200
UNITS: Mapping[str, int] = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
NAMED: Mapping[str, str] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
CURE = 'like "30 3 * * *", "0 9 * * mon-fri", "@daily" or "every 6h"'

_EVERY = re.compile(r"every (\d{1,9}(?:\.\d{1,6})?)\s?([smhd])")
_PART = re.compile(r"(\*|\w+(?:-\w+)?)(?:/(\d{1,2}))?")


class Rhythm(Protocol):
    """When a clock strikes."""

    @property
    def text(self) -> str:
        """Return what people read, and `read_rhythm` reads again."""
        ...

    def next(self, after: Instant, zone: ZoneInfo) -> Instant:
        """Return the first planned moment after another."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """At equal distances, counted from 1970: the same moments for everybody who looks."""

    micros: int

    @property
    def text(self) -> str:
        """Return what people read."""
        unit = next(unit for unit in ("d", "h", "m", "s") if not self.micros % UNITS[unit])
        return f"every {self.micros // UNITS[unit]}{unit}"

    def next(self, after: Instant, zone: ZoneInfo) -> Instant:
        """Return the first planned moment after another."""
        return Instant(after - after % self.micros + self.micros)


@dataclass(frozen=True, slots=True)
class Cron:
    """At the minutes of a wall clock that fit every field."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0: Sunday
    is_either_day: bool  # both kinds of days were given

    def next(self, after: Instant, zone: ZoneInfo) -> Instant:
        """Return the first planned moment after another."""
        begin = datetime.fromtimestamp(after // SECOND, UTC).astimezone(zone).replace(tzinfo=None)
        for wall in self._walls(begin.replace(second=0)):
            moment = instant_of(wall, zone)
            if moment > after:
                return moment
        raise Invalid(f"The clock {self.text} never strikes again.", cure=CURE)

    def _walls(self, begin: datetime) -> Iterator[datetime]:
        """Yield what fits by the wall clock, from a minute on."""
        for day in range(DAYS_MAX):
            on = begin.date() + timedelta(days=day)
            if not self._is_on(on):
                continue
            for hour in self.hours:
                for minute in self.minutes:
                    wall = datetime.combine(on, time(hour, minute))
                    if wall >= begin:
                        yield wall

    def _is_on(self, on: date) -> bool:
        if on.month not in self.months:
            return False
        is_day, is_weekday = on.day in self.days, on.isoweekday() % 7 in self.weekdays
        return is_day or is_weekday if self.is_either_day else is_day and is_weekday


def read_rhythm(text: str) -> Rhythm:
    """Read a rhythm, or raise Invalid with how one looks."""
    plain = " ".join(text.lower().split())
    if len(plain) > TEXT_MAX:
        raise Invalid("No clock needs so long a text.", cure=CURE)
    every = _EVERY.fullmatch(plain)
    if every is not None:
        return _every(float(every[1]) * UNITS[every[2]])
    fields = NAMED.get(plain, plain).split()
    if len(fields) != 5:
        raise Invalid("A cron expression has five fields.", cure=CURE)
    minute, hour, day, month, weekday = fields
    found = Cron(
        text=plain,
        minutes=tuple(sorted(_numbers(minute, 0, 59))),
        hours=tuple(sorted(_numbers(hour, 0, 23))),
        days=_numbers(day, 1, 31),
        months=_numbers(month, 1, 12, MONTHS),
        weekdays=frozenset(number % 7 for number in _numbers(weekday, 0, 7, WEEKDAYS)),
        is_either_day=not day.startswith("*") and not weekday.startswith("*"),
    )
    found.next(Instant(0), ZoneInfo("UTC"))  # the 31st of February is no plan
    return found


def zone_named(name: str) -> ZoneInfo:
    """Return a zone; whoever's zone was never told, or is none, lives by UTC."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def instant_of(wall: datetime, zone: ZoneInfo) -> Instant:
    """Return when a wall clock first shows this; what it skips is right after the gap."""
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    # Of a moment that the clock skips, the two readings are the other way round.
    if first.timestamp() > second.timestamp():
        return Instant(_gap_end(int(second.timestamp()), int(first.timestamp()), zone) * SECOND)
    return Instant(int(first.timestamp()) * SECOND)


def _gap_end(before_s: int, after_s: int, zone: ZoneInfo) -> int:
    """Return the second in which the zone's offset changes, between two others."""
    old = datetime.fromtimestamp(before_s, zone).utcoffset()
    while after_s - before_s > 1:
        middle_s = (before_s + after_s) // 2
        if datetime.fromtimestamp(middle_s, zone).utcoffset() == old:
            before_s = middle_s
        else:
            after_s = middle_s
    return after_s


def _every(micros: float) -> Every:
    if not SECOND <= micros <= EVERY_MAX or micros % SECOND:
        raise Invalid("A clock strikes every whole second at most, every year at least.", cure=CURE)
    return Every(int(micros))


def _numbers(field: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise Invalid("A field of the cron expression can't be read.", cure=CURE)
        found.update(_part(match, low, high, names))
    return frozenset(found)


def _part(match: re.Match[str], low: int, high: int, names: tuple[str, ...]) -> range:
    span, step = match[1], int(match[2] or 1)
    if span == "*":
        first, last = low, high
    else:
        begin, _, end = span.partition("-")
        first = _number(begin, low, high, names)
        # "5/15" goes on to the end, as everywhere in cron.
        last = _number(end, low, high, names) if end else high if match[2] else first
    if step < 1 or first > last:
        raise Invalid("A field of the cron expression is empty.", cure=CURE)
    return range(first, last + 1, step)


def _number(word: str, low: int, high: int, names: tuple[str, ...]) -> int:
    if word in names:
        return names.index(word) + low  # Sunday is 0, January is 1
    if not word.isascii() or not word.isdigit() or not low <= int(word) <= high:
        raise Invalid("A field of the cron expression is out of range.", cure=CURE)
    return int(word)
