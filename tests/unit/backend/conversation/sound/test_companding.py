"""µ-law and A-law as telephone exchanges write them."""

import itertools
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.sound import decode_alaw, decode_ulaw, encode_alaw, encode_ulaw
from tests.engines import need

EVERY_CODE = bytes(range(256))
EVERY_VALUE = np.arange(-32768, 32768).astype("<i2").tobytes()
SOX_PCM = ("-t", "raw", "-e", "signed", "-b", "16", "-r", "8000", "-c", "1")
FFMPEG = ("ffmpeg", "-v", "error")


@dataclass(frozen=True)
class Law:
    """One of the two laws of G.711, ours and theirs."""

    decode: Callable[[bytes], bytes]
    encode: Callable[[bytes], bytes]
    sox: str
    ffmpeg: str

    @property
    def decoders(self) -> dict[str, tuple[str, ...]]:
        wire = ("-t", self.sox, "-r", "8000", "-c", "1")
        return {
            "sox": ("sox", "-D", *wire, "-", *SOX_PCM, "-"),
            "ffmpeg": (*FFMPEG, "-f", self.ffmpeg, "-ar", "8000", "-i", "-", "-f", "s16le", "-"),
        }

    @property
    def encoders(self) -> dict[str, tuple[str, ...]]:
        wire = ("-t", self.sox, "-r", "8000", "-c", "1")
        return {
            "sox": ("sox", "-D", *SOX_PCM, "-", *wire, "-"),
            "ffmpeg": (*FFMPEG, "-f", "s16le", "-ar", "8000", "-i", "-", "-f", self.ffmpeg, "-"),
        }


LAWS = {
    "µ-law": Law(decode_ulaw, encode_ulaw, "ul", "mulaw"),
    "A-law": Law(decode_alaw, encode_alaw, "al", "alaw"),
}
PROGRAMS = ("sox", "ffmpeg")


def asked(command: tuple[str, ...], given: bytes) -> bytes:
    if shutil.which(command[0]) is None:
        need(command[0], f"apt-get install {command[0]}")  # a failure where all are required
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout


@pytest.fixture(params=list(LAWS.values()), ids=list(LAWS))
def law(request: pytest.FixtureRequest) -> Law:
    found: Law = request.param
    return found


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_code_sounds_as_it_does_elsewhere(law: Law, program: str) -> None:
    assert law.decode(EVERY_CODE) == asked(law.decoders[program], EVERY_CODE)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_value_is_coded_as_elsewhere_or_in_the_next_step(law: Law, program: str) -> None:
    steps = np.unique(np.frombuffer(law.decode(EVERY_CODE), "<i2"))
    ours = np.frombuffer(law.decode(law.encode(EVERY_VALUE)), "<i2")
    theirs = np.frombuffer(law.decode(asked(law.encoders[program], EVERY_VALUE)), "<i2")
    assert (ours == theirs).mean() > 0.98  # they round some values at the edge of two steps
    assert np.abs(np.searchsorted(steps, ours) - np.searchsorted(steps, theirs)).max() <= 1


def test_what_was_decoded_is_coded_back_unchanged() -> None:
    codes = np.frombuffer(encode_ulaw(decode_ulaw(EVERY_CODE)), np.uint8)
    expected = np.arange(256, dtype=np.uint8)
    expected[0x7F] = 0xFF  # minus nought is nought
    assert (codes == expected).all()
    assert encode_alaw(decode_alaw(EVERY_CODE)) == EVERY_CODE  # A-law has no minus nought


def test_the_error_is_never_larger_than_half_a_step_of_its_segment() -> None:
    values = np.frombuffer(EVERY_VALUE, "<i2").astype(int)
    decoded = np.frombuffer(decode_ulaw(encode_ulaw(EVERY_VALUE)), "<i2").astype(int)
    steps = np.maximum(8, 2 ** (np.floor(np.log2(np.minimum(abs(values), 32635) + 132)) - 4))
    is_within = abs(values) <= 32124
    assert (abs(values - decoded)[is_within] <= steps[is_within] / 2).all()


@given(values=st.lists(st.integers(-32768, 32767), min_size=2, max_size=400))
def test_a_louder_value_is_never_coded_as_a_softer_one(values: list[int]) -> None:
    ordered = np.sort(np.array(values, "<i2")).tobytes()
    for known in LAWS.values():
        heard = np.frombuffer(known.decode(known.encode(ordered)), "<i2").astype(int)
        assert (np.diff(heard) >= 0).all()


@given(payload=st.binary(max_size=400), places=st.lists(st.integers(0, 400), max_size=4))
def test_a_stream_may_be_cut_anywhere(payload: bytes, places: list[int]) -> None:
    cuts = sorted({0, len(payload), *(place for place in places if place < len(payload))})
    parts = [payload[start:end] for start, end in itertools.pairwise(cuts)]
    for known in LAWS.values():
        assert b"".join(map(known.decode, parts)) == known.decode(payload)
