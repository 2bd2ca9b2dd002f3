"""What a caller's telephone plays: a buffer that drains in real time, with marks and `clear`."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from backend.conversation.sound import decode_ulaw

BYTES_PER_S = 8000
FRAME_BYTES = 160
FRAME_S = FRAME_BYTES / BYTES_PER_S
VOICED_PEAK = 512  # of 32768: a frame above it is sound
NEW_REPLY_S = 1.0  # silence longer than this between two messages is a pause, not a late frame

_VOICED = bytes(
    (np.abs(np.frombuffer(decode_ulaw(bytes(range(256))), "<i2").astype(int)) > VOICED_PEAK).astype(
        np.uint8
    )
)


def is_voiced(ulaw: bytes) -> bool:
    """Say whether a stretch of µ-law is louder than a line's hiss."""
    return b"\x01" in ulaw.translate(_VOICED)


@dataclass(slots=True)
class Stretch:
    """Sound without a gap, as the caller hears it; monotonic seconds."""

    begins: float
    ends: float


@dataclass(slots=True)
class Playback:
    """The buffer of one call."""

    ends: float = 0.0  # when it runs dry
    stretches: list[Stretch] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)  # how long it had run dry, one a message
    marks: deque[tuple[float, str]] = field(default_factory=deque)
    is_new_reply: bool = True

    def play(self, now: float, ulaw: bytes) -> float | None:
        """Append sound; return when its first voiced frame is heard, if there is one."""
        behind = now - self.ends
        if not self.is_new_reply and behind < NEW_REPLY_S:
            self.late_ms.append(max(0.0, behind * 1000))
        self.is_new_reply = False
        begins = max(now, self.ends)
        self.ends = begins + len(ulaw) / BYTES_PER_S
        first: float | None = None
        for offset in range(0, len(ulaw), FRAME_BYTES):
            frame = ulaw[offset : offset + FRAME_BYTES]
            if is_voiced(frame):
                heard = begins + offset / BYTES_PER_S
                first = heard if first is None else first
                self._hear(heard, len(frame) / BYTES_PER_S)
        return first

    def mark(self, now: float, name: str) -> None:
        """Note a mark behind all that is queued."""
        self.marks.append((max(now, self.ends), name))

    def due(self, now: float) -> list[str]:
        """Take the marks whose place has been heard."""
        names = []
        while self.marks and self.marks[0][0] <= now:
            names.append(self.marks.popleft()[1])
        return names

    def clear(self, now: float) -> None:
        """Drop what was not heard; every mark is due at once."""
        cut = min(now, self.ends)
        self.stretches = [stretch for stretch in self.stretches if stretch.begins < cut]
        if self.stretches:
            self.stretches[-1].ends = min(self.stretches[-1].ends, cut)
        self.ends, self.is_new_reply = now, True
        self.marks = deque((now, name) for _, name in self.marks)

    def quiet_since(self, otherwise: float) -> float:
        """Return when the last sound is, or was, over."""
        return self.stretches[-1].ends if self.stretches else otherwise

    def _hear(self, heard: float, seconds: float) -> None:
        last = self.stretches[-1] if self.stretches else None
        if last is not None and heard - last.ends < FRAME_S:
            last.ends = heard + seconds
        else:
            self.stretches.append(Stretch(heard, heard + seconds))
