"""Names and relations, read by rules."""

import time

import pytest

from backend.memory import extract_concepts


def relations(text: str) -> list[tuple[str, str, str]]:
    found = extract_concepts(text, "Sam").relations
    return [(each.subject.name, each.predicate, each.object.name) for each in found]


def names(text: str) -> dict[str, str]:
    return {m.concept.name: m.concept.kind.value for m in extract_concepts(text, "Sam").mentions}


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("My sister Anna has her birthday in May.", ("Sam", "sister", "Anna")),
        ("Please remember that my best friend, Tom, is vegan.", ("Sam", "friend", "Tom")),
        ("Anna is my sister.", ("Sam", "sister", "Anna")),
        ("My sister's name is Anna", ("Sam", "sister", "Anna")),
        ("my cat is called Momo", ("Sam", "cat", "Momo")),
        ("Anna lives in Lisbon with Tom.", ("Anna", "lives in", "Lisbon")),
        ("I just moved to New York.", ("Sam", "moved to", "New York")),
        ("Tell Ben's dog Rex hello.", ("Ben", "dog", "Rex")),
    ],
)
def test_a_relation_is_read(text: str, relation: tuple[str, str, str]) -> None:
    assert relation in relations(text)


def test_names_have_their_kind() -> None:
    assert names("I met Maria Lopez in Rome.") == {"Rome": "place", "Maria Lopez": "person"}


@pytest.mark.parametrize(
    "text", ["Buy oat milk.", "Remember to call on Monday in May.", "I am OK.", "", "What? Why?"]
)
def test_common_words_are_no_names(text: str) -> None:
    assert names(text) == {}


def test_without_a_speaker_relations_are_mine() -> None:
    (relation,) = extract_concepts("My sister Anna is here.").relations
    assert relation.subject.name == "me"


@pytest.mark.parametrize("text", ["A" * 9000, "My " * 3000, "Anna and " * 900, "Aa's " * 2000])
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    extract_concepts(text)
    assert time.process_time() - began < 1  # a hundred times the usual: only a runaway fails
