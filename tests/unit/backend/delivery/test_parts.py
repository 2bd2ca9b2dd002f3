"""Long texts are cut where people pause, and lose nothing."""

from hypothesis import given
from hypothesis import strategies as st

from backend.delivery.parts import cut

SENTENCE = "The train to Porto leaves at nine. "


@given(st.text(max_size=400), st.integers(2, 60))
def test_the_parts_together_are_the_text(text: str, characters_max: int) -> None:
    parts = cut(text, characters_max)
    assert "".join(parts) == text
    assert all(part for part in parts)
    assert all(len(part.encode("utf-16-le")) <= 2 * characters_max for part in parts)


@given(st.lists(st.sampled_from(["a", "word", "sentences", "of"]), max_size=200))
def test_no_word_is_torn_that_fits(words: list[str]) -> None:
    text = " ".join(words)
    found = [word for part in cut(text, 12) for word in part.split()]
    assert found == words


def test_a_sentence_ends_where_it_ends() -> None:
    parts = cut(SENTENCE * 100)
    assert len(parts) == 3
    assert all(part.endswith("nine. ") for part in parts)


def test_an_emoji_counts_twice() -> None:
    assert [len(part) for part in cut("\U0001f600" * 1600)] == [800, 800]


def test_nothing_has_no_parts() -> None:
    assert cut("") == []
