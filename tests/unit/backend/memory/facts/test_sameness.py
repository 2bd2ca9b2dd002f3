"""What was said more or less exactly is one value; what differs is another."""

import pytest

from backend.memory.facts.claims import slot_of
from backend.memory.facts.sameness import exactness, is_same, medicine_of, object_key


@pytest.mark.parametrize(
    ("predicate", "lesser", "greater"),
    [
        ("lives in", "Lisbon", "Lisbon, Portugal"),
        ("lives in", "lisbon", "Lisbon in Portugal"),
        ("comes from", "the Netherlands", "Netherlands, Europe"),
        ("works at", "Siemens", "Siemens in Munich"),
        ("name", "Martin", "Martin Keller"),
        ("wife", "Clara", "Clara Schumann"),
        ("birthday", "3 April", "3 April 1980"),
        ("takes", "metformin", "metformin 500 mg"),
        ("takes", "metformin 500 mg", "500 milligrams of metformin every morning"),
        ("takes", "sleeping pills", "two sleeping pills every night"),
    ],
)
def test_the_lesser_is_the_same_and_the_greater_is_kept(
    predicate: str, lesser: str, greater: str
) -> None:
    assert is_same(predicate, lesser, greater)
    assert is_same(predicate, greater, lesser)
    assert exactness(predicate, greater) > exactness(predicate, lesser)


@pytest.mark.parametrize(
    ("predicate", "one", "other"),
    [
        ("lives in", "Lisbon, Portugal", "Lisbon, Ohio"),
        ("lives in", "Porto", "Porto Alegre"),
        ("takes", "metformin 500 mg", "metformin 1000 mg"),
        ("takes", "metformin five hundred mg", "metformin 850 mg"),
        ("takes", "aspirin every morning", "aspirin every evening"),
        ("takes", "insulin", "metformin"),
        ("name", "Martin Keller", "Martin Braun"),
        ("works as", "a nurse", "a nurse manager"),
        ("birthday", "3 April 1980", "3 April 1981"),
    ],
)
def test_what_contradicts_is_another(predicate: str, one: str, other: str) -> None:
    assert not is_same(predicate, one, other)
    assert not is_same(predicate, other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("S\u00e3o Paulo", "sao paulo"),
        ("Sa\u0303o Paulo", "S\u00e3o Paulo"),
        ("\u0141\u00f3d\u017a", "Lodz"),
        ("M\u00fcnchen.", "munchen"),
        ("The  Hague", "hague"),
    ],
)
def test_case_accents_and_articles_do_not_count(one: str, other: str) -> None:
    assert object_key(one) == object_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("\u304b", "\u304c"), ("\u0e01\u0e48", "\u0e01"), ("\u0915", "\u0915\u093f")],
    ids=["japanese", "thai", "hindi"],
)
def test_marks_of_other_scripts_make_other_words(one: str, other: str) -> None:
    assert object_key(one) != object_key(other)


@pytest.mark.parametrize(
    ("said", "medicine"),
    [
        ("metformin 500 mg twice a day", "metformin"),
        ("50 milligrams of metoprolol every morning", "metoprolol"),
        ("two tablets of zorbaxin before bed", "zorbaxin"),
        ("5mg ramipril", "ramipril"),
        ("Sleeping Pills", "sleeping pills"),
        ("500 mg", "500 mg"),
    ],
)
def test_a_medicine_is_one_whatever_its_dose(said: str, medicine: str) -> None:
    assert medicine_of(said) == medicine
    assert slot_of("takes", said) == f"takes:{medicine}"
