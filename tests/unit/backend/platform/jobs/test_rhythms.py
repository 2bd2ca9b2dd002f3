"""When clocks strike: cron expressions by somebody's own clock, and equal distances."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backend.kernel.clock import MINUTE, SECOND, Instant
from backend.kernel.errors import Invalid
from backend.platform.jobs.rhythms import instant_of, read_rhythm, zone_named

BERLIN = "Europe/Berlin"  # 2026: forward on March 29 at 2:00, back on October 25 at 3:00


def at(text: str, zone: str = "UTC", fold: int = 0) -> Instant:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return Instant(int(moment.timestamp()) * SECOND)


def strikes(text: str, after: Instant, count: int, zone: str = BERLIN) -> list[Instant]:
    rhythm, found = read_rhythm(text), [after]
    for _ in range(count):
        found.append(rhythm.next(found[-1], ZoneInfo(zone)))
    return found[1:]


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("30 3 * * *", "2026-01-10T12:00", "2026-01-11T03:30"),
        ("30 3 * * *", "2026-01-10T03:29:59", "2026-01-10T03:30"),
        ("30 3 * * *", "2026-01-10T03:30", "2026-01-11T03:30"),
        ("*/15 * * * *", "2026-01-10T12:01", "2026-01-10T12:15"),
        ("5/20 * * * *", "2026-01-10T12:26", "2026-01-10T12:45"),
        ("0 9 * * mon-fri", "2026-01-09T09:00", "2026-01-12T09:00"),  # from Friday to Monday
        ("0 9 * * 7", "2026-01-10T12:00", "2026-01-11T09:00"),  # Sunday is 0 and 7
        ("0 0 29 2 *", "2026-03-01T00:00", "2028-02-29T00:00"),
        ("0 0 1,15 * *", "2026-01-02T00:00", "2026-01-15T00:00"),
        ("0 0 13 * fri", "2026-02-01T00:00", "2026-02-06T00:00"),  # either kind of day
        ("@yearly", "2026-05-05T05:05", "2027-01-01T00:00"),
        ("0 8-18/5 * JAN,jul Sat", "2026-01-11T00:00", "2026-01-17T08:00"),
    ],
)
def test_a_cron_expression_strikes_by_the_wall_clock(text: str, after: str, expected: str) -> None:
    assert strikes(text, at(after, BERLIN), 1) == [at(expected, BERLIN)]


def test_a_time_that_summer_time_skips_is_done_once_right_after_the_gap() -> None:
    found = strikes("30 2 * * *", at("2026-03-28T12:00", BERLIN), 2)
    assert found == [at("2026-03-29T03:00", BERLIN), at("2026-03-30T02:30", BERLIN)]


def test_several_times_in_one_gap_are_done_once() -> None:
    found = strikes("*/20 2-3 * * *", at("2026-03-29T00:00", BERLIN), 3)
    assert found == [at(f"2026-03-29T03:{minute}", BERLIN) for minute in ("00", "20", "40")]


def test_a_time_that_comes_twice_is_done_once() -> None:
    found = strikes("30 2 * * *", at("2026-10-24T12:00", BERLIN), 2)
    assert found == [at("2026-10-25T02:30", BERLIN, fold=0), at("2026-10-26T02:30", BERLIN)]


def test_between_its_two_comings_it_is_over() -> None:
    between = Instant(at("2026-10-25T02:30", BERLIN, fold=0) + 40 * MINUTE)
    assert strikes("30 2 * * *", between, 1) == [at("2026-10-26T02:30", BERLIN)]


def test_a_whole_day_that_a_zone_skips_is_made_up_for_right_after() -> None:
    apia = "Pacific/Apia"  # there was no 30th of December 2011
    assert strikes("0 12 * * *", at("2011-12-29T13:00", apia), 2, apia) == [
        at("2011-12-31T00:00", apia),
        at("2011-12-31T12:00", apia),
    ]


def test_half_hours_and_southern_summers_are_known() -> None:
    lord_howe = "Australia/Lord_Howe"  # forward by half an hour on October 4 at 2:00
    assert strikes("15 2 * * *", at("2026-10-03T12:00", lord_howe), 1, lord_howe) == [
        at("2026-10-04T02:30", lord_howe)
    ]


def test_equal_distances_are_the_same_moments_in_every_zone() -> None:
    assert strikes("every 6h", at("2026-01-10T12:00"), 2) == [
        at("2026-01-10T18:00"),
        at("2026-01-11T00:00"),
    ]
    assert strikes("every 90 m", at("2026-01-10T00:00"), 1, "Asia/Tokyo") == [
        at("2026-01-10T01:30")
    ]


@pytest.mark.parametrize("text", ["30 3 * * *", "every 6h", "every 90m", "every 1d", "every 45s"])
def test_a_rhythm_reads_what_it_writes(text: str) -> None:
    assert read_rhythm(read_rhythm(text).text) == read_rhythm(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "* * * *", "60 * * * *", "* 24 * * *", "0 0 31 2 *", "0 0 0 * *", "5-1 * * * *",
        "*/0 * * * *", "a * * * *", "every 0s", "every -5m", "every 2000d", "every 1e9h",
        "@reboot", "0 0 * * fry", "1,,2 * * * *", "* " * 200, "٣ * * * *", "every 0.1s",
    ],
)  # fmt: skip
def test_what_is_no_rhythm_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_rhythm(text)
    assert "every 6h" in refused.value.cure


def test_a_zone_that_is_none_is_utc() -> None:
    for name in ("", "Mars/Olympus", "../etc/passwd", "\0"):
        assert zone_named(name).key == "UTC"


ZONES = some.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
FIELDS = some.sampled_from(
    ["0 * * * *", "30 2 * * *", "*/7 1-3 * * *", "59 23 * * sun", "0 0 1 * *"]
)


@given(text=FIELDS, zone=ZONES, hours=some.integers(0, 24 * 365 * 3))
def test_strikes_go_forward_and_none_is_left_out(text: str, zone: str, hours: int) -> None:
    after = Instant(at("2025-01-01T00:00") + hours * 3600 * SECOND)
    struck = strikes(text, after, 1, zone)[0]
    assert struck > after
    # Whoever asks from anywhere in between is told the same.
    middle = Instant((after + struck) // 2)
    assert strikes(text, middle, 1, zone) == [struck]


@given(zone=ZONES, minutes=some.integers(0, 60 * 24 * 366))
def test_a_later_time_of_day_is_never_an_earlier_moment(zone: str, minutes: int) -> None:
    wall = datetime(2026, 1, 1) + timedelta(minutes=minutes)  # noqa: DTZ001 - a wall clock's
    places = [instant_of(wall + timedelta(minutes=n), ZoneInfo(zone)) for n in range(3)]
    assert places == sorted(places)
    shown = datetime.fromtimestamp(places[0] // SECOND, UTC).astimezone(ZoneInfo(zone))
    assert shown.replace(tzinfo=None) >= wall
