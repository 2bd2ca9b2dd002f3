"""Our signature is Twilio's, judged by their own package."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from twilio.request_validator import RequestValidator

from backend.conversation.carriers.signatures import is_signed, sign

URL = "https://voice.example.com/phone/incoming?b=1&a=2"
SECRET = "12345"
names = some.text("abcABC", min_size=1, max_size=5)


@given(some.dictionaries(names, some.text(max_size=20), max_size=8))
def test_any_form_is_signed_as_twilios_own_package_does(form: dict[str, str]) -> None:
    theirs = RequestValidator(SECRET).compute_signature(URL, form)
    assert sign(URL, list(form.items()), SECRET) == theirs


def test_the_order_of_the_fields_does_not_matter() -> None:
    fields = [("b", "2"), ("a", "1")]
    assert sign(URL, fields, SECRET) == sign(URL, fields[::-1], SECRET)


def test_a_changed_field_breaks_the_signature() -> None:
    signature = sign(URL, [("From", "+1500")], SECRET)
    assert is_signed(URL, [("From", "+1500")], signature, [SECRET])
    assert not is_signed(URL, [("From", "+1501")], signature, [SECRET])


@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_without_a_secret_nothing_is_signed(secrets: list[str]) -> None:
    assert not is_signed(URL, [], sign(URL, [], ""), secrets)


def test_any_of_the_secrets_will_do() -> None:
    assert is_signed(URL, [], sign(URL, [], "second"), ["first", "second"])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("https://a.example/x", "https://a.example:443/x"),
        ("wss://a.example:443/x", "wss://a.example/x"),
        ("http://[::1]/x", "http://[::1]:80/x"),
    ],
)
def test_the_usual_port_may_be_written_or_left_out(ours: str, theirs: str) -> None:
    assert is_signed(ours, [], sign(theirs, [], SECRET), [SECRET])


def test_another_port_is_another_door() -> None:
    signature = sign("https://a.example:8443/x", [], SECRET)
    assert not is_signed("https://a.example/x", [], signature, [SECRET])
