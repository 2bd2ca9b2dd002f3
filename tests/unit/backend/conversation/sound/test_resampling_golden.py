"""Changes of rate beside sox and ffmpeg: the same sound, sample for sample, but for a delay."""

import shutil
import subprocess

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.conversation.sound import Resampler
from tests.engines import need

RATES = [(8_000, 16_000), (16_000, 8_000), (22_050, 16_000), (22_050, 8_000), (24_000, 8_000)]
SECONDS = 1.0
TOP_HZ = 2_900.0  # above it the filters fall off, each in its own way
DELAY_SAMPLES_MAX = 400


def swept(rate_hz: int) -> bytes:
    """A tone that rises through the telephone's band, softly begun and ended."""
    time = np.arange(int(rate_hz * SECONDS)) / rate_hz
    phase = 2 * np.pi * (200 * time + (TOP_HZ - 200) / (2 * SECONDS) * time**2)
    shape = np.minimum(1, np.minimum(time, SECONDS - time) / 0.05)
    return np.asarray(8_000 * shape * np.sin(phase), "<i2").tobytes()


def by_sox(pcm: bytes, begin_hz: int, end_hz: int) -> bytes:
    raw = ("-t", "raw", "-e", "signed", "-b", "16", "-c", "1")
    return asked(("sox", "-D", *raw, "-r", f"{begin_hz}", "-", *raw, "-r", f"{end_hz}", "-"), pcm)


def by_ffmpeg(pcm: bytes, begin_hz: int, end_hz: int) -> bytes:
    begin = ("-f", "s16le", "-ar", f"{begin_hz}", "-ac", "1", "-i", "-")
    end = ("-f", "s16le", "-ar", f"{end_hz}", "-")
    return asked(("ffmpeg", "-v", "error", *begin, *end), pcm)


def asked(command: tuple[str, ...], given: bytes) -> bytes:
    if shutil.which(command[0]) is None:
        need(command[0], f"apt-get install {command[0]}")
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout


def values(pcm: bytes) -> NDArray[np.float64]:
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def error_db(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    """How far the two differ below the sound, at the delay that fits best, to part of a sample."""
    size = 1 << int(np.ceil(np.log2(len(ours) + len(theirs))))
    ours_hz, theirs_hz = np.fft.rfft(ours, size), np.fft.rfft(theirs, size)
    match = np.fft.irfft(ours_hz * np.conj(theirs_hz), size)
    delays = [*range(DELAY_SAMPLES_MAX), *range(-DELAY_SAMPLES_MAX, 0)]
    best = max(delays, key=lambda delay: float(match[delay]))
    bins = np.arange(len(ours_hz)) / size
    fine = [best + step / 20 for step in range(-20, 21)]
    power = float((np.abs(theirs_hz) ** 2).sum())
    left = min(
        float((np.abs(ours_hz * np.exp(2j * np.pi * bins * delay) - theirs_hz) ** 2).sum())
        for delay in fine
    )
    return 10 * float(np.log10(left / power))


@pytest.mark.parametrize("program", [by_sox, by_ffmpeg], ids=["sox", "ffmpeg"])
@pytest.mark.parametrize("rates", RATES, ids=lambda rates: f"{rates[0]}-{rates[1]}")
def test_the_telephones_band_sounds_as_it_does_elsewhere(
    rates: tuple[int, int], program: object
) -> None:
    assert callable(program)
    pcm = swept(rates[0])
    resampler = Resampler(*rates)
    ours = b"".join(resampler.feed(pcm[at : at + 640]) for at in range(0, len(pcm), 640))
    ours += resampler.flush()
    assert error_db(values(ours), values(program(pcm, *rates))) < -40
