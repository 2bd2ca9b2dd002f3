"""WAV files in and out; whatever is wrong with one is said, never guessed."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.conversation.sound.companding import VALUES_FLOAT
from backend.conversation.sound.resampling import rate_change
from backend.conversation.sound.samples import Samples, from_samples
from backend.kernel.audio import RATE_HZ, Sound
from backend.kernel.errors import Invalid, TooLarge

BYTES_MAX = 256 << 20
RATE_HZ_MIN, RATE_HZ_MAX = 1_000, 384_000
CHANNELS_MAX = 16
PCM, FLOAT, ULAW, EXTENSIBLE = 1, 3, 7, 0xFFFE


@dataclass(frozen=True, slots=True)
class _Format:
    code: int
    channels: int
    rate_hz: int
    bits: int


def read_wav(source: Path | str | bytes, *, rate_hz: int = RATE_HZ) -> Sound:
    """Return a WAV file as one channel at our rate."""
    data = source if isinstance(source, bytes) else _read_bounded(Path(source))
    if len(data) > BYTES_MAX:
        raise TooLarge("The WAV file is too large.")
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise Invalid("This is not a WAV file.")
    kind: _Format | None = None
    for name, body in _chunks(data):
        if name == b"fmt ":
            kind = _format(body)
        elif name == b"data":
            if kind is None:
                raise Invalid("The WAV file does not say how its sound is written.")
            return _sound(body, kind, rate_hz)
    raise Invalid("The WAV file has no sound in it.")


def write_wav(path: Path | str, sound: Sound) -> None:
    """Write one channel of PCM16."""
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + len(sound.pcm), b"WAVE", b"fmt ", 16, PCM, 1),
        *(sound.rate_hz, sound.rate_hz * 2, 2, 16, b"data", len(sound.pcm)),
    )
    Path(path).write_bytes(header + sound.pcm)


def _read_bounded(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(BYTES_MAX + 1)
    except OSError as failure:
        raise Invalid(
            f"{path} can't be read: {failure.strerror}.", cure="Give a WAV file that is there."
        ) from failure


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        at += 8
        # A writer that could not seek back leaves 0 or all ones: then the sound fills the rest.
        if name == b"data" and size in (0, 0xFFFFFFFF):
            size = len(data) - at
        yield name, data[at : at + size]
        at += size + (size & 1)


def _format(body: bytes) -> _Format:
    if len(body) < 16:
        raise Invalid("The WAV file's header is cut off.")
    code, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if code == EXTENSIBLE and len(body) >= 26:
        (code,) = struct.unpack_from("<H", body, 24)
    if not 1 <= channels <= CHANNELS_MAX or not RATE_HZ_MIN <= rate_hz <= RATE_HZ_MAX:
        raise Invalid(f"A WAV file of {channels} channels at {rate_hz} Hz can't be played.")
    return _Format(code, channels, rate_hz, bits)


def _sound(body: bytes, kind: _Format, rate_hz: int) -> Sound:
    width = kind.bits // 8 * kind.channels
    samples = _values(body[: len(body) // max(width, 1) * width], kind)
    mono = samples.reshape(-1, kind.channels).mean(axis=1, dtype=np.float32)
    rate = rate_change(kind.rate_hz, rate_hz)
    return Sound(from_samples(np.concatenate((rate.feed(mono), rate.flush()))), rate_hz)


def _values(body: bytes, kind: _Format) -> Samples:
    match kind.code, kind.bits:
        case 1, 16:
            return np.frombuffer(body, "<i2").astype(np.float32)
        case 1, 8:
            return np.asarray((np.frombuffer(body, np.uint8) - 128.0) * 256, np.float32)
        case 1, 24:
            thirds = np.frombuffer(body, np.uint8).reshape(-1, 3)
            high = thirds[:, 2].view(np.int8).astype(np.float32) * 256
            return np.asarray(high + thirds[:, 1] + thirds[:, 0] / 256, np.float32)
        case 1, 32:
            return np.asarray(np.frombuffer(body, "<i4") / 65536, np.float32)
        case 3, 32:
            return np.asarray(np.nan_to_num(np.frombuffer(body, "<f4")) * 32767.0, np.float32)
        case 7, 8:
            return np.asarray(VALUES_FLOAT[np.frombuffer(body, np.uint8)], np.float32)
        case _:
            raise Invalid(f"WAV format {kind.code} with {kind.bits} bits is not supported.")
