"""µ-law and A-law (G.711), by one table look-up each way."""

import numpy as np
import numpy.typing as npt

BIAS = 0x84
CLIP = 32635
A_LAW_FLIP = 0x55  # A-law turns over every other bit on the wire

Values = npt.NDArray[np.int16]
Codes = npt.NDArray[np.uint8]


def _ulaw_values() -> Values:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + BIAS) << ((code & 0x70) >> 4)) - BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype("<i2")


def _alaw_values() -> Values:
    code = np.arange(256, dtype=np.int32) ^ A_LAW_FLIP
    segment, step = (code & 0x70) >> 4, (code & 0x0F) << 4
    # The middle of each step; the first two segments are one straight line.
    magnitude = np.where(segment, (step + 0x108) << np.maximum(segment - 1, 0), step + 8)
    return np.where(code & 0x80, magnitude, -magnitude).astype("<i2")


def _every_value() -> npt.NDArray[np.int32]:
    """Return the 65536 values in the order of their unsigned bit patterns."""
    return np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)


def _ulaw_codes() -> Codes:
    value = _every_value()
    biased = np.minimum(np.abs(value), CLIP) + BIAS
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 0x0F
    sign = np.where(value < 0, 0x80, 0)
    codes: Codes = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return codes


def _alaw_codes() -> Codes:
    value = _every_value() >> 3  # thirteen bits and their sign, rounded down as G.711 does
    magnitude = np.where(value < 0, ~value, value)
    segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    step = (magnitude >> np.maximum(segment, 1)) & 0x0F
    sign = np.where(value < 0, 0, 0x80)
    codes: Codes = ((sign | (segment << 4) | step) ^ A_LAW_FLIP).astype(np.uint8)
    return codes


VALUES = _ulaw_values()
VALUES_FLOAT = VALUES.astype(np.float32)
CODES = _ulaw_codes()
ALAW_VALUES = _alaw_values()
ALAW_CODES = _alaw_codes()


def decode_ulaw(payload: bytes) -> bytes:
    """Return PCM16 at the same rate."""
    return VALUES[np.frombuffer(payload, np.uint8)].tobytes()


def encode_ulaw(pcm: bytes) -> bytes:
    """Return µ-law at the same rate."""
    return bytes(CODES[np.frombuffer(pcm, "<u2")])


def decode_alaw(payload: bytes) -> bytes:
    """Return PCM16 at the same rate."""
    return ALAW_VALUES[np.frombuffer(payload, np.uint8)].tobytes()


def encode_alaw(pcm: bytes) -> bytes:
    """Return A-law at the same rate."""
    return bytes(ALAW_CODES[np.frombuffer(pcm, "<u2")])
