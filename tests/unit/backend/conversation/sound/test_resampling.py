"""Changes of rate lose nothing, add nothing, and don't care how the stream is cut."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.sound import Resampler

RATES = [(8_000, 16_000), (16_000, 8_000), (16_000, 16_000), (22_050, 16_000), (24_000, 8_000)]


def tone(frequency_hz: float, rate_hz: int, *, seconds: float = 1.0) -> np.ndarray:
    return 10_000 * np.sin(2 * np.pi * frequency_hz * np.arange(int(rate_hz * seconds)) / rate_hz)


def resampled(samples: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    resampler = Resampler(from_hz, to_hz)
    pcm = np.rint(samples).astype("<i2").tobytes()
    return np.frombuffer(resampler.feed(pcm) + resampler.flush(), "<i2").astype(float)


def level_db(samples: np.ndarray) -> float:
    power = float((samples[400:-400] ** 2).mean()) / (10_000**2 / 2)
    return 10 * math.log10(power + 1e-12)


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
@given(cuts=st.lists(st.integers(0, 4000), max_size=12), seed=st.integers(0, 9))
def test_a_stream_in_parts_sounds_exactly_like_the_whole(
    from_hz: int, to_hz: int, cuts: list[int], seed: int
) -> None:
    pcm = np.random.default_rng(seed).integers(-20_000, 20_000, 2000).astype("<i2").tobytes()
    whole, parts = Resampler(from_hz, to_hz), Resampler(from_hz, to_hz)
    places = [0, *sorted(cuts), len(pcm)]
    in_parts = b"".join(parts.feed(pcm[start:end]) for start, end in itertools.pairwise(places))
    assert in_parts + parts.flush() == whole.feed(pcm) + whole.flush()


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_the_duration_stays_to_a_few_milliseconds(from_hz: int, to_hz: int) -> None:
    assert abs(len(resampled(tone(440, from_hz), from_hz, to_hz)) / to_hz - 1.0) < 0.01


@pytest.mark.parametrize("frequency_hz", [200, 1000, 3000, 3400])
def test_telephone_speech_passes_unchanged_both_ways(frequency_hz: int) -> None:
    assert abs(level_db(resampled(tone(frequency_hz, 8_000), 8_000, 16_000))) < 0.05
    assert abs(level_db(resampled(tone(frequency_hz, 16_000), 16_000, 8_000))) < 0.05


@pytest.mark.parametrize("frequency_hz", [4700, 5500, 7500])
def test_what_a_telephone_can_not_carry_is_taken_out_before_it_folds_back(
    frequency_hz: int,
) -> None:
    assert level_db(resampled(tone(frequency_hz, 16_000), 16_000, 8_000)) < -75


def test_doubling_adds_no_image_above_the_telephone_band() -> None:
    doubled = resampled(tone(3000, 8_000), 8_000, 16_000)[400:-400]
    spectrum = np.abs(np.fft.rfft(doubled * np.hanning(len(doubled))))
    frequencies = np.fft.rfftfreq(len(doubled), 1 / 16_000)
    image = spectrum[(frequencies > 4600) & (frequencies < 5400)].max()
    assert 20 * np.log10(image / spectrum.max()) < -75


def test_a_frame_in_is_a_frame_out_at_once() -> None:
    double, halve = Resampler(8_000, 16_000), Resampler(16_000, 8_000)
    assert [len(double.feed(bytes(320))) for _ in range(5)] == [640] * 5
    assert [len(halve.feed(bytes(640))) for _ in range(5)] == [320] * 5


def test_full_scale_is_clipped_and_never_wraps_round() -> None:
    square = np.where(np.arange(8000) // 20 % 2, 32767, -32768)
    out = resampled(square, 8_000, 16_000)
    crossings = np.diff(out[50:-50] > 0).sum()
    assert crossings == pytest.approx(398, abs=4)
    assert np.abs(out).max() >= 32_767
