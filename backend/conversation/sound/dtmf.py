"""The keys of a telephone as sound: two tones each, as ITU-T Q.23 has them."""

import numpy as np

from backend.conversation.sound.samples import from_samples, silence
from backend.kernel.audio import RATE_HZ

TONE_MS = 100  # Q.24 asks for 40; networks that squeeze sound want more
GAP_MS = 80
LEVEL = 11_500.0  # of 32,767, each of the two: together they are never clipped

_ROWS_HZ = (697, 770, 852, 941)
_COLUMNS_HZ = (1209, 1336, 1477, 1633)
_KEYS = ("123A", "456B", "789C", "*0#D")
_PAUSES_MS = {"w": 500, "W": 1_000}

PAIRS_HZ = {
    key: (row_hz, column_hz)
    for row_hz, keys in zip(_ROWS_HZ, _KEYS, strict=True)
    for column_hz, key in zip(_COLUMNS_HZ, keys, strict=True)
}


def tones(keys: str) -> bytes:
    """Return keys as PCM16 at 16 kHz; w and W are pauses, and what is no key is left out."""
    return b"".join(_sound(key) for key in keys)


def _sound(key: str) -> bytes:
    if key in _PAUSES_MS:
        return silence(_PAUSES_MS[key])
    if key not in PAIRS_HZ:
        return b""
    times = np.arange(TONE_MS * RATE_HZ // 1000) / RATE_HZ
    low_hz, high_hz = PAIRS_HZ[key]
    both = np.sin(2 * np.pi * low_hz * times) + np.sin(2 * np.pi * high_hz * times)
    return from_samples((LEVEL * both).astype(np.float32)) + silence(GAP_MS)
