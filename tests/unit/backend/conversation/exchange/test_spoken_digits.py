"""Digits as people say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.exchange.spoken_digits import digits_in

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("one two three four", "1234"),
        ("Twelve thirty-four.", "1234"),
        ("12 34", "1234"),
        ("1-2-3-4.", "1234"),
        ("My PIN is four eight one five.", "4815"),
        ("double five oh nine", "5509"),
        ("triple seven two", "7772"),
        ("four thousand eight hundred and fifteen", "4815"),
        ("one thousand two hundred", "1200"),
        ("nineteen eighty four", "1984"),
        ("three hundred five", "305"),
        ("my code for today is 4 8 1 5", "4815"),
        ("four eight won five", "4815"),
        ("I don't know", ""),
        ("", ""),
    ],
)
def test_words_and_numerals_are_digits(said: str, digits: str) -> None:
    assert digits_in(said) == digits


@given(st.lists(st.integers(0, 9), max_size=12))
def test_digits_said_one_by_one_come_back(digits: list[int]) -> None:
    wanted = "".join(str(digit) for digit in digits)
    assert digits_in(" ".join(WORDS[digit] for digit in digits)) == wanted
    assert digits_in(", ".join(wanted)) == wanted


@given(st.text())
def test_no_words_are_too_strange(said: str) -> None:
    assert digits_in(said) == "" or digits_in(said).isdecimal()
