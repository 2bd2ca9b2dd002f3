"""Numbers as words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.speaking.numerals import cardinal, digits, ordinal, year


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (42, "forty-two"),
        (100, "one hundred"),
        (1_005, "one thousand five"),
        (1_234_567, "one million two hundred thirty-four thousand five hundred sixty-seven"),
        (-3, "minus three"),
    ],
)
def test_cardinals(number: int, words: str) -> None:
    assert cardinal(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "first"), (4, "fourth"), (12, "twelfth"), (20, "twentieth"), (31, "thirty-first")],
)
def test_ordinals(number: int, words: str) -> None:
    assert ordinal(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1987, "nineteen eighty-seven"),
        (1905, "nineteen oh five"),
        (1900, "nineteen hundred"),
        (2000, "two thousand"),
        (2005, "two thousand five"),
        (2026, "twenty twenty-six"),
    ],
)
def test_years(number: int, words: str) -> None:
    assert year(number) == words


@given(st.integers(-(10**18), 10**18))
def test_every_number_has_words_without_digits(number: int) -> None:
    words = f"{cardinal(number)} {ordinal(abs(number))}"
    assert words.strip()
    assert not any(character.isdigit() for character in words)


def test_digits_are_read_one_by_one() -> None:
    assert digits("007") == "zero zero seven"
