"""What only speech has is taken out of words; everything else stays as it stands."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.memory.facts.language.speech import smoothed
from backend.memory.facts.language.words import words_of


def smooth(text: str) -> str:
    return " ".join(word.low for word in smoothed(words_of(text)))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("i i live in uh rotterdam", "i live in rotterdam"),
        ("i'm i'm allergic", "i am allergic"),
        ("i love love love it", "i love it"),
        ("I live in Bonn, I mean, Cologne", "i live in cologne"),
        ("on the fifth, no sorry, the sixth of May", "on the sixth of may"),
        ("a Fiat, no wait, a Seat", "a seat"),
        ("my brother in law works", "my brother-in-law works"),
        ("my ex husband is late", "my ex-husband is late"),
        ("my sister her name is greta", "my sister 's name is greta"),
    ],
)
def test_what_was_mended_while_speaking_is_read_mended(said: str, meant: str) -> None:
    assert smooth(said) == meant


@pytest.mark.parametrize(
    "text",
    [
        "no no i do not",
        "the number is one one two two",
        "i know that that is so",
        "i mean it",
        "um i live here",
        "he told her that her name is long",
    ],
)
def test_what_is_meant_so_stays(text: str) -> None:
    assert smooth(text) == text


PIECES = ["i ", "my ", "sister ", "uh ", "no sorry ", "i mean, ", "her ", "name ", "in law ", "ex "]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=200, deadline=None)
def test_words_stay_in_their_order_and_where_they_stand(text: str) -> None:
    words = smoothed(words_of(text))
    assert all(one.end <= other.start for one, other in pairwise(words))
    assert all(0 <= word.start < word.end <= len(text) for word in words)
