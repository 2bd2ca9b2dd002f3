"""What is kept and shown of words that tell a secret."""

import pytest

from backend.conversation.turns.secrecy import Secrecy, without_value

HIDDEN = ("correct horse battery staple", "[wifi password in the vault]")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Your wifi password is correct horse battery staple.", "Your wifi password is []."),
        ("Your wifi password is correct horse", "Your wifi password is []"),
        ("battery staple. Anything else?", "[] Anything else?"),
        ("horse battery", "[]"),
        ("Your wifi password is", "Your wifi password is"),
        (".", "."),
        ("", ""),
    ],
)
def test_no_part_of_a_secret_is_kept_wherever_it_was_cut(text: str, kept: str) -> None:
    assert without_value(text, HIDDEN) == kept.replace("[]", HIDDEN[1])


def test_without_a_secret_everything_is_kept() -> None:
    assert without_value("It is Friday.", ("", "")) == "It is Friday."


@pytest.mark.parametrize(
    "growing",
    [
        "my wifi password is",
        "my wifi password is hunt",
        "the code for the gate is 4",
        "my card number is 4111",
        "4111 1111",
        "four one one one one one one one",
    ],
)
def test_a_secret_is_not_shown_while_it_grows(growing: str) -> None:
    assert Secrecy("mask").nears_secret(growing)


@pytest.mark.parametrize(
    "growing", ["my sister lives in", "I have 12 cats", "the key lies under", "call me at 12 30"]
)
def test_other_words_are_shown_as_they_grow(growing: str) -> None:
    assert not Secrecy("mask").nears_secret(growing)


def test_where_secrets_are_kept_they_are_shown() -> None:
    assert not Secrecy("keep").nears_secret("my wifi password is hunter2")
