"""µ-law as telephone exchanges write it."""

import shutil
import subprocess

import numpy as np
import pytest

from backend.conversation.sound import decode_ulaw, encode_ulaw
from tests.engines import need

EVERY_CODE = bytes(range(256))
EVERY_VALUE = np.arange(-32768, 32768).astype("<i2").tobytes()
SOX_ULAW = ("-t", "ul", "-r", "8000", "-c", "1")
SOX_PCM = ("-t", "raw", "-e", "signed", "-b", "16", "-r", "8000", "-c", "1")
FFMPEG = ("ffmpeg", "-v", "error")
DECODERS = {
    "sox": ("sox", "-D", *SOX_ULAW, "-", *SOX_PCM, "-"),
    "ffmpeg": (*FFMPEG, "-f", "mulaw", "-ar", "8000", "-i", "-", "-f", "s16le", "-"),
}
ENCODERS = {
    "sox": ("sox", "-D", *SOX_PCM, "-", *SOX_ULAW, "-"),
    "ffmpeg": (*FFMPEG, "-f", "s16le", "-ar", "8000", "-i", "-", "-f", "mulaw", "-"),
}


def asked(command: tuple[str, ...], given: bytes) -> bytes:
    if shutil.which(command[0]) is None:
        need(command[0], f"apt-get install {command[0]}")  # a failure where all are required
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout


@pytest.mark.parametrize("program", DECODERS)
def test_every_code_sounds_as_it_does_elsewhere(program: str) -> None:
    assert decode_ulaw(EVERY_CODE) == asked(DECODERS[program], EVERY_CODE)


@pytest.mark.parametrize("program", ENCODERS)
def test_every_value_is_coded_as_elsewhere_or_in_the_next_step(program: str) -> None:
    steps = np.unique(np.frombuffer(decode_ulaw(EVERY_CODE), "<i2"))
    ours = np.frombuffer(decode_ulaw(encode_ulaw(EVERY_VALUE)), "<i2")
    theirs = np.frombuffer(decode_ulaw(asked(ENCODERS[program], EVERY_VALUE)), "<i2")
    assert (ours == theirs).mean() > 0.98  # they round some values at the edge of two steps
    assert np.abs(np.searchsorted(steps, ours) - np.searchsorted(steps, theirs)).max() <= 1


def test_what_was_decoded_is_coded_back_unchanged() -> None:
    codes = np.frombuffer(encode_ulaw(decode_ulaw(EVERY_CODE)), np.uint8)
    expected = np.arange(256, dtype=np.uint8)
    expected[0x7F] = 0xFF  # minus nought is nought
    assert (codes == expected).all()


def test_the_error_is_never_larger_than_half_a_step_of_its_segment() -> None:
    values = np.frombuffer(EVERY_VALUE, "<i2").astype(int)
    decoded = np.frombuffer(decode_ulaw(encode_ulaw(EVERY_VALUE)), "<i2").astype(int)
    steps = np.maximum(8, 2 ** (np.floor(np.log2(np.minimum(abs(values), 32635) + 132)) - 4))
    is_within = abs(values) <= 32124
    assert (abs(values - decoded)[is_within] <= steps[is_within] / 2).all()
