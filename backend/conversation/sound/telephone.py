"""Telephone sound (µ-law at 8 kHz) to the house's sound (PCM16 at 16 kHz) and back, as streams."""

import numpy as np

from backend.conversation.sound.companding import VALUES_FLOAT, encode_ulaw
from backend.conversation.sound.resampling import Rate, rate_change
from backend.conversation.sound.samples import from_samples, to_samples
from backend.kernel.audio import RATE_HZ

TELEPHONE_HZ = 8_000
# A line on which nobody speaks often carries nothing at all, fifty times a second.
NOTHING = b"\xff" * 160
NOTHING_PCM = bytes(640)


class TelephoneDecoder:
    """What one caller says. Twenty milliseconds in are twenty milliseconds out, at once."""

    def __init__(self) -> None:
        self._rate = rate_change(TELEPHONE_HZ, RATE_HZ)
        self._rests = True  # all that the filter remembers is silence

    def feed(self, payload: bytes) -> bytes:
        """Return PCM16 at 16 kHz."""
        is_nothing = payload == NOTHING
        if is_nothing and self._rests:
            return NOTHING_PCM
        self._rests = is_nothing  # a frame is longer than the filter's memory
        codes = np.frombuffer(payload, np.uint8)
        return from_samples(self._rate.feed(VALUES_FLOAT[codes]))


class TelephoneEncoder:
    """What one caller hears."""

    def __init__(self) -> None:
        self._rate_hz = 0
        self._rate: Rate = rate_change(RATE_HZ, TELEPHONE_HZ)

    def feed(self, pcm: bytes, rate_hz: int = RATE_HZ) -> bytes:
        """Return µ-law; another rate than before begins a new stretch of sound."""
        ended = b""
        if rate_hz != self._rate_hz:
            ended = self.flush() if self._rate_hz else b""
            self._rate, self._rate_hz = rate_change(rate_hz, TELEPHONE_HZ), rate_hz
        return ended + _companded(from_samples(self._rate.feed(to_samples(pcm))))

    def flush(self) -> bytes:
        """Return the tail of the stretch; the next feed begins another."""
        tail = _companded(from_samples(self._rate.flush()))
        self._rate_hz = 0
        return tail


def _companded(pcm: bytes) -> bytes:
    return encode_ulaw(pcm)
