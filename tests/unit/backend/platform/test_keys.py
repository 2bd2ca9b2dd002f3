"""Keys: one root, a key for each purpose, and seals that show every touch."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from backend.kernel.errors import Corrupt, Invalid, NotConfigured
from backend.platform.home import Home
from backend.platform.keys import ROOT_NAME, Keys, load_root
from backend.platform.settings import Settings

ROOT = b"r" * 32


def test_a_purposes_key_is_always_the_same_and_no_other_purposes() -> None:
    keys = Keys(ROOT)
    assert keys.derive("a") == Keys(ROOT).derive("a")
    assert keys.derive("a") != keys.derive("b")
    assert keys.derive("a") != Keys(b"s" * 32).derive("a")
    assert len(keys.derive("a", 16)) == 16


@given(plain=st.binary(max_size=2000), context=st.binary(max_size=20))
def test_what_is_sealed_is_opened(plain: bytes, context: bytes) -> None:
    keys = Keys(ROOT)
    assert keys.open("p", keys.seal("p", plain, context), context) == plain


def test_the_same_is_never_sealed_the_same() -> None:
    keys = Keys(ROOT)
    assert keys.seal("p", b"x") != keys.seal("p", b"x")


@given(position=st.integers(0, 60), flip=st.integers(1, 255))
def test_every_touch_is_seen(position: int, flip: int) -> None:
    keys = Keys(ROOT)
    sealed = bytearray(keys.seal("p", b"sixteen bytes ok"))
    sealed[position] ^= flip
    with pytest.raises(Corrupt):
        keys.open("p", bytes(sealed))


def test_what_is_cut_or_for_another_purpose_or_context_is_refused() -> None:
    keys = Keys(ROOT)
    sealed = keys.seal("p", b"x", b"c")
    for purpose, context, what in (
        ("q", b"c", sealed),
        ("p", b"d", sealed),
        ("p", b"c", sealed[:-1]),
        ("p", b"c", b""),
    ):
        with pytest.raises(Corrupt):
            keys.open(purpose, what, context)


def test_a_short_root_is_refused() -> None:
    with pytest.raises(Invalid):
        Keys(b"short")


def test_the_homes_root_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path)
    root = load_root(home, Settings())
    assert load_root(home, Settings()) == root
    assert len(root) == 32
    assert (tmp_path / ROOT_NAME).stat().st_mode & 0o777 == 0o600


def test_a_key_that_was_given_is_used_and_no_file_is_made(tmp_path: Path) -> None:
    root = load_root(Home(tmp_path), Settings(secret_key=SecretStr("k" * 32)))
    assert root == b"k" * 32
    assert list(tmp_path.iterdir()) == []


def test_a_weak_key_is_refused_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured) as caught:
        load_root(Home(tmp_path), Settings(secret_key=SecretStr("password")))
    assert "openssl" in caught.value.cure
    assert "password" not in str(caught.value)


def test_separate_roles_must_be_given_the_key(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured) as caught:
        load_root(Home(tmp_path), Settings(), is_alone=False)
    assert "RINGBACK_SECRET_KEY" in caught.value.cure


@pytest.mark.parametrize("content", ["", "c2hvcnQ=", "not base64!"])
def test_a_damaged_root_is_never_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / ROOT_NAME).write_text(content)
    with pytest.raises(Corrupt):
        load_root(Home(tmp_path), Settings())
    assert (tmp_path / ROOT_NAME).read_text() == content
