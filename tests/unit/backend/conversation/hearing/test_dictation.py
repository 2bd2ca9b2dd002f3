"""Numbers, letters and addresses that are being dictated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.hearing.dictation import Dictation, dictation


@pytest.mark.parametrize(
    "text",
    [
        "My number is 415",
        "My number is 415, 555.",
        "My phone number is four one five five five",
        "You can reach me at 020 7946",
        "Call him on 0171 234 567",
        "The code is 4 7",
        "555 1234",
        "double five six",
        "My name is spelled A N",
        "My name is spelled A.",
        "I live at 17 Station Road",
        "My address is 42",
        "My e-mail is anna at",
        "The card number is 4000 1234 5678",
        "The zip code is 941",
    ],
)
def test_a_part_is_not_the_whole(text: str) -> None:
    assert dictation(text) == Dictation.OPEN


@pytest.mark.parametrize(
    "text",
    [
        "My number is 415 555 2671.",
        "My phone number is four one five five five five two six seven one",
        "Dial 1-800-555-0175",
        "Call him on 0171 234 5678",
        "My PIN is 8 2 5 1",
        "The zip code is 94107.",
        "The card number is 4000 1234 5678 9010.",
        "My address is 42 Maple Street, Springfield 94107",
    ],
)
def test_as_many_digits_as_such_a_number_has_are_the_whole(text: str) -> None:
    assert dictation(text) == Dictation.WHOLE


@pytest.mark.parametrize(
    "text",
    [
        "Wake me up at 7",
        "Call me at 9",
        "I need 3 eggs",
        "I bought a 4",
        "It happened in March 1984.",
        "My address book is in the drawer.",
        "I have a question.",
        "",
    ],
)
def test_amounts_times_and_years_are_not_dictated(text: str) -> None:
    assert dictation(text) is None


def test_digits_that_were_asked_for_are_counted() -> None:
    assert dictation("8 2 5", digits=4) == Dictation.OPEN
    assert dictation("eight two five one", digits=4) == Dictation.WHOLE
    assert dictation("8 2 5 1 9 9", digits=0) == Dictation.OPEN
    assert dictation("I don't know it", digits=4) is None


@given(st.lists(st.integers(0, 9), min_size=1, max_size=9), st.sampled_from([" ", ", ", "-", ". "]))
def test_no_telephone_number_is_whole_before_its_tenth_digit(
    digits: list[int], between: str
) -> None:
    said = between.join(map(str, digits))
    assert dictation(f"My number is {said}") is Dictation.OPEN
