"""What a voice is given to say; how things are said stands in spoken.toml beside this file."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.speaking import speakable

SPOKEN = tomllib.loads(Path(__file__).with_name("spoken.toml").read_text(encoding="utf-8"))
MARKUP = st.text(alphabet="ab1 *_#`|<>[](){}!-~\n./:@$%,", max_size=120)


@pytest.mark.parametrize(
    ("written", "spoken"), [line for lines in SPOKEN.values() for line in lines.items()]
)
def test_it_is_written_as_it_is_said(written: str, spoken: str) -> None:
    assert speakable(written) == spoken


@given(st.text(max_size=200) | MARKUP)
def test_no_text_breaks_it_and_no_markup_is_left(text: str) -> None:
    spoken = speakable(text)
    assert not set(spoken) & set("*_#`<>{}[]|\\~^")
    assert spoken == spoken.strip()


@given(st.text(max_size=80) | MARKUP)
def test_a_text_with_letters_is_never_silent(text: str) -> None:
    if any(sign.isalpha() for sign in text):
        assert any(sign.isalnum() for sign in speakable(text))


@given(st.text(alphabet="abc 0123456789.,:$%", max_size=80))
def test_what_was_made_speakable_stays_as_it_is(text: str) -> None:
    once = speakable(text)
    assert speakable(once).replace(" ", "") == once.replace(" ", "")


@pytest.mark.parametrize("length", [16, 400, 5_000])
def test_a_number_without_end_is_read_and_does_not_break_it(length: int) -> None:
    assert speakable("9" * length).startswith("nine nine nine, ")


@pytest.mark.parametrize("sign", ["*", "_", "`", "#", "[", "<", "|", ">", "(", "~", "-", ".", "a@"])
def test_a_long_run_of_one_sign_takes_no_longer_than_its_length(sign: str) -> None:
    # What backtracks grows with the square: this would take minutes then, and CI would end it.
    speakable(sign * 4_000)
