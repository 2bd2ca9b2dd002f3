"""Whether a frame of a pause sounds at all, as a soft ending does, or is the line's own noise."""

import math
from collections.abc import Iterable

import numpy as np

from backend.kernel.audio import FRAME_SAMPLES, Frame

# Of a full scale of 32,768: below this nothing is heard on a telephone line (-50 dB).
AUDIBLE_MIN = 100.0
# Noise wavers by a few dB from frame to frame: what stands so far above it is no noise.
ABOVE_NOISE = 2.5


def loudness(frame: Frame) -> float:
    """Return a frame's root mean square."""
    samples = np.frombuffer(frame.pcm, "<i2").astype(np.float32)
    return math.sqrt(float(np.dot(samples, samples)) / FRAME_SAMPLES)


def audible_from(quiet: Iterable[Frame]) -> float:
    """Return the loudness above which a frame stands out of these quiet ones."""
    noise = sorted(loudness(frame) for frame in quiet)
    usual = noise[len(noise) // 2] if noise else 0.0
    return max(AUDIBLE_MIN, ABOVE_NOISE * usual)
