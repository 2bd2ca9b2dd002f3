"""Whether a frame sounds, or is the line's own noise."""

import numpy as np
import pytest

from backend.conversation.hearing.loudness import AUDIBLE_MIN, audible_from, loudness
from backend.kernel.audio import FRAME_SAMPLES, Frame


def noise(rms: float, seed: int = 1) -> Frame:
    samples = np.random.default_rng(seed).normal(size=FRAME_SAMPLES) * rms
    return Frame(samples.astype("<i2").tobytes(), 0)


def test_loudness_is_the_root_mean_square() -> None:
    assert loudness(noise(1_000)) == pytest.approx(1_000, rel=0.1)


def test_a_quiet_line_has_a_floor() -> None:
    assert audible_from([]) == AUDIBLE_MIN
    assert audible_from([noise(5)]) == AUDIBLE_MIN


def test_a_noisy_line_needs_more_to_stand_out() -> None:
    quiet = [noise(300, seed) for seed in range(5)]
    assert loudness(noise(300, 9)) < audible_from(quiet) < 1_000
