"""Changes of rate, as a stream: the parts sound exactly like the whole."""

from typing import Protocol

import numpy as np
import soxr

from backend.conversation.sound.samples import Samples, from_samples, to_samples

# A half-band filter: 3.4 kHz of telephone speech pass within 0.001 dB, images above 4.6 kHz stay
# 90 dB below, and it costs 2.6 ms of delay. It gives two samples for each one at once, so that a
# frame in is a frame out; soxr's streams at these ratios hold sound back and give it in blocks of
# 59 ms, which the caller would wait for after every last word.
TAPS = 83
CENTRE = TAPS // 2
KAISER_BETA = 9.0


def _half_band() -> Samples:
    offset = np.arange(TAPS) - CENTRE
    taps = np.sinc(offset / 2) * np.kaiser(TAPS, KAISER_BETA)
    return np.asarray(taps / taps.sum(), np.float32)


_FILTER = _half_band()
_SIDE = np.ascontiguousarray(_FILTER[0::2])  # every second tap beside the centre is zero
_MIDDLE = float(_FILTER[CENTRE])
_TWICE_SIDE, _TWICE_MIDDLE = 2 * _SIDE, 2 * _MIDDLE


class Rate(Protocol):
    """A change of rate on sample values."""

    def feed(self, samples: Samples) -> Samples:
        """Return what can be said already."""
        ...

    def flush(self) -> Samples:
        """Return what was still held back; the stream is over."""
        ...


class Same:
    """No change at all."""

    def feed(self, samples: Samples) -> Samples:
        """Return the same samples."""
        return samples

    def flush(self) -> Samples:
        """Return nothing: nothing is ever held back."""
        return np.zeros(0, np.float32)


class Double:
    """Twice the rate; two samples out for each one in, at once."""

    def __init__(self) -> None:
        self._past = np.zeros(len(_SIDE) - 1, np.float32)

    def feed(self, samples: Samples) -> Samples:
        """Return twice as many samples."""
        if not len(samples):
            return samples
        window = np.concatenate((self._past, samples))
        self._past = window[len(samples) :]
        doubled = np.empty(2 * len(samples), np.float32)
        # The filter is the same from both ends, so that to correlate is to convolve.
        doubled[0::2] = np.correlate(window, _TWICE_SIDE)
        start = len(self._past) - CENTRE // 2
        np.multiply(window[start : start + len(samples)], _TWICE_MIDDLE, out=doubled[1::2])
        return doubled

    def flush(self) -> Samples:
        """Return the tail that the filter's delay held back."""
        return self.feed(np.zeros(CENTRE // 2 + 1, np.float32))


class Halve:
    """Half the rate; one sample out for each two in, at once."""

    def __init__(self) -> None:
        self._past = np.zeros(TAPS - 1, np.float32)

    def feed(self, samples: Samples) -> Samples:
        """Return half as many samples; a single one waits for its neighbour."""
        window = np.concatenate((self._past, samples))
        count = (len(window) - TAPS + 1) // 2
        if not count:
            self._past = window
            return np.zeros(0, np.float32)
        used = 2 * count + TAPS - 1
        self._past = window[2 * count :]
        sides = np.correlate(window[0 : used - 1 : 2], _SIDE)
        return sides[:count] + _MIDDLE * window[CENTRE : CENTRE + 2 * count : 2]

    def flush(self) -> Samples:
        """Return the tail that the filter's delay held back."""
        return self.feed(np.zeros(CENTRE + 1, np.float32))


class AnyRatio:
    """Any other ratio, as voices need it (22.05 kHz to 16 kHz)."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality="LQ")

    def feed(self, samples: Samples) -> Samples:
        """Return what the stream gives so far."""
        return np.asarray(self._stream.resample_chunk(samples), np.float32)

    def flush(self) -> Samples:
        """Return the rest of the stream."""
        rest = self._stream.resample_chunk(np.zeros(0, np.float32), last=True)
        return np.asarray(rest, np.float32)


def rate_change(from_hz: int, to_hz: int) -> Rate:
    """Return the cheapest good way from one rate to another."""
    if from_hz == to_hz:
        return Same()
    if to_hz == 2 * from_hz:
        return Double()
    if from_hz == 2 * to_hz:
        return Halve()
    return AnyRatio(from_hz, to_hz)


class Resampler:
    """A stream of PCM16 from one rate to another; chunks may be cut anywhere."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._rate = rate_change(from_hz, to_hz)
        self._stray = b""

    def feed(self, pcm: bytes) -> bytes:
        """Return what can be said already."""
        pcm = self._stray + pcm
        whole = len(pcm) & ~1
        self._stray = pcm[whole:]
        return from_samples(self._rate.feed(to_samples(pcm[:whole])))

    def flush(self) -> bytes:
        """Return what was still held back; the stream is over."""
        return from_samples(self._rate.flush())
