"""Who corrects themselves in the same breath has said one thing, not two."""

import pytest

from backend.kernel.clock import Instant
from backend.memory.facts.reading.denials import read_denials
from backend.memory.facts.reading.reading import read_facts

SAID_AT = Instant(1_795_233_600_000_000)


def read(text: str) -> list[tuple[str, str]]:
    found = read_facts(text, speaker="", said_at=SAID_AT, zone="UTC")
    return [(each.predicate, each.object) for each in found]


@pytest.mark.parametrize(
    "text",
    [
        "I'm allergic to bees. Actually I'm not, that was a mistake.",
        "I am allergic to wasps. Sorry, I mean I am not\u2026",
        "I am allergic to wasps. Sorry, I mean I'm not allergic.",
        "I am allergic to wasps, no, I'm not allergic to wasps.",
        "I'm allergic to bees, actually I'm not.",
        "I am allergic to bees actually I am not that was a mistake",
        "I live in Porto. No, that's wrong.",
        "My sister lives in Porto. Wait, no, she doesn't.",
        "I live in Porto. Scratch that.",
        "I'm vegan. That was a mistake, sorry.",
    ],
)
def test_what_is_taken_back_at_once_was_never_told(text: str) -> None:
    assert [each for each in read(text) if each[0] != "sister"] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I'm vegan. I mean vegetarian.", [("diet", "vegetarian")]),
        ("I'm vegan, I mean vegetarian.", [("diet", "vegetarian")]),
        ("I'm vegan, sorry, vegetarian.", [("diet", "vegetarian")]),
        ("I'm vegan. I mean I'm vegetarian.", [("diet", "vegetarian")]),
        ("I'm vegan. Wait, no. I mean vegetarian.", [("diet", "vegetarian")]),
        ("My wife is called Maria. Sorry, I mean Marta.", [("wife", "Marta")]),
        (
            "My sister Anna lives in Rome. No, Milan.",
            [("sister", "Anna"), ("lives in", "Milan")],
        ),
        (
            "My birthday is on the 3rd of May. Sorry, the 4th of May.",
            [("birthday", "4 May")],
        ),
        (
            "I'm allergic to bees. That's wrong, I'm allergic to wasps.",
            [("allergic to", "wasps")],
        ),
        ("I'm a nurse. Actually a midwife.", [("works as", "a midwife")]),
        ("I live in Porto. Sorry, Lisbon.", [("lives in", "Lisbon")]),
        ("I live in Porto. Actually I live in Lisbon.", [("lives in", "Lisbon")]),
        ("I'm 40 years old. No, 41.", [("age", "41 years old")]),
        ("I'm allergic to bees. I mean wasps.", [("allergic to", "wasps")]),
        ("My name is Sam. Sorry, Sami.", [("name", "Sami")]),
        ("My sister is called Anna. No, Hanna.", [("sister", "Hanna")]),
        ("My favourite colour is blue. I meant green.", [("favourite colour", "green")]),
        ("I have two cats. I mean dogs.", [("has pet", "two dogs")]),
        ("I have two cats, I mean dogs", [("has pet", "two dogs")]),
        ("i have two cats i mean dogs", [("has pet", "two dogs")]),
        ("I have two cats. No, dogs.", [("has pet", "two dogs")]),
        ("I have two cats. I mean dogs, not cats.", [("has pet", "two dogs")]),
        ("I have two cats. I mean three.", [("has pet", "three cats")]),
        ("I have two cats. Sorry, two dogs.", [("has pet", "two dogs")]),
        ("I have two cats. I mean, I have two dogs.", [("has pet", "two dogs")]),
        ("I have a cat. No, a dog.", [("has pet", "a dog")]),
        ("I have two brothers. I mean sisters.", [("has", "two sisters")]),
        ("I've got two kids. Sorry, three.", [("has", "three kids")]),
        (
            "I have two cats and a dog. I mean three cats.",
            [("has pet", "a dog"), ("has pet", "three cats")],
        ),
    ],
)
def test_what_is_put_right_at_once_is_told_as_it_was_meant(
    text: str, told: list[tuple[str, str]]
) -> None:
    assert read(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I'm allergic to bees. I'm not allergic to wasps.", [("allergic to", "bees")]),
        ("I'm allergic to bees. She's not.", [("allergic to", "bees")]),
        ("I live in Porto. Sorry, what did you say?", [("lives in", "Porto")]),
        ("I live in Porto. No, really.", [("lives in", "Porto")]),
        ("I live in Porto, sorry I'm a bit late.", [("lives in", "Porto")]),
        ("I live in Porto. Sorry, sorry.", [("lives in", "Porto")]),
        ("I live in Porto. Sorry, gotta go.", [("lives in", "Porto")]),
        ("i live in porto. sorry, gotta go", [("lives in", "Porto")]),
        ("I'm vegan. I mean, mostly.", [("diet", "vegan")]),
        ("I live in Porto. No thanks.", [("lives in", "Porto")]),
        ("I live in Porto. Actually, my sister lives in Rome.", [("lives in", "Porto")] * 2),
        ("I like tea. Actually, I love it.", [("likes", "tea")]),
        ("I'm vegan. Sorry I was late.", [("diet", "vegan")]),
        ("I have two cats. No dogs though.", [("has pet", "two cats")]),
        ("I have two cats, no dogs.", [("has pet", "two cats")]),
        ("I have two cats. Sorry, dogs make me nervous.", [("has pet", "two cats")]),
        ("I have a cat. Actually, a dog too.", [("has pet", "a cat")]),
        ("I have two cats. Actually, I have two dogs too.", [("has pet", "two cats")]),
    ],
)
def test_what_takes_nothing_back_leaves_it(text: str, told: list[tuple[str, str]]) -> None:
    assert read(text)[: len(told)][:1] == told[:1]


def test_what_is_taken_back_at_once_is_denied_where_it_is_held() -> None:
    text = "I'm allergic to bees. Actually I'm not, that was a mistake."
    denied = read_denials(text, said_at=SAID_AT, zone="UTC")
    assert ("allergic to", "bees") in [(each.predicate, each.object) for each in denied]
