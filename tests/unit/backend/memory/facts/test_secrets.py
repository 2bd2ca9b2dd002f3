"""What must not be stored is found, in typed and in spoken words, and nothing else is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.memory.facts import scrubbed
from backend.memory.facts.secrets import is_card

SECRETS = [
    ("My card number is 4111 1111 1111 1111, expires 12 27.", "4111 1111 1111 1111"),
    ("4111-1111-1111-1111", "4111-1111-1111-1111"),
    ("it's 5500.0000.0000.0004", "5500.0000.0000.0004"),
    ("my card is four one one one one one one one one one one one one one one one", "four one"),
    ("four one one one, um, one one one one, one one one one, one one one one", "four one"),
    ("forty one eleven eleven eleven eleven eleven eleven eleven", "forty one"),
    ("three seven eight two eight two two four six three one oh oh oh five", "three seven"),
    ("double four two, " * 5 + "four", "double four"),
    ("\u0664" + "\u0661" * 3 + " \u0661\u0661\u0661\u0661" * 3, "\u0664"),  # in Arabic digits
    ("My password is hunter2.", "hunter2"),
    ("my wifi password is correct horse battery staple and I live in Lisbon", "correct horse"),
    ("the password for the router is Sommer2024!", "Sommer2024!"),
    ("change my password to Blue42Sky please", "Blue42Sky"),
    ("hunter2 is my password", "hunter2"),
    ("my pin is four eight two one", "four eight"),
    ("4821 is my pin", "4821"),
    ("the pin number for my card is 5 5 4 4", "5 5 4 4"),
    ("your verification code is 482913", "482913"),
    ("Password is: hunter2", "hunter2"),
    ("pw: hunter2", "hunter2"),
    ("my password was tulip1 but now it is hunter2", "hunter2"),
    ("is my password hunter2?", "hunter2"),
    ("The alarm code is 1 2 3 4.", "1 2 3 4"),
    ("the code for the front door is 9876", "9876"),
    ("the security code is 123", "123"),
    ("use sk-ant-api03-abcdefghijklmnopqrstuv", "sk-ant"),
    ("AKIAIOSFODNN7EXAMPLE", "AKIA"),
    ("the token is q8Zr2LkP0sVxT4mNb7Yc1WdE", "q8Zr"),
    ("see https://user:s3cr3t@example.com/x", "s3cr3t"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- bye", "MIIE"),
    ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "MIIE"),
]  # fmt: skip
HARMLESS = [
    "My number is +49 171 555 0134",
    "call 4111 1111 1111 1112",
    "my password is wrong",
    "I forgot my password.",
    "the password is not working",
    "my password is the same as before",
    "my password is in the drawer",
    "What is my wifi password?",
    "The meeting is at 10 15 on 12 05 2026",
    "my zip code is 90210",
    "country code is 49",
    "the code is 482913 lines long",
    "My password has twelve letters",
    "I changed my password yesterday",
    "error code 404",
    "the pin fell off at 3 30",
    "commit 57be1896f0b1f0c7a8b9c0d1e2f3a4b5c6d7e8f9",
    "id 0192f0c1-7e1a-7c2b-8d3e-4f5a6b7c8d9e",
    "I counted one two three four five six seven eight nine ten",
    "my password is [password]",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_is_taken_out_of_the_text(text: str, secret: str) -> None:
    found = scrubbed(text)
    assert secret not in found.text
    assert any(secret in one.value for one in found.secrets)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays_as_it_was_said(text: str) -> None:
    assert scrubbed(text).text == text


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_what_was_scrubbed_is_not_changed_again(text: str, secret: str) -> None:
    once = scrubbed(text, "vault").text
    assert scrubbed(once, "vault").text == once
    assert scrubbed(scrubbed(text).text).text == scrubbed(text).text


def test_kept_is_kept() -> None:
    text = "My password is hunter2."
    assert (scrubbed(text, "keep").text, scrubbed(text, "keep").secrets) == (text, ())


def test_a_secret_has_the_name_by_which_it_is_asked_for() -> None:
    [found] = scrubbed("the wifi password is correct horse battery staple", "vault").secrets
    assert (found.name, found.value) == ("wifi password", "correct horse battery staple")
    [other] = scrubbed("the password for the router is Sommer2024!", "vault").secrets
    assert other.name == "router password"


def test_a_secret_says_where_it_stood() -> None:
    text = "My PIN is 4821, and my password is hunter2."
    assert [text[one.start : one.end] for one in scrubbed(text).secrets] == ["4821", "hunter2"]


def test_a_secret_far_behind_in_a_long_transcript_is_found() -> None:
    assert "hunter2" not in scrubbed("blah. " * 20_000 + "My password is hunter2.").text


def test_a_wrong_check_digit_is_no_card() -> None:
    assert is_card("4111111111111111")
    assert not is_card("4111111111111112")


@given(st.text(max_size=600))
@settings(max_examples=100, deadline=None)
def test_any_text_can_be_scrubbed_again(text: str) -> None:
    once = scrubbed(text)
    assert all(text[one.start : one.end] == one.value for one in once.secrets)
