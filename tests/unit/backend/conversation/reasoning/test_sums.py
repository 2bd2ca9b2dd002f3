"""Sums as they are said."""

import pytest

from backend.conversation.reasoning.sums import solve


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("what is 12 times 7", "84"),
        ("what's seven plus five", "12"),
        ("how much is 15 percent of 80", "12"),
        ("two hundred and five minus six", "199"),
        ("1,000 divided by 8", "125"),
        ("2 + 3 * 4", "14"),
        ("what is 1 divided by 3", "0.3333"),
        ("five minus eight", "minus 3"),
        ("what is 1 divided by 0", "undefined"),
        ("twenty-one plus one", "22"),
    ],
)
def test_a_sum_is_solved(said: str, answer: str) -> None:
    assert solve(said) == answer


@pytest.mark.parametrize(
    "said", ["555-1234", "12/5", "one and two", "what is love", "seven", "", "plus", "4th of may"]
)
def test_what_is_no_sum_is_left_alone(said: str) -> None:
    assert solve(said) is None
