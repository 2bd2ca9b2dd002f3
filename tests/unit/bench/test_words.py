"""What counts as the same words."""

import pytest

from bench.words import errors, words


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("My number is five five five, oh one four two.", "My number is 555-0142."),
        ("It was in nineteen ninety eight.", "It was in 1998."),
        ("two thousand and five", "2005"),
        ("twenty twenty six", "2026"),
        ("at seven thirty", "at 7:30"),
        ("Dinner is at eight o'clock.", "dinner is at 8:00"),
        ("December twenty first", "December 21st"),
        ("the thirty first of January", "the 31st of January"),
        ("three hundred and twelve", "312"),
        ("about three thousand people", "about 3,000 people"),
        ("What is twelve times nine?", "What is 12 x 9?"),
        ("It is minus five outside.", "It is -5 outside."),
        ("It costs twenty dollars.", "It costs $20."),
        ("Add fifteen percent.", "add 15%"),
        ("six eggs and two loaves", "6 eggs and 2 loaves"),
        ("forty-two chairs", "42 chairs"),
    ],
)
def test_numbers_are_the_same_however_they_are_written(said: str, written: str) -> None:
    assert words(said) == words(written)
    assert errors(said, written)[0] == 0


@pytest.mark.parametrize(
    ("said", "written"),
    [("twenty one", "21 1"), ("five", "nine"), ("four and five", "45"), ("oh dear", "0 dear")],
)
def test_other_numbers_are_not(said: str, written: str) -> None:
    assert errors(said, written)[0] > 0


def test_words_changed_left_out_and_put_in_count_one_each() -> None:
    assert errors("buy some milk", "buy some silk") == (1, 3)
    assert errors("buy some milk", "buy milk") == (1, 3)
    assert errors("buy some milk", "buy some more milk") == (1, 3)
    assert errors("buy some milk", "") == (3, 3)


def test_every_digit_counts() -> None:
    assert errors("nine one seven three", "9183") == (1, 4)
