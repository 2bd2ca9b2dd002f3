"""Phrases leave early and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.speaking import Phrases
from backend.conversation.speaking.phrases import CODE_LETTERS_MAX, PHRASE_LETTERS_MAX


def cut(text: str, *, size: int = 4) -> list[str]:
    phrases, found = Phrases(), []
    for start in range(0, len(text), size):
        found += phrases.feed(text[start : start + size])
    return [phrase.text for phrase in found + phrases.flush()]


def test_the_first_clause_leaves_before_its_sentence_is_finished() -> None:
    phrases = Phrases()
    assert phrases.feed("On Saturday by phone you told me: my") != []


def test_a_sentence_leaves_as_soon_as_the_next_one_begins() -> None:
    phrases = Phrases()
    assert not phrases.feed("That is noted now.")
    assert [phrase.text for phrase in phrases.feed(" And")] == ["That is noted now."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Good. I will do that. See you.", ["Good. I will do that.", "See you."]),
        (
            "It costs 3.50 dollars today. Fine, then.",
            ["It costs 3.50 dollars today.", "Fine, then."],
        ),
        (
            "Ask Mr. Smith about J. Doe at 5 p.m. today.",
            ["Ask Mr. Smith about J. Doe at 5 p.m. today."],
        ),
        ("We met at 5 p.m. Then we left.", ["We met at 5 p.m.", "Then we left."]),
        ("Apples, pears etc. are fruit. Yes.", ["Apples, pears etc. are fruit.", "Yes."]),
        (
            "Fruit from the garden, e.g., apples and pears.",
            ["Fruit from the garden,", "e.g., apples and pears."],
        ),
        (
            "It takes 3.5 hours until version 2.0.1 is there. See https://x.org/a.b for more.",
            [
                "It takes 3.5 hours until version 2.0.1 is there.",
                "See https://x.org/a.b for more.",
            ],
        ),
        (
            "That is in [the long, old page](https://x.org/a) of last year.",
            ["That is in [the long, old page](https://x.org/a) of last year."],
        ),
        ("**That is bold.** And this is not.", ["**That is bold.**", "And this is not."]),
        (
            "今日は良い天気ですね。散歩に行きましょう。",
            ["今日は良い天気ですね。散歩に行きましょう。"],
        ),
        (
            "Try this:\n```python\nprint(1)\n\nprint(2). Done\n```\nThen run it.",
            ["Try this:", "```python\nprint(1)\n\nprint(2). Done\n```", "Then run it."],
        ),
        ("First line\nSecond line", ["First line", "Second line"]),
        ("1. Buy milk now. 2. Buy bread.", ["1. Buy milk now.", "2. Buy bread."]),
        ('He said "stop it now." Then he left.', ['He said "stop it now."', "Then he left."]),
        ("Really?! Yes, it is so.", ["Really?! Yes, it is so."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_it_is_cut_where_a_speaker_breathes(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_code_without_an_end_is_given_out_all_the_same() -> None:
    phrases = cut("```\n" + "x = 1\n" * 2_000)
    assert max(len(phrase) for phrase in phrases) <= CODE_LETTERS_MAX


def test_a_text_without_any_stop_is_cut_between_words() -> None:
    phrases = cut("word " * 200)
    assert all(len(phrase) <= PHRASE_LETTERS_MAX for phrase in phrases)
    assert set(" ".join(phrases).split()) == {"word"}


def test_indexes_count_up_and_begin_again_with_the_next_reply() -> None:
    phrases = Phrases()
    first = phrases.feed("One sentence is here. Another one is there. ") + phrases.flush()
    assert [phrase.index for phrase in first] == [0, 1]
    assert [phrase.index for phrase in phrases.feed("A new reply begins. X")] == [0]


@given(st.text(alphabet="ab.,;:!? \n1\"'[]()`*。", max_size=600), st.integers(1, 50))
def test_no_letter_is_ever_lost_however_the_text_arrives(text: str, size: int) -> None:
    assert "".join("".join(cut(text, size=size)).split()) == "".join(text.split())
