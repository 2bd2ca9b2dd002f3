"""Keeps a call's sound when the owner wants it: both sides, bounded, sealed at the end."""

import struct
from collections.abc import AsyncIterator

from backend.conversation.carriers import Line, LineEvent
from backend.conversation.sound import TelephoneEncoder
from backend.kernel.audio import Frame
from backend.kernel.clock import Clock
from backend.kernel.events import Happening
from backend.kernel.ids import ConversationId
from backend.platform.compute import Compute
from backend.platform.keys import Keys
from backend.platform.objects.port import Objects

PURPOSE = "recordings"
MINUTES_MAX = 30  # 29 MB of µ-law for both sides; a longer call is recorded so far
BYTES_PER_S = 8_000
TRACK_BYTES_MAX = MINUTES_MAX * 60 * BYTES_PER_S
SILENCE = b"\xff"


class Track:
    """One side of a call, at its place in time."""

    def __init__(self) -> None:
        self._encoder = TelephoneEncoder()
        self.ulaw = bytearray()

    def add(self, pcm: bytes, at_s: float) -> None:
        """Append sound that is heard now, or after what was added before."""
        begin = min(round(at_s * BYTES_PER_S), TRACK_BYTES_MAX)
        self.ulaw.extend(SILENCE * (begin - len(self.ulaw)))
        self.ulaw.extend(self._encoder.feed(pcm)[: TRACK_BYTES_MAX - len(self.ulaw)])

    def cut(self, at_s: float) -> None:
        """Drop what lies after this moment: it was never heard."""
        del self.ulaw[max(0, round(at_s * BYTES_PER_S)) :]


class RecordedLine:
    """A line that keeps what passes through it; implements `Line`."""

    def __init__(self, line: Line, *, clock: Clock) -> None:
        self._line, self._clock = line, clock
        self._began = clock.monotonic()
        self.theirs, self.ours = Track(), Track()

    @property
    def carrier(self) -> str:
        """Name the way the line came."""
        return self._line.carrier

    @property
    def is_spoken(self) -> bool:
        """Say whether replies are to be spoken."""
        return self._line.is_spoken

    async def events(self) -> AsyncIterator[LineEvent]:
        """Pass on what comes in, and keep its sound."""
        async for event in self._line.events():
            if isinstance(event, Frame):
                # Frames are their own clock: one that arrives late still follows the one before.
                self.theirs.add(event.pcm, event.at_ms / 1000)
            yield event

    async def play(self, pcm: bytes) -> None:
        """Pass on sound, and keep it where it will be heard."""
        self.ours.add(pcm, self._now())
        await self._line.play(pcm)

    async def mark(self, name: str) -> None:
        """Pass on a mark."""
        await self._line.mark(name)

    async def clear(self) -> None:
        """Forget what was not heard."""
        self.ours.cut(self._now())
        await self._line.clear()

    async def tell(self, happening: Happening) -> None:
        """Pass on what happens."""
        await self._line.tell(happening)

    async def hang_up(self) -> None:
        """End the line."""
        await self._line.hang_up()

    def _now(self) -> float:
        return self._clock.monotonic() - self._began


class Recorder:
    """Seals recordings and keeps them as objects."""

    def __init__(self, *, objects: Objects, keys: Keys, compute: Compute, clock: Clock) -> None:
        self._objects, self._keys = objects, keys
        self._compute, self._clock = compute, clock

    def tap(self, line: Line) -> RecordedLine:
        """Return the line, recorded."""
        return RecordedLine(line, clock=self._clock)

    async def keep(self, line: RecordedLine, conversation_id: ConversationId) -> str:
        """Seal what was recorded; return its object's key."""
        key = f"recordings/{conversation_id}.wav.sealed"
        wav = await self._compute.run(stereo_wav, bytes(line.theirs.ulaw), bytes(line.ours.ulaw))
        sealed = await self._compute.run(self._keys.seal, PURPOSE, wav, conversation_id.encode())
        await self._objects.put(key, sealed)
        return key


def stereo_wav(left: bytes, right: bytes) -> bytes:
    """Return two µ-law tracks as one WAV file: 8 kHz, the caller on the left."""
    length = max(len(left), len(right))
    both = bytearray(2 * length)
    both[0::2] = left.ljust(length, SILENCE)
    both[1::2] = right.ljust(length, SILENCE)
    # Format 7 is µ-law; every format but PCM has an (empty) extension and a `fact` chunk.
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 7, 2, 8000, 16_000, 2, 8, 0)
    fact = struct.pack("<4sII", b"fact", 4, length)
    data = struct.pack("<4sI", b"data", len(both)) + bytes(both)
    body = b"WAVE" + form + fact + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body
