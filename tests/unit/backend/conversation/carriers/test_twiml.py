"""Answers are what Twilio reads, whatever words are in them."""

from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backend.conversation.carriers import twiml


def test_a_call_is_joined_with_its_token_and_then_ended() -> None:
    answer = Xml.fromstring(twiml.connect("wss://a/b?c&d", token='t"<', after_url="https://a/e"))
    stream = answer.find("Connect/Stream")
    assert stream is not None
    assert stream.get("url") == "wss://a/b?c&d"
    [parameter] = stream.findall("Parameter")
    assert (parameter.get("name"), parameter.get("value")) == ("token", 't"<')
    assert answer.find("Connect").get("action") == "https://a/e"  # type: ignore[union-attr]
    assert [verb.tag for verb in answer] == ["Connect", "Hangup"]


def test_a_call_is_ended_after_a_word_when_there_is_one() -> None:
    assert [verb.tag for verb in Xml.fromstring(twiml.hang_up())] == ["Hangup"]
    said = Xml.fromstring(twiml.hang_up("Sorry & goodbye"))
    assert [verb.tag for verb in said] == ["Say", "Hangup"]
    assert said.findtext("Say") == "Sorry & goodbye"


@given(some.text(max_size=300))
def test_any_words_make_an_answer_that_can_be_read(words: str) -> None:
    Xml.fromstring(twiml.messages(words))


@given(some.lists(some.text("abcde", min_size=1, max_size=40), max_size=400))
def test_parts_lose_no_word_and_are_never_too_long(words: list[str]) -> None:
    text = " ".join(words)
    parts = twiml.parts(text)
    assert all(0 < len(part) <= twiml.PART_CHARACTERS_MAX for part in parts)
    if len(text) <= twiml.PART_CHARACTERS_MAX * (twiml.PARTS_MAX - 1):
        assert " ".join(parts) == text


def test_an_endless_text_ends_with_a_sign_that_it_does() -> None:
    parts = twiml.parts("x" * 20_000)
    assert len(parts) == twiml.PARTS_MAX
    assert parts[-1].endswith("…")
    assert len(parts[-1]) == twiml.PART_CHARACTERS_MAX


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_to_say_is_no_message(text: str) -> None:
    assert list(Xml.fromstring(twiml.messages(text))) == []
