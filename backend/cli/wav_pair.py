"""Keeps a conversation as sound: one person to an ear."""

import wave
from pathlib import Path

import numpy as np

from backend.kernel.audio import Sound
from backend.kernel.errors import Invalid


def write_stereo(path: Path, left: Sound, right: Sound) -> None:
    """Write two sounds of one rate as the two channels of a WAV file; the shorter is padded."""
    sides = [np.frombuffer(sound.pcm, dtype="<i2") for sound in (left, right)]
    both = np.zeros((max(map(len, sides)), 2), dtype="<i2")
    for channel, side in enumerate(sides):
        both[: len(side), channel] = side
    try:
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(left.rate_hz)
            file.writeframes(both.tobytes())
    except OSError as failure:
        raise Invalid(f"{path} can't be written: {failure.strerror}.") from failure
