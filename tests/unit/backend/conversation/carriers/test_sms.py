"""Texts as they come in."""

import pytest

from backend.conversation.carriers.forms import Form
from backend.conversation.carriers.sms import Keyword, read_text
from backend.kernel.errors import Invalid


def form(body: str, **more: str) -> Form:
    return Form(tuple({"MessageSid": "SM1", "From": "+1500", "Body": body, **more}.items()))


@pytest.mark.parametrize(
    ("body", "keyword"),
    [
        ("STOP", Keyword.STOP),
        (" stop. ", Keyword.STOP),
        ("Unsubscribe", Keyword.STOP),
        ("START", Keyword.START),
        ("help!", Keyword.HELP),
        ("stop the music", None),
        ("can you help me", None),
        ("", None),
    ],
)
def test_only_a_text_of_one_word_is_a_keyword(body: str, keyword: Keyword | None) -> None:
    assert read_text(form(body), characters_max=100).keyword is keyword


def test_a_text_is_read_as_far_as_the_limit() -> None:
    assert read_text(form("x" * 50), characters_max=10).body == "x" * 10


def test_pictures_are_noticed() -> None:
    assert read_text(form("", NumMedia="1"), characters_max=10).has_media
    assert not read_text(form("", NumMedia="0"), characters_max=10).has_media


def test_a_text_without_an_identifier_is_none() -> None:
    with pytest.raises(Invalid):
        read_text(Form((("Body", "Hello"),)), characters_max=10)
