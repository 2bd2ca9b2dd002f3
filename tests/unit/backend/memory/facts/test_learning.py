"""What only repeats the companion's words is told from what is news."""

import pytest

from backend.memory.facts.learning import checked_zone, repeats

TOLD = "You told me yesterday: my sister Anna lives in Lisbon. Do you live in Porto?"


@pytest.mark.parametrize(
    ("words", "is_repeated"),
    [
        ("Anna lives in Lisbon", True),
        ("my sister ANNA lives in lisbon,", True),
        ("Anna lives in Porto", False),
        ("I live in Porto", False),  # the answer to a question
        ("Lisbon", False),
        ("", False),
        ("your sister Anna lives in Lisbon now", False),
    ],
)
def test_repeating_is_not_telling(words: str, is_repeated: bool) -> None:
    assert repeats(words, TOLD) is is_repeated


def test_you_and_i_are_turned() -> None:
    assert repeats("I live in Porto", "As far as I know you live in Porto.")
    assert repeats("my name is Martin", "Your name is Martin.")
    assert not repeats("my name is Martin", "His name is Martin.")


@pytest.mark.parametrize("name", ["", None, "nowhere/else", "../../etc/passwd", "Europe/Berlin"])
def test_a_zone_is_always_one(name: str | None) -> None:
    assert checked_zone(name) in {"UTC", "Europe/Berlin"}
