"""Quiet hours and days by anybody's clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from backend.delivery.limits import Day, QuietHours
from backend.kernel.clock import HOUR, SECOND, Instant
from backend.kernel.errors import Invalid

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> Instant:
    moment = datetime.fromisoformat(text).replace(tzinfo=BERLIN)
    return Instant(int(moment.timestamp()) * SECOND)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ("22:00-08:00", "2026-11-21T21:59", None),
        ("22:00-08:00", "2026-11-21T22:00", "2026-11-22T08:00"),
        ("22:00-08:00", "2026-11-22T07:59", "2026-11-22T08:00"),
        ("22:00-08:00", "2026-11-22T08:00", None),
        ("13:00-15:00", "2026-11-22T14:00", "2026-11-22T15:00"),
        ("13:00-15:00", "2026-11-22T12:00", None),
        ("22:00-08:00", "2026-10-24T23:00", "2026-10-25T08:00"),  # an hour more in that night
        ("22:00-08:00", "2026-03-28T23:00", "2026-03-29T08:00"),  # and one less in this
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(hours: str, now: str, until: str | None) -> None:
    quiet = QuietHours.parse(hours)
    assert quiet is not None
    assert quiet.until(at(now), BERLIN) == (None if until is None else at(until))


@pytest.mark.parametrize("text", ["", "  ", "never", "08:00-08:00"])
def test_there_may_be_none(text: str) -> None:
    assert QuietHours.parse(text) is None


@pytest.mark.parametrize("text", ["22-8", "25:00-08:00", "22:00", "22:00-08:60"])
def test_what_can_not_be_read_says_how_it_is_written(text: str) -> None:
    with pytest.raises(Invalid) as told:
        QuietHours.parse(text)
    assert "22:00-08:00" in told.value.cure


@pytest.mark.parametrize(
    ("now", "hours"), [("2026-11-21T00:00", 24), ("2026-10-25T23:59", 25), ("2026-03-29T12:00", 23)]
)
def test_a_day_lasts_from_midnight_to_midnight(now: str, hours: int) -> None:
    day = Day.of(at(now), "Europe/Berlin")
    assert at(now) in day
    assert day.ends not in day
    assert (day.begins, day.ends - day.begins) == (at(f"{now[:10]}T00:00"), hours * HOUR)
