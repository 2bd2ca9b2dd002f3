"""Identifiers and unpredictable values of the real world."""

import secrets
import uuid

from backend.kernel.clock import Clock
from backend.platform.clock import SystemClock

# Without 0/O, 1/I/L, U (Crockford's letters): a code is read aloud and typed on a phone.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8
_RANDOM_BITS = 74  # of a UUIDv7's 128: 48 are time, 6 name version and variant


class SystemIds:
    """UUIDv7 text: sorts by the clock's time, and strictly rises within one process."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._last_ms = 0
        self._last_random = 0

    def new(self) -> str:
        """Return an identifier that was never returned before."""
        now_ms = self._clock.now() // 1000
        if now_ms > self._last_ms:
            self._last_ms = now_ms
            # The top bit stays clear: room for 2^73 steps within one millisecond.
            self._last_random = secrets.randbits(_RANDOM_BITS - 1)
        else:
            # Within a millisecond, or when the clock was set back: go on upwards by a random step.
            self._last_random += 1 + secrets.randbits(32)
        return str(_uuid7(self._last_ms, self._last_random))


class SystemChance:
    """The operating system's randomness."""

    def token(self) -> str:
        """Return 256 bits as URL-safe text."""
        return secrets.token_urlsafe(32)

    def code(self) -> str:
        """Return eight letters and digits that are easy to read aloud and to type."""
        return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))

    def fraction(self) -> float:
        """Return a number from 0 up to, not including, 1."""
        return secrets.randbits(53) / (1 << 53)


def _uuid7(milliseconds: int, random: int) -> uuid.UUID:
    high = random >> 62
    low = random & ((1 << 62) - 1)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
