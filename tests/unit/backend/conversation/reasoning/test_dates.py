"""What a calendar answers, and what it leaves to the memory."""

from datetime import date

import pytest

from backend.conversation.reasoning.dates import is_about_days, reckon

TODAY = date(2026, 11, 21)  # a Saturday


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("what's the date tomorrow", "That's Sunday, the twenty-second of November."),
        ("what day is christmas", "That's Friday, the twenty-fifth of December."),
        ("what day is the fourth of may", "That's Tuesday, the fourth of May 2027."),
        ("what day was may 4, 2020", "That was Monday, the fourth of May 2020."),
        ("what date is next friday", "That's Friday, the twenty-seventh of November."),
        ("what day is it in three days", "That's Tuesday, the twenty-fourth of November."),
        ("what day was two weeks ago", "That was Saturday, the seventh of November."),
        ("when is new year's eve", "That's Thursday, the thirty-first of December."),
        ("what day is november 21", "That's today, Saturday, the twenty-first of November."),
        (
            "how many days until tomorrow",
            "It's one day until Sunday, the twenty-second of November.",
        ),
        (
            "how many weeks until christmas",
            "It's four weeks and six days until Friday, the twenty-fifth of December.",
        ),
        (
            "how many days since the first of november",
            "It's 20 days since Sunday, the first of November.",
        ),
    ],
)
def test_days_are_reckoned(asked: str, answer: str) -> None:
    assert is_about_days(asked)
    assert reckon(asked, TODAY) == answer


@pytest.mark.parametrize(
    "asked",
    [
        "when is anna's birthday",
        "what day is anna's birthday",
        "what day is the thirty-third of may",
        "what day is february 31",
        "what day is in 99999 weeks",
        "how long until dinner",
        "how many days does the trip take",
        "when is friday's dinner",
    ],
)
def test_what_no_calendar_knows_is_left_to_the_memory(asked: str) -> None:
    assert not is_about_days(asked)
    assert reckon(asked, TODAY) == ""


def test_the_leap_day_is_the_next_one() -> None:
    assert reckon("what day is february 29", TODAY) == (
        "That's Tuesday, the twenty-ninth of February 2028."
    )
