"""Speaks a made sound at the pace of speech, at once: what a measurement shows is our own work."""

from collections.abc import AsyncGenerator
from functools import lru_cache

import numpy as np

from backend.kernel.audio import Sound
from backend.kernel.clock import Clock

RATE_HZ = 8_000
CHARACTER_MS = 53  # of a calm English voice
PITCH_HZ = 140.0
SYLLABLE_HZ = 4.0
LOUDNESS = 9_000  # of 32767


class DummyVoice:
    """A fair race's text to speech; chosen by `ringback up --engines dummy` alone."""

    name = "dummy"

    def __init__(self, clock: Clock, *, delay_ms: float = 0.0) -> None:
        self._clock, self._delay_s = clock, delay_ms / 1000

    async def warm(self) -> None:
        """There is nothing to load."""

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """Give the whole phrase's sound at once, after the declared delay."""
        if self._delay_s:
            await self._clock.sleep(self._delay_s)
        yield Sound(sound_of(text), RATE_HZ)

    async def close(self) -> None:
        """There is nothing to let go of."""


def sound_of(text: str) -> bytes:
    """Return a phrase as PCM16: peers in the same race speak the same."""
    return _hum(len(text) * CHARACTER_MS)


@lru_cache(maxsize=64)  # "prerecorded": what is raced is not the making of a hum
def _hum(duration_ms: int) -> bytes:
    seconds = np.arange(duration_ms * RATE_HZ // 1000) / RATE_HZ
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * SYLLABLE_HZ * seconds)
    wave = np.sin(2 * np.pi * PITCH_HZ * seconds) + 0.5 * np.sin(6 * np.pi * PITCH_HZ * seconds)
    return (LOUDNESS * swell * wave / 1.5).astype("<i2").tobytes()
