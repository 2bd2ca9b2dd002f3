"""Whatever is never to be forgotten is read, whether there is a name for it or not."""

import pytest

from backend.memory.facts.reading.standing import read_standing, standing_wish


@pytest.mark.parametrize(
    ("said", "subject", "predicate", "value"),
    [
        ("Never forget that my blood type is B negative.", "", "the blood type", "B negative"),
        ("my shoe size is 43, by the way", "", "the shoe size", "43"),
        ("Anna's blood type is A.", "Anna", "the blood type", "A"),
    ],
)
def test_a_thing_of_somebodys_own_is_read(
    said: str, subject: str, predicate: str, value: str
) -> None:
    [read] = read_standing(said)
    assert (read.subject, read.predicate, read.object) == (subject, predicate, value)
    assert read.is_pinned


@pytest.mark.parametrize(
    "said", ["The boiler is off.", "Is my blood type A?", "My blood type is not A.", "I live here."]
)
def test_what_is_nobodys_own_thing_is_not(said: str) -> None:
    assert read_standing(said) == ()


def test_other_words_are_kept_as_they_were_said() -> None:
    read = standing_wish("the boiler must be off at night.")
    assert (read.predicate, read.object) == ("standing wish", "the boiler must be off at night")
