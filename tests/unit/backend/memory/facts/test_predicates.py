"""What is believed can be told in whole sentences, and asked for."""

import pytest

from backend.memory.facts import ONESELF
from backend.memory.facts.predicates import CATALOGUE, kin_of, predicate, predicates_asked, told
from backend.memory.facts.types import Cardinality


@pytest.mark.parametrize(
    ("subject", "name", "value", "said"),
    [
        (ONESELF, "lives in", "Lisbon", "You live in Lisbon."),
        ("Anna", "lives in", "Lisbon", "Anna lives in Lisbon."),
        (ONESELF, "sister", "Anna", "Your sister is called Anna."),
        ("Anna", "husband", "Jorge", "Anna's husband is called Jorge."),
        (ONESELF, "favourite colour", "green", "Your favourite colour is green."),
        (ONESELF, "diet", "vegetarian", "You are vegetarian."),
        ("Anna", "allergic to", "nuts", "Anna is allergic to nuts."),
        (ONESELF, "gets up on weekdays", "six", "You get up at six on weekdays."),
        (ONESELF, "smoking", "a non-smoker", "You are a non-smoker."),
    ],
)
def test_a_fact_is_told_to_who_it_is_about(subject: str, name: str, value: str, said: str) -> None:
    assert told(subject, name, value, oneself="You") == said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("lives in", "Berlin", "You used to live in Berlin."),
        ("diet", "vegetarian", "You used to be vegetarian."),
        ("favourite colour", "red", "Your favourite colour was red."),
    ],
)
def test_what_is_over_is_told_in_the_past(name: str, value: str, said: str) -> None:
    assert told(ONESELF, name, value, oneself="You", is_past=True) == said


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Where does Anna live?", "lives in"),
        ("what's my favorite color", "favourite colour"),
        ("What's my sister's name?", "sister"),
        ("who is my mum", "mother"),
        ("When is Anna's birthday?", "birthday"),
        ("What am I allergic to?", "allergic to"),
        ("Where do I work?", "works at"),
        ("what languages does she speak", "speaks"),
    ],
)
def test_a_question_asks_for_a_predicate(question: str, name: str) -> None:
    assert name in predicates_asked(question)


def test_a_place_to_live_is_one_and_likes_are_many() -> None:
    assert predicate("lives in").cardinality is Cardinality.ONE
    assert predicate("likes").cardinality is Cardinality.MANY
    assert predicate("sister").cardinality is Cardinality.MANY
    assert predicate("mother").cardinality is Cardinality.ONE


def test_what_must_be_at_hand_is_pinned_by_its_nature() -> None:
    pinned = {name for name, known in CATALOGUE.items() if known.is_pinned}
    assert {"allergic to", "name", "called", "takes", "wish"} <= pinned


def test_an_unknown_predicate_stands_beside_others() -> None:
    assert predicate("has seen").cardinality is Cardinality.MANY


def test_opposites_point_at_each_other() -> None:
    for name, known in CATALOGUE.items():
        assert not known.opposite or CATALOGUE[known.opposite].opposite == name


def test_every_word_for_a_relative_is_one_relation() -> None:
    assert (kin_of("Mom"), kin_of("sisters"), kin_of("wives"), kin_of("boss")) == (
        "mother",
        "sister",
        "wife",
        "boss",
    )
    assert kin_of("bass") == ""


def test_what_somebody_did_not_do_is_told_as_what_they_used_not_to() -> None:
    assert told("", "does not eat", "meat", oneself="You", is_past=True) == (
        "You used not to eat meat."
    )
