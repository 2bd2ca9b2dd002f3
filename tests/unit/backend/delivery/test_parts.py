"""Parts of a text are the text."""

from hypothesis import given
from hypothesis import strategies as st

from backend.delivery.parts import PART_CHARACTERS_MAX, cut


@given(st.text(st.sampled_from("ab \n"), max_size=400))
def test_parts_rejoin_exactly_and_none_is_too_long(text: str) -> None:
    parts = cut(text, 20)
    assert "".join(parts) == text
    assert all(0 < len(part) <= 20 for part in parts)


def test_a_text_is_cut_between_words() -> None:
    parts = cut("word " * 700)
    assert len(parts) == 3
    assert all(part.endswith(" ") for part in parts)
    assert max(map(len, parts)) <= PART_CHARACTERS_MAX
