"""Which words matter, and what is relevant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.memory.recall.fusion import Candidate, floors_of, signals, words_first
from backend.memory.recall.words import (
    content_terms,
    content_words,
    coverage,
    in_first_person,
    is_bare,
    names_any,
    names_asked,
)
from backend.platform import words as cutting


def test_little_words_carry_no_meaning() -> None:
    assert content_words("What is the name of my sister?") == content_words("name sister")
    assert content_terms("When is Anna's birthday?") == "Anna birthday"


def test_forms_of_a_word_are_one() -> None:
    assert content_words("running parties liked") == content_words("runn party like")


def test_coverage_is_the_share_of_the_questions_words() -> None:
    asked = content_words("When is Anna's birthday?")
    assert coverage(asked, "my sister Anna has her birthday in May") == 1.0
    assert coverage(asked, "Anna likes tea") == 0.5
    assert coverage(frozenset(), "anything") == 0.0


def test_a_question_is_asked_as_its_speaker_would() -> None:
    asked = "When did Melanie run, and where is Melanie's bike?"
    assert in_first_person(asked, {"Melanie", ""}) == "When did I run, and where is my bike?"
    assert in_first_person("What about Mel?", {"Melanie"}) == "What about Mel?"


def test_relevance_needs_meaning_or_words_or_some_of_both() -> None:
    floors = floors_of("all-MiniLM-L6-v2")
    assert Candidate("a", cosine=0.6).is_relevant(floors)
    assert Candidate("a", coverage=1.0).is_relevant(floors)
    assert Candidate("a", cosine=0.45, coverage=0.5).is_relevant(floors)
    assert not Candidate("a", cosine=0.45).is_relevant(floors)
    assert not Candidate("a", coverage=0.4).is_relevant(floors)


def test_signals_of_nothing_are_nothing() -> None:
    assert signals([]) == []
    assert signals([Candidate("a")]) == [{"dense": 0.0, "lexical": 0.0, "speaker": 0.0}]


def test_what_has_no_vector_yet_stands_among_meanings_where_its_words_do() -> None:
    alike = [Candidate(f"m{number}", cosine=0.4 - number / 100) for number in range(5)]
    alike[1].lexical = 1.0
    new = Candidate("new", lexical=4.0, is_measured=False)
    late = Candidate("late", lexical=0.5, is_measured=False)
    shares = signals([*alike, new, late])
    assert shares[5]["dense"] == shares[0]["dense"] == 1.0
    assert shares[6]["dense"] == shares[2]["dense"]
    assert signals([new]) == [{"dense": 0.0, "lexical": 0.6, "speaker": 0.0}]


def test_a_name_in_the_question_must_be_in_the_answer_or_sound_alike() -> None:
    asked = names_asked("When is Anna's birthday?")
    assert names_any(asked, "Sam my sister Anna has her birthday in May")
    assert names_any(asked, "Sam my sister Hannah has her birthday in May")
    assert not names_any(asked, "Sam Peter has his birthday in May")
    assert names_any(names_asked("when is the party"), "anything")


def test_two_spellings_are_one_word() -> None:
    assert content_words("my favourite colour") == content_words("my favorite color")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("office", "the o\ufb03ce is closed"),
        ("\uff57\uff4f\uff52\uff44\uff53", "plain words"),
        ("मीठी", "मुझे मीठी चाय पसंद है"),
        ("고양이", "고양이가 두 마리 있어요"),
        ("cafe", "Un caf\u00e9 chez Ren\u00e9"),
        ("Lodz", "Łódź is a town"),
        ("strasse", "Die Straße ist lang"),
        ("🎂", "Happy birthday 🎂🎉"),
        ("anna's cake", "Anna\u2019s cake \u2013 it was good"),
    ],
)
def test_a_word_is_covered_in_whatever_form_it_is_typed(asked: str, said: str) -> None:
    assert coverage(content_words(asked), said) == 1.0
    assert coverage(content_words(asked), "something else altogether") == 0.0


def test_a_sign_is_part_of_its_word() -> None:
    assert coverage(content_words("मीठी"), "मठ में") == 0.0


@given(said=st.text(max_size=60))
def test_every_text_covers_itself(said: str) -> None:
    assert coverage(content_words(said), said) in {0.0, 1.0}
    assert bool(content_words(said)) <= bool(list(cutting.words(said)))


def test_bare_words_look_for_these_words() -> None:
    assert is_bare("office file")
    assert is_bare("मीठी")
    assert is_bare("고양이")
    assert not is_bare("Where is the office file?")
    assert not is_bare("what is the")
    assert not is_bare("")


def test_an_exact_word_stands_before_what_only_lies_near() -> None:
    near = [Candidate(f"n{number}", cosine=0.9 - number / 100) for number in range(3)]
    exact = Candidate("exact", cosine=0.1, lexical=0.5, coverage=1.0)
    part = Candidate("part", cosine=0.2, lexical=2.0, coverage=0.5)
    candidates = [*near, part, exact]
    shares = signals(candidates)
    part_before = dict(shares[3])
    words_first(candidates, shares)
    totals = [sum(share.values()) for share in shares]
    assert totals[4] > totals[0] > totals[1] > totals[2] > 0
    assert shares[3] == part_before


def test_where_no_text_has_all_the_words_meaning_decides() -> None:
    candidates = [Candidate("near", cosine=0.9), Candidate("part", lexical=1.0, coverage=0.5)]
    shares = signals(candidates)
    before = [dict(share) for share in shares]
    words_first(candidates, shares)
    assert shares == before
