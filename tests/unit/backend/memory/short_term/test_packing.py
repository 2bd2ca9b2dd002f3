"""Texts come back as they were; long ones take less."""

import random
import zlib

import pytest

from backend.memory.short_term.packing import (
    DEFLATED,
    PLAIN,
    TEXT_BYTES_MAX,
    THRESHOLD_BYTES,
    packed,
    unpacked,
)

LONG = (
    "We talked about the garden, the roof and what the roof of the garden house would cost. " * 20
)


@pytest.mark.parametrize("text", ["", "x", "Übermorgen um drei 🐦", "\x00", LONG, "ü" * 4_000])
def test_a_text_comes_back_as_it_was(text: str) -> None:
    assert unpacked(packed(text)) == text


def test_a_short_text_is_left_as_it_is() -> None:
    text = "x" * (THRESHOLD_BYTES - 1)
    assert packed(text) == PLAIN + text.encode()
    assert packed("x" * THRESHOLD_BYTES)[:1] == DEFLATED


def test_a_long_text_takes_a_fraction() -> None:
    assert len(LONG) / len(packed(LONG)) > 5


def test_what_does_not_shrink_is_kept_plain() -> None:
    drawn = random.Random(7)
    noise = "".join(chr(drawn.randrange(0x20, 0xD7FF)) for _ in range(400))
    assert len(packed(noise)) <= len(noise.encode()) + 1
    assert unpacked(packed(noise)) == noise


@pytest.mark.parametrize("damaged", [b"", b"\x01", b"\x01garbage", b"\x00\xff\xfe", b"\x07abc"])
def test_what_is_damaged_says_nothing_and_fails_nobody(damaged: bytes) -> None:
    assert isinstance(unpacked(damaged), str)


def test_a_packed_text_never_grows_beyond_its_bound() -> None:
    trap = packed("x" * TEXT_BYTES_MAX)[:1] + zlib.compress(b"x" * (50 << 20))
    assert len(unpacked(trap)) == TEXT_BYTES_MAX
