"""What is said after a reply that was wrong puts right the fact that is meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.memory.facts import CorrectionKind, FactView, read_correction
from backend.memory.facts.corrections import Part
from tests.fakes.facts import fact

LIVES = fact("Anna", "lives in", "Porto", name="lives")
SISTER = fact("", "sister", "Anna", name="sister")
BIKE = fact("", "owns", "bike", name="bike")
COLOUR = fact("", "favourite colour", "green", name="colour")


@pytest.mark.parametrize(
    "text",
    [
        "no, it's Lisbon",
        "No. It's Lisbon.",
        "no i meant lisbon",
        "No, Lisbon.",
        "It's not Porto, it's Lisbon.",
        "It isn't Porto, it's Lisbon",
        "not porto but lisbon",
        "Lisbon, not Porto.",
        "that's wrong, it's Lisbon",
        "That's not right, she lives in Lisbon.",
        "No, she lives in Lisbon.",
        "She lives in Lisbon, not in Porto.",
        "I said Lisbon.",
        "Make that Lisbon.",
        "no no no it's lisbon",
    ],
)
def test_the_right_place_takes_the_wrong_ones(text: str) -> None:
    found = read_correction(text, [LIVES])
    assert found is not None
    assert (found.kind, found.fact_id, found.value) == (CorrectionKind.CORRECTED, "lives", "Lisbon")


@pytest.mark.parametrize(
    "text",
    [
        "I moved, it's Lisbon now",
        "She moved, it's Lisbon now.",
        "no she moved to lisbon",
        "It's Lisbon now.",
        "that was before, now it's Lisbon",
    ],
)
def test_what_changed_was_not_wrong(text: str) -> None:
    found = read_correction(text, [LIVES])
    assert found is not None
    assert (found.kind, found.value) == (CorrectionKind.CHANGED, "Lisbon")


@pytest.mark.parametrize(
    "text",
    [
        "That's wrong.",
        "no that's wrong",
        "wrong",
        "That is not true.",
        "you got that wrong",
        "I never said that.",
        "no she doesn't",
    ],
)
def test_what_is_denied_has_nothing_in_its_place(text: str) -> None:
    found = read_correction(text, [LIVES])
    assert found is not None
    assert (found.kind, found.value) == (CorrectionKind.DENIED, "")


@pytest.mark.parametrize("text", ["not any more", "She doesn't live there any more."])
def test_what_is_over_was_true(text: str) -> None:
    found = read_correction(text, [LIVES])
    assert found is not None
    assert found.kind is CorrectionKind.ENDED


@pytest.mark.parametrize(
    "text",
    [
        "forget that",
        "Forget that, please.",
        "no thanks",
        "no",
        "No, that's fine.",
        "No, it's okay.",
        "no, it's me",
        "It's raining.",
        "is that wrong?",
        "that's right",
        "no i want to hear something else",
        "No, tell me more.",
        "Call Lisbon.",
        "what's wrong",
        "",
    ],
)
def test_other_words_put_nothing_right(text: str) -> None:
    assert read_correction(text, [LIVES]) is None


def test_a_name_that_was_misheard_is_put_right() -> None:
    found = read_correction("It's not Anna, it's Hanna.", [SISTER])
    assert found is not None
    assert (found.fact_id, found.value, found.part) == ("sister", "Hanna", Part.OBJECT)


def test_it_may_be_the_one_whom_the_fact_is_about() -> None:
    found = read_correction("it's not anna, it's hanna", [LIVES])
    assert found is not None
    assert (found.value, found.part) == ("Hanna", Part.SUBJECT)


def test_the_fact_that_has_what_was_wrong_is_meant() -> None:
    found = read_correction("It's not green, it's blue.", [LIVES, SISTER, COLOUR])
    assert found is not None
    assert (found.fact_id, found.value) == ("colour", "blue")


@pytest.mark.parametrize(
    "text",
    [
        "No, Thomas lives in Oslo.",
        "No, Paris is beautiful.",
        "No, Maria called.",
        "No, Paris stinks.",
        "No, the dog barked.",
        "No, it's Paris that I like.",
        "I said Maria called.",
    ],
)
@pytest.mark.parametrize("told", [LIVES, SISTER, BIKE])
def test_a_sentence_of_its_own_is_nobodys_object(text: str, told: FactView) -> None:
    assert read_correction(text, [told]) is None


@pytest.mark.parametrize("value", ["used car", "red scooter", "scooter"])
def test_a_thing_may_be_told_in_some_words(value: str) -> None:
    found = read_correction(f"No, a {value}.", [BIKE])
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    "text", ["No, that's the neighbour's sister.", "That's not my sister.", "She isn't my sister."]
)
def test_somebody_elses_relative_is_none_of_theirs(text: str) -> None:
    found = read_correction(text, [SISTER])
    assert found is not None
    assert (found.kind, found.value) == (CorrectionKind.DENIED, "")


@given(st.text(max_size=500))
@settings(max_examples=100, deadline=None)
def test_any_words_may_follow_a_reply(text: str) -> None:
    found = read_correction(text, [LIVES, SISTER, COLOUR])
    assert found is None or found.fact_id in {"lives", "sister", "colour"}


def test_a_day_that_no_calendar_has_puts_nothing_right() -> None:
    birthday = fact("", "birthday", "14 February", name="birthday")
    for text in ("No, it's the 31st of February.", "No, it's the 30th."):
        found = read_correction(text, [birthday])
        assert found is None or "3" not in found.value, text
    found = read_correction("No, it's the 15th.", [birthday])
    assert found is not None
    assert found.value == "15 February"
