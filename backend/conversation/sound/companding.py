"""µ-law (G.711), by one table look-up each way."""

import numpy as np
import numpy.typing as npt

BIAS = 0x84
CLIP = 32635


def _decoding_table() -> npt.NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + BIAS) << ((code & 0x70) >> 4)) - BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype("<i2")


def _encoding_table() -> npt.NDArray[np.uint8]:
    """One code for each of the 65536 values, in the order of their unsigned bit patterns."""
    value = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    biased = np.minimum(np.abs(value), CLIP) + BIAS
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 0x0F
    sign = np.where(value < 0, 0x80, 0)
    codes: npt.NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return codes


VALUES = _decoding_table()
VALUES_FLOAT = VALUES.astype(np.float32)
CODES = _encoding_table()


def decode_ulaw(payload: bytes) -> bytes:
    """Return PCM16 at the same rate."""
    return VALUES[np.frombuffer(payload, np.uint8)].tobytes()


def encode_ulaw(pcm: bytes) -> bytes:
    """Return µ-law at the same rate."""
    return bytes(CODES[np.frombuffer(pcm, "<u2")])
