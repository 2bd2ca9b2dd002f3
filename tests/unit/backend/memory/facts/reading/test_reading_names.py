"""Who is told of is known by what only people do, and a place by its points."""

import pytest

from backend.kernel.clock import Instant
from backend.memory.facts import read_facts

SAID_AT = Instant(1_700_000_000_000_000)


def read(text: str) -> list[tuple[str, str, str]]:
    found = read_facts(text, speaker="", said_at=SAID_AT, zone="UTC")
    return [(each.subject, each.predicate, each.object) for each in found]


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("Bobby lives in Vienna.", ("Bobby", "lives in", "Vienna")),
        ("Bobby is allergic to nuts.", ("Bobby", "allergic to", "nuts")),
        ("I'm from the U.S.", ("", "comes from", "the U.S")),
        ("I live in the U.K. now.", ("", "lives in", "the U.K")),
        ("I live in 東京.", ("", "lives in", "東京")),
        ("My name is 李雷.", ("", "name", "李雷")),
    ],
)
def test_a_name_needs_no_list(said: str, fact: tuple[str, str, str]) -> None:
    assert fact in read(said)


@pytest.mark.parametrize(
    "said",
    [
        "Tomorrow works for me.",
        "Nobody lives in Vienna.",
        "Everything lives in Vienna.",
        "Nokia works in Finland.",
    ],
)
def test_what_is_nobody_is_not_told_of(said: str) -> None:
    assert read(said) == []


def test_the_point_of_a_short_word_still_ends_its_sentence() -> None:
    assert ("", "likes", "tea") in read("I'm from the U.S. I like tea.")
