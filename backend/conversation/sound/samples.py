"""PCM16 bytes as numbers and back, and how loud they are."""

import math

import numpy as np
import numpy.typing as npt

from backend.kernel.audio import RATE_HZ

Samples = npt.NDArray[np.float32]
"""Sample values on the scale of PCM16, -32768 to 32767, so that no step rescales them."""

SILENCE_DBFS = -96.0  # the floor of sixteen bits


def to_samples(pcm: bytes) -> Samples:
    """Return the values of little-endian PCM16."""
    return np.frombuffer(pcm, "<i2").astype(np.float32)


def from_samples(samples: Samples) -> bytes:
    """Return little-endian PCM16, rounded; what is too loud is clipped, never wrapped."""
    return np.rint(samples).clip(-32768, 32767).astype("<i2").tobytes()


def silence(duration_ms: int, rate_hz: int = RATE_HZ) -> bytes:
    """Return so much digital silence."""
    return bytes(duration_ms * rate_hz // 1000 * 2)


def level_dbfs(pcm: bytes) -> float:
    """Return the mean level, 0 for a square wave at full scale."""
    if not pcm:
        return SILENCE_DBFS
    samples = to_samples(pcm)
    power = float(np.dot(samples, samples)) / len(samples)
    return max(SILENCE_DBFS, 10 * math.log10(power + 1e-9) - 20 * math.log10(32768))
