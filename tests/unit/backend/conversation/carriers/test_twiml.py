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


def said_in(answer: str) -> list[str]:
    return [message.text or "" for message in Xml.fromstring(answer).iter("Message")]


@given(some.lists(some.text("abcde.é\U0001f600", min_size=1, max_size=40), max_size=2_000))
def test_an_answer_of_any_length_rejoins_exactly(words: list[str]) -> None:
    text = " ".join(words)
    parts = said_in(twiml.messages(text))
    assert "".join(parts) == text
    assert all(0 < len(part) <= 1600 for part in parts)


def test_a_blank_of_another_kind_keeps_words_apart() -> None:
    assert said_in(twiml.messages("ten\u00a0euros")) == ["ten euros"]


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_to_say_is_no_message(text: str) -> None:
    assert list(Xml.fromstring(twiml.messages(text))) == []
