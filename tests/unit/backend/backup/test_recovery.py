"""A recovery key survives paper, voices and slips."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.backup.recovery import RecoveryKey
from backend.kernel.errors import Invalid

secrets = st.binary(min_size=32, max_size=32)


@given(secrets)
def test_a_key_reads_back_as_it_was_printed(secret: bytes) -> None:
    key = RecoveryKey(secret)
    assert RecoveryKey.parse(key.text()) == key


@given(secrets)
def test_case_spaces_and_misread_digits_do_not_matter(secret: bytes) -> None:
    typed = RecoveryKey(secret).text().lower().replace("-", " \n").replace("o", "0")
    assert RecoveryKey.parse(typed.replace("i", "1").replace("b", "8")).secret == secret


@given(secrets, st.integers(0, 13), st.integers(0, 3))
@example(bytes(32), 12, 3)  # the letter whose last bits mean nothing
def test_a_wrong_letter_is_noticed(secret: bytes, group: int, place: int) -> None:
    groups = RecoveryKey(secret).text().split("-")
    letters = list(groups[group])
    letters[place] = "A" if letters[place] != "A" else "C"
    groups[group] = "".join(letters)
    with pytest.raises(Invalid):
        RecoveryKey.parse("-".join(groups))


@pytest.mark.parametrize("text", ["", "hello", "AAAA-BBBB", "ÄÖÜ", "7" * 200])
def test_something_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        RecoveryKey.parse(text)


def test_a_key_is_never_shown_by_accident() -> None:
    key = RecoveryKey(bytes(range(32)))
    assert "secret" not in repr(key)
    assert key.text() not in repr(key)


def test_a_fingerprint_tells_keys_apart() -> None:
    assert RecoveryKey(bytes(32)).fingerprint != RecoveryKey(bytes(31) + b"1").fingerprint
