"""Whether words could be all that somebody wanted to say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.hearing.completeness import Completeness, completeness
from backend.conversation.hearing.vocabulary import CONJUNCTIONS, DETERMINERS, FILLERS

ENDS = {
    Completeness.FAREWELL,
    Completeness.ANSWER,
    Completeness.QUESTION,
    Completeness.COMPLETE,
    Completeness.BRIEF,
}


@pytest.mark.parametrize(
    "text",
    [
        "I need bread and",
        "I need bread and.",
        "I stayed at home because.",
        "My number is",
        "My number is.",
        "What did I say about?",
        "Can you remind me?",
        "Do you know where?",
        "Do you know?",
        "I was wondering if.",
        "We bought a",
        "I am looking for a small.",
        "So, um.",
        "I wanted to say, uh...",
        "Take a note.",
        "When I get home.",
        "If it rains tomorrow.",
        "Remember that the spare key.",
        "Please tell Martin that.",
        "She told me that she.",
        "I have",
        "Add milk, eggs,",
        "It is very.",
        "I want to renew.",
        "First I clean the kitchen.",
        "My number is - ",
    ],
)
def test_what_must_go_on_is_never_taken_for_an_end(text: str) -> None:
    assert completeness(text) not in ENDS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Completeness.NOTHING),
        ("...", Completeness.NOTHING),
        ("What is on my list?", Completeness.QUESTION),
        ("what is on my list", Completeness.QUESTION),
        ("Where are you from?", Completeness.QUESTION),
        ("What can you do?", Completeness.QUESTION),
        ("How do you do?", Completeness.QUESTION),
        ("What are you looking at?", Completeness.QUESTION),
        ("I want you to do", Completeness.UNFINISHED),
        ("What is it for?", Completeness.QUESTION),
        ("Turn the light on, please.", Completeness.QUESTION),
        ("I would like to buy some bread.", Completeness.QUESTION),
        ("My sister has her birthday on the fourth of May.", Completeness.COMPLETE),
        ("She told me that she got the job.", Completeness.COMPLETE),
        ("When I get home, I want to water the plants.", Completeness.COMPLETE),
        ("The car is broken.", Completeness.BRIEF),
        ("Yes.", Completeness.ANSWER),
        ("I think so.", Completeness.ANSWER),
        ("That was all for today, goodbye.", Completeness.FAREWELL),
        ("See you tomorrow!", Completeness.FAREWELL),
        ("The second one.", Completeness.SUBJECT),
        ("My favourite colour.", Completeness.SUBJECT),
        ("Tuesday evening.", Completeness.UNSURE),
        ("My number is 415", Completeness.DICTATING),
        ("My number is 415 555 2671.", Completeness.WHOLE_NUMBER),
    ],
)
def test_words_are_told_apart(text: str, expected: Completeness) -> None:
    assert completeness(text) == expected


def test_what_a_wrong_full_stop_cut_in_two_is_put_together() -> None:
    assert completeness("Next summer we want to. Travel to the mountains.") in ENDS
    assert completeness("What did I say about? The birthday party.") in ENDS


def test_the_last_sentence_decides() -> None:
    assert completeness("Hello there. I have a question and") == Completeness.UNFINISHED


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Ich möchte Brot und", "de", Completeness.UNFINISHED),
        ("Ich möchte Brot kaufen.", "de", Completeness.COMPLETE),
        ("Ich möchte Brot kaufen", "de", Completeness.UNSURE),
        ("¿Dónde está la llave?", "es", Completeness.QUESTION),
        ("Je voudrais du", "fr", Completeness.UNFINISHED),
        ("今日は何をしますか？", "ja", Completeness.QUESTION),  # noqa: RUF001 - as it is written
        ("我想买面包。", "zh", Completeness.COMPLETE),
        ("سأعود غدا", "ar", Completeness.UNSURE),
    ],
)
def test_other_languages_are_judged_by_their_marks_and_small_words(
    text: str, language: str, expected: Completeness
) -> None:
    assert completeness(text, language=language) == expected


@given(st.text(max_size=200), st.sampled_from(["en", "de", "xx"]))
def test_whatever_the_ears_write_is_judged(text: str, language: str) -> None:
    assert completeness(text, language=language) in Completeness
    assert completeness(text, digits=4, language=language) in Completeness


@given(
    st.lists(
        st.sampled_from(["we", "buy", "bread", "today", "in", "town", "with", "Anna"]), min_size=2
    ),
    st.sampled_from(sorted((CONJUNCTIONS | DETERMINERS | FILLERS) - {"who", "which", "when"})),
    st.sampled_from(["", ".", "?", "!", "...", ","]),
)
def test_no_mark_closes_what_an_open_word_opens(words: list[str], last: str, mark: str) -> None:
    assert completeness(" ".join([*words, last]) + mark) not in ENDS
