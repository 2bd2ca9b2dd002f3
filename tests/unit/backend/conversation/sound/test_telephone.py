"""Telephone sound in and out."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.sound import (
    TelephoneDecoder,
    TelephoneEncoder,
    encode_ulaw,
    from_samples,
    level_dbfs,
    silence,
)

FRAME = 160


def test_a_frame_of_the_caller_is_a_frame_of_ours_at_once() -> None:
    decoder = TelephoneDecoder()
    assert [len(decoder.feed(b"\xff" * FRAME)) for _ in range(3)] == [640, 640, 640]


@given(st.binary(max_size=1000), st.lists(st.integers(0, 1000), max_size=8))
def test_any_bytes_in_any_pieces_decode_to_twice_as_many_samples(
    payload: bytes, cuts: list[int]
) -> None:
    whole, pieces = TelephoneDecoder(), TelephoneDecoder()
    places = [0, *sorted(min(cut, len(payload)) for cut in cuts), len(payload)]
    parts = [pieces.feed(payload[a:b]) for a, b in itertools.pairwise(places)]
    assert b"".join(parts) == whole.feed(payload)
    assert len(b"".join(parts)) == 4 * len(payload)


@given(st.lists(st.sampled_from([b"\xff" * FRAME, b"\x10\x90" * (FRAME // 2)]), max_size=12))
def test_frames_of_nothing_are_what_they_would_be_in_one_piece(frames: list[bytes]) -> None:
    framed, whole = TelephoneDecoder(), TelephoneDecoder()
    assert b"".join(map(framed.feed, frames)) == whole.feed(b"".join(frames))


def test_speech_that_goes_out_and_comes_in_again_keeps_its_shape() -> None:
    time = np.arange(16_000) / 16_000
    voice = 6000 * np.sin(2 * np.pi * 300 * time) + 3000 * np.sin(2 * np.pi * 1700 * time)
    encoder, decoder = TelephoneEncoder(), TelephoneDecoder()
    back = np.frombuffer(
        decoder.feed(encoder.feed(from_samples(voice.astype(np.float32))) + encoder.flush()),
        "<i2",
    ).astype(float)
    delay = 82  # of both filters, in samples
    error = back[delay + 500 : 15_000 + delay] - voice[500:15_000]
    assert 10 * np.log10((voice**2).mean() / (error**2).mean()) > 33  # µ-law's own noise


def test_silence_is_the_code_of_silence() -> None:
    assert set(TelephoneEncoder().feed(silence(100))) == {0xFF}


def test_another_rate_in_the_middle_begins_a_new_stretch() -> None:
    encoder = TelephoneEncoder()
    first = encoder.feed(silence(1000), 16_000)
    second = encoder.feed(silence(1000, 22_050), 22_050) + encoder.flush()
    assert abs(len(first + second) - 16_000) < 200


def test_levels_are_counted_from_full_scale() -> None:
    assert level_dbfs(b"") == -96.0
    assert level_dbfs(silence(20)) == -96.0
    assert abs(level_dbfs(np.full(320, 32767, "<i2").tobytes())) < 0.01
    assert encode_ulaw(b"") == b""
