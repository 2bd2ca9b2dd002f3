"""Noises of a caller that are no words."""

import numpy as np

from backend.kernel.audio import RATE_HZ, Sound

COUGH_MS = 260
LOUDNESS = 9_000.0
_SEED = 7


def cough() -> Sound:
    """Return a cough: a hard burst of noise, and the breath that follows it."""
    chance = np.random.default_rng(_SEED)
    samples = RATE_HZ * COUGH_MS // 1000
    time = np.arange(samples) / RATE_HZ
    burst = np.exp(-time / 0.03) + 0.5 * np.exp(-np.maximum(time - 0.12, 0) / 0.04) * (time > 0.12)
    noise = chance.standard_normal(samples)
    # A throat swallows the highest tones: a moving mean over half a millisecond does so too.
    dull = np.convolve(noise, np.ones(8) / 8, mode="same") * 2
    pcm = np.clip(dull * burst * LOUDNESS, -32_768, 32_767).astype("<i2")
    return Sound(pcm.tobytes(), RATE_HZ)
