"""Which words matter, and what is relevant."""

from backend.memory.recall.fusion import Candidate, floors_of, signals
from backend.memory.recall.words import (
    content_terms,
    content_words,
    coverage,
    in_first_person,
    names_any,
    names_asked,
)


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
