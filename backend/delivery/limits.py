"""What bounds our reach: countries, quiet hours, and how much of it a day may hold."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.delivery.numbers import NumberPlan
from backend.delivery.types import Kind, Refusal, Usage
from backend.kernel.clock import SECOND, Instant
from backend.kernel.errors import Invalid

_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when until when nobody wants to be disturbed, by their own clock."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> "QuietHours | None":
        """Read "22:00-08:00"; "never", or an empty text, means that there are none."""
        if text.strip().lower() in {"", "never"}:
            return None
        found = _HOURS.fullmatch(text.strip())
        if found is None:
            raise Invalid(
                f"Quiet hours can't be read: {text}.",
                cure="RINGBACK_PHONE__QUIET_HOURS=22:00-08:00",
            )
        first, first_minute, last, last_minute = map(int, found.groups())
        begins, ends = time(first, first_minute), time(last, last_minute)
        return None if begins == ends else cls(begins, ends)

    def until(self, at: Instant, zone: ZoneInfo) -> Instant | None:
        """Return when it may ring again; None when it may now."""
        local = datetime.fromtimestamp(at / SECOND, UTC).astimezone(zone)
        clock = local.time()
        is_overnight = self.begins > self.ends
        is_quiet = (
            clock >= self.begins or clock < self.ends
            if is_overnight
            else self.begins <= clock < self.ends
        )
        if not is_quiet:
            return None
        day = local.date()
        if is_overnight and clock >= self.begins:
            day += timedelta(days=1)
        return Instant(int(datetime.combine(day, self.ends, zone).timestamp() * SECOND))


@dataclass(frozen=True, slots=True)
class Day:
    """One day of somebody's own calendar, which may have 23 hours, or 25."""

    begins: Instant
    ends: Instant

    @classmethod
    def of(cls, at: Instant, zone: str) -> "Day":
        """Return the day in which a moment lies."""
        there = ZoneInfo(zone)
        date = datetime.fromtimestamp(at / SECOND, UTC).astimezone(there).date()
        midnights = (
            datetime.combine(day, time(), there).timestamp()
            for day in (date, date + timedelta(days=1))
        )
        begins, ends = (Instant(int(midnight * SECOND)) for midnight in midnights)
        return cls(begins, ends)

    def __contains__(self, at: Instant) -> bool:
        """Say whether a moment lies in this day."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class DailyCaps:
    """How much may leave for one owner in one of their days."""

    calls: int = 20
    texts: int = 50
    minutes: int = 120
    per_number: int = 6


class DeliveryLimits:
    """Checks what is about to leave. Every answer is a refusal with its cure, or nothing."""

    def __init__(
        self,
        plan: NumberPlan,
        *,
        countries: Collection[str],
        own_number: str,
        quiet: QuietHours | None,
        caps: DailyCaps,
    ) -> None:
        self._plan, self._quiet, self._caps = plan, quiet, caps
        self._own_number = own_number
        home = plan.country_of(own_number) if own_number else ""
        self.countries = frozenset(country.upper() for country in countries) or frozenset({home})

    @property
    def caps(self) -> DailyCaps:
        """What a day may hold."""
        return self._caps

    def destination(self, text: str) -> str | Refusal:
        """Return the number in E.164, or why it is never reached."""
        number = self._plan.check(text, self.countries)
        if number == self._own_number:
            return Refusal("own_number", "That is the companion's own number.")
        return number

    def usage(self, kind: Kind, number: str, used: Usage) -> Refusal | None:
        """Say whether the day is full."""
        caps = self._caps
        if used.by_number.get(number, 0) >= caps.per_number:
            return _full(f"{caps.per_number} for one number", "PER_NUMBER", caps.per_number)
        if kind is Kind.TEXT:
            return (
                _full(f"{caps.texts} texts", "TEXTS", caps.texts)
                if used.texts >= caps.texts
                else None
            )
        if used.calls >= caps.calls:
            return _full(f"{caps.calls} calls", "CALLS", caps.calls)
        if used.seconds >= caps.minutes * 60:
            return _full(f"{caps.minutes} minutes", "MINUTES", caps.minutes)
        return None

    def quiet_until(self, at: Instant, zone: str) -> Instant | None:
        """Return when quiet hours end for somebody who lives in this zone; None: it may ring."""
        return None if self._quiet is None else self._quiet.until(at, ZoneInfo(zone))


def _full(what: str, name: str, limit: int) -> Refusal:
    return Refusal(
        "cap",
        f"A day holds {what}, and they are used up.",
        f"wait, or set RINGBACK_PHONE__DAILY_{name}={limit * 2}",
    )
