"""Until when something will be so, by the calendar of who spoke: a Saturday in November."""

from datetime import UTC, date, datetime

import pytest

from backend.kernel.clock import SECOND, Instant
from backend.memory.facts.language.ends import end_of
from backend.memory.facts.language.times import Now
from backend.memory.facts.language.words import words_of

NOW = Now.at(Instant(round(datetime(2026, 11, 21, 10, tzinfo=UTC).timestamp() * SECOND)), "UTC")


def end(text: str, now: Now = NOW) -> date | None:
    found = end_of(words_of(text), now)
    return None if found is None else found.day


@pytest.mark.parametrize(
    ("text", "over"),
    [
        ("until March", date(2027, 3, 1)),
        ("until November", date(2027, 11, 1)),
        ("till next June", date(2027, 6, 1)),
        ("until May 2028", date(2028, 5, 1)),
        ("until 2028", date(2028, 1, 1)),
        ("until the 14th of March", date(2027, 3, 15)),
        ("until March 14th", date(2027, 3, 15)),
        ("until the 14th", date(2026, 12, 15)),
        ("until the 25th", date(2026, 11, 26)),
        ("until Friday", date(2026, 11, 28)),
        ("until next Friday", date(2026, 11, 28)),
        ("until tomorrow", date(2026, 11, 23)),
        ("until next week", date(2026, 11, 23)),
        ("until next month", date(2026, 12, 1)),
        ("until next year", date(2027, 1, 1)),
        ("until the end of the week", date(2026, 11, 23)),
        ("until the end of the month", date(2026, 12, 1)),
        ("until the end of next month", date(2027, 1, 1)),
        ("until the end of the year", date(2027, 1, 1)),
        ("until the end of March", date(2027, 4, 1)),
        ("until the end of 2027", date(2028, 1, 1)),
        ("until mid-March", date(2027, 3, 15)),
        ("until the beginning of May", date(2027, 5, 1)),
        ("until summer", date(2027, 6, 1)),
        ("until Christmas", date(2026, 12, 26)),
        ("until New Year", date(2027, 1, 1)),
        ("for two more years", date(2028, 11, 21)),
        ("for another week", date(2026, 11, 28)),
        ("for the next three months", date(2027, 2, 21)),
        ("until the 29th of February", date(2028, 3, 1)),
    ],
)
def test_the_first_moment_at_which_it_is_over(text: str, over: date) -> None:
    assert end(text) == over


@pytest.mark.parametrize(
    "text",
    [
        "until 2025",
        "until I find a job",
        "until six",
        "until the rain stops",
        "until",
        "for two years",
        "until the 31st of February",
        "for 99999999 more years",
        "in March",
    ],
)
def test_what_has_no_day_or_a_past_one_has_no_end(text: str) -> None:
    assert end(text) is None


def test_whoever_dates_a_file_into_the_year_9999_is_told_no_end() -> None:
    assert end("until the end of the year", Now(date(9999, 12, 31), NOW.zone)) is None
