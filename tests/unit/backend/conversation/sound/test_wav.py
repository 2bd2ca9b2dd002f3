"""WAV files, good and bad."""

import contextlib
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.sound import read_wav, write_wav
from backend.kernel.audio import Sound
from backend.kernel.errors import Invalid, RingbackError


def wav(
    body: bytes, *, code: int = 1, channels: int = 1, rate_hz: int = 16_000, bits: int = 16
) -> bytes:
    width = bits // 8 * channels
    form = struct.pack("<HHIIHH", code, channels, rate_hz, rate_hz * width, width, bits)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


SLOPE = np.linspace(-20_000, 20_000, 1600)


def test_what_is_written_is_read_back_to_the_sample(tmp_path: Path) -> None:
    pcm = SLOPE.astype("<i2").tobytes()
    write_wav(tmp_path / "x.wav", Sound(pcm))
    assert read_wav(tmp_path / "x.wav") == Sound(pcm)


@pytest.mark.parametrize(
    ("code", "bits", "body"),
    [
        (1, 8, (SLOPE / 256 + 128).round().astype(np.uint8).tobytes()),
        (1, 16, SLOPE.astype("<i2").tobytes()),
        (1, 24, b"".join(int(v * 256).to_bytes(3, "little", signed=True) for v in SLOPE)),
        (1, 32, (SLOPE * 65536).astype("<i4").tobytes()),
        (3, 32, (SLOPE / 32767).astype("<f4").tobytes()),
    ],
)
def test_every_usual_way_to_write_samples_is_read(code: int, bits: int, body: bytes) -> None:
    read = np.frombuffer(read_wav(wav(body, code=code, bits=bits)).pcm, "<i2")
    assert np.abs(read - SLOPE).max() <= (256 if bits == 8 else 1)


def test_several_channels_become_one() -> None:
    stereo = np.stack((SLOPE, -SLOPE), axis=1).astype("<i2").tobytes()
    assert not np.abs(np.frombuffer(read_wav(wav(stereo, channels=2)).pcm, "<i2")).any()


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 48_000])
def test_any_rate_becomes_ours(rate_hz: int) -> None:
    assert abs(read_wav(wav(bytes(rate_hz * 2), rate_hz=rate_hz)).duration_ms - 1000) < 15


def test_a_file_whose_writer_could_not_seek_back_is_read_to_its_end() -> None:
    data = wav(SLOPE.astype("<i2").tobytes())
    at = data.index(b"data") + 4
    streamed = data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :]
    assert read_wav(streamed).duration_ms == 100


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a wav",
        b"RIFF\x00\x00\x00\x00WAVE",
        wav(b"")[:30],
        wav(b"xx", code=85),
        wav(b"xx", channels=0),
        wav(b"xx", rate_hz=0),
        wav(b"xx", bits=0),
    ],
)
def test_what_can_not_be_read_is_called_so(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_wav(data)


def test_a_file_that_is_not_there_is_called_so(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="can't be read"):
        read_wav(tmp_path / "none.wav")


@given(st.binary(max_size=200), st.integers(0, 60))
def test_garbage_never_ends_in_anything_but_a_clear_error(garbage: bytes, at: int) -> None:
    data = wav(SLOPE.astype("<i2").tobytes())
    for candidate in (garbage, data[:at] + garbage, data[:at] + garbage + data[at:]):
        with contextlib.suppress(RingbackError):
            read_wav(candidate)
