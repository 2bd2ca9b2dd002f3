"""The one sound that travels inside: 20 ms of mono PCM16 at 16 kHz."""

from dataclasses import dataclass

RATE_HZ = 16_000
FRAME_MS = 20
FRAME_SAMPLES = RATE_HZ * FRAME_MS // 1000
FRAME_BYTES = FRAME_SAMPLES * 2


@dataclass(frozen=True, slots=True)
class Frame:
    """Twenty milliseconds of sound, stamped on the call's own clock."""

    pcm: bytes  # FRAME_BYTES of little-endian PCM16
    at_ms: int  # since the line was opened


@dataclass(frozen=True, slots=True)
class WordEnd:
    """Where a spoken word is over, as an engine tells it."""

    text: str  # as it stands in the text that the engine was given
    end_ms: int  # since the beginning of the sound that carries it


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of speech of any length, as an engine gives or takes it."""

    pcm: bytes  # little-endian mono PCM16
    rate_hz: int = RATE_HZ
    words: tuple[WordEnd, ...] = ()  # those that end in it, where the engine knows
    engine: str = ""  # who made it, where several may

    @property
    def duration_ms(self) -> int:
        """How long it sounds."""
        return len(self.pcm) * 500 // self.rate_hz
