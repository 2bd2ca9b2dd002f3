"""How things are said aloud."""

import pytest

from backend.conversation.reasoning import wording
from backend.kernel.clock import DAY, HOUR, SECOND, Instant

NOW = Instant(1_795_233_600 * SECOND)  # Saturday, 21 November 2026, 04:00 UTC


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("my sister Anna has her birthday", "your sister Anna has her birthday"),
        ("I am allergic to nuts", "you are allergic to nuts"),
        ("I was in Rome and I'm happy", "you were in Rome and you're happy"),
        ("I like you", "you like me"),
        ("you are my friend", "I am your friend"),
        ("Tom gave it to me", "Tom gave it to you"),
        ("the book is mine", "the book is yours"),
    ],
)
def test_what_was_said_of_oneself_is_turned_to_the_listener(said: str, heard: str) -> None:
    assert wording.to_listener(said) == heard


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (HOUR, "today"),
        (DAY, "yesterday"),
        (3 * DAY, "on Wednesday"),
        (30 * DAY, "on the twenty-second of October"),
        (400 * DAY, "on the seventeenth of October 2025"),
    ],
)
def test_when_it_was_is_said_as_people_do(ago: int, said: str) -> None:
    assert wording.when_said(Instant(NOW - ago), NOW, "UTC") == said


def test_days_are_the_persons_own() -> None:
    late = Instant(NOW - 5 * HOUR)  # Friday in UTC, Saturday already in Tokyo
    assert wording.when_said(late, NOW, "UTC") == "yesterday"
    assert wording.when_said(late, NOW, "Asia/Tokyo") == "today"


def test_an_unknown_zone_is_utc() -> None:
    assert wording.local(NOW, "Mars/Olympus").hour == 4


def test_lists_and_numbers() -> None:
    assert wording.listed(["a"]) == "a"
    assert wording.listed(["a", "b", "c"]) == "a, b, and c"
    assert wording.counted(1, "note") == "one note"
    assert wording.counted(2, "note") == "two notes"
    assert wording.counted(20, "note") == "20 notes"


def test_times_of_day() -> None:
    assert wording.time_said(wording.local(NOW, "UTC")) == "4 o'clock in the morning"
    assert wording.time_said(wording.local(Instant(NOW + 12 * HOUR + 20 * 60 * SECOND), "UTC")) == (
        "4:20 in the afternoon"
    )
