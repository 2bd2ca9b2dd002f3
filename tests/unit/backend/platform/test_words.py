"""Words of any script, as full text keeps them."""

import pytest

from backend.platform import words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Café au lait!", ["cafe", "au", "lait"]),
        ("it's 3.14, isn't it?", ["it", "s", "3", "14", "isn", "t", "it"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("co\u00adoperate", ["cooperate"]),
        ("one\u200btwo", ["one", "two"]),
        ("がっこう", ["がっこう"]),
        ("", []),
        ("?! _ -", []),
    ],
)
def test_a_text_is_cut_into_words(text: str, found: list[str]) -> None:
    assert list(words.words(text)) == found


def test_only_letters_and_digits_of_ascii_reach_an_index() -> None:
    for text in ("θάλασσα", "東京タワー", "The Who", "हिन्दी", "a'b\"c* OR (d)"):
        assert words.indexed(text).replace(" ", "").isalnum()
        assert words.indexed(text).isascii()


def test_what_has_no_spaces_is_asked_for_by_twos() -> None:
    asked = words.asked("東京タワー", 10)
    assert len(asked) == 4
    assert set(asked) <= set(words.indexed("東京タワー").split())
    assert set(words.asked("京", 10)) <= set(words.indexed("東京タワー").split())


def test_a_question_is_bounded_and_asks_for_each_word_once() -> None:
    assert words.asked("tea Tea TEA coffee", 10) == ["tea", "coffee"]
    assert len(words.asked(" ".join(map(str, range(100))), 32)) == 32


def test_little_words_are_kept_as_codes() -> None:
    (code,) = words.asked("the", 10)
    assert code != "the"
    assert code in words.indexed("The Who").split()


def test_the_parts_without_spaces_are_taken_out() -> None:
    parts, rest = words.unspaced("my dog 犬です")
    assert parts == {"犬で", "です"}
    assert rest.split() == ["my", "dog"]
    assert words.unspaced("plain") == (frozenset(), "plain")
