"""Keeps a call's sound, both sides, while it goes on: in sealed pieces, a few seconds behind.

Memory holds some seconds, however long the call is. A crash leaves every piece that was written,
and those can be heard. Nothing is kept before `start`, and nothing while it is paused; what was
keyed in is blanked out.
"""

import asyncio
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from backend.conversation.carriers import KeyPressed, Line, LineEvent
from backend.conversation.sound import TelephoneEncoder, decode_ulaw
from backend.kernel.audio import Frame, Sound
from backend.kernel.clock import Clock
from backend.kernel.errors import Missing, RingbackError
from backend.kernel.events import Happening
from backend.kernel.ids import ConversationId
from backend.platform.compute import Compute
from backend.platform.keys import SEAL_BYTES, Keys
from backend.platform.objects.port import Objects, whole
from backend.platform.telemetry.logs import get_logger

PURPOSE = "recordings"
BYTES_PER_S = 8_000  # of each side, µ-law
PIECE_BYTES = 20 * BYTES_PER_S
# So much stays open: it may be cleared, come late, or turn out to have been a PIN, which is known
# only once the words are.
MARGIN_BYTES = 12 * BYTES_PER_S
LEAD_BYTES = BYTES_PER_S // 2  # a voice has begun a little before it is taken for one
OPEN_BYTES_MAX = 60 * BYTES_PER_S  # twice the longest utterance; who speaks longer pauses
OPEN_MAX = 32  # utterances that wait to be understood
KEY_BYTES = BYTES_PER_S  # a key's tone sounds before we are told of it
PIECES_WAITING_MAX = 12  # four minutes: a store that takes longer has lost the rest
CLOSE_S_MAX = 15.0
SILENCE = b"\xff"

_log = get_logger("conversation")


class Track:
    """One side of a call, at its place in time; what is settled is taken from its front."""

    def __init__(self) -> None:
        self._encoder = TelephoneEncoder()
        self._taken = 0  # bytes that have left
        self.ulaw = bytearray()

    @property
    def ends(self) -> int:
        """Return where it ends, in bytes since the beginning."""
        return self._taken + len(self.ulaw)

    def add(self, pcm: bytes, at_s: float) -> None:
        """Append sound that is heard now, or after what was added before."""
        self.ulaw.extend(SILENCE * (round(at_s * BYTES_PER_S) - self.ends))
        self.ulaw.extend(self._encoder.feed(pcm))

    def cut(self, at_s: float) -> None:
        """Drop what lies after this moment: it was never heard."""
        del self.ulaw[max(0, round(at_s * BYTES_PER_S) - self._taken) :]

    def blank(self, size: int) -> None:
        """Make the last so many bytes silent."""
        self.silence(self.ends - size, self.ends)

    def silence(self, begin: int, end: int) -> None:
        """Make silent what lies between two places, as far as it is still here."""
        first, last = (min(max(at - self._taken, 0), len(self.ulaw)) for at in (begin, end))
        self.ulaw[first:last] = SILENCE * (last - first)

    def take(self, size: int) -> bytes:
        """Take so much from the front, filled up with silence."""
        taken = bytes(self.ulaw[:size]).ljust(size, SILENCE)
        del self.ulaw[:size]
        self._taken += size
        return taken


class RecordedLine:
    """A line that keeps what passes through it once it was started; implements `Line`."""

    def __init__(self, line: Line, *, clock: Clock) -> None:
        self._line, self._clock = line, clock
        self._began: float | None = None  # None: not started, or stopped
        self._frames_from_ms: int | None = None
        self._taken = 0
        self._is_paused = False
        self._open_from: deque[int] = deque(maxlen=OPEN_MAX)
        self.theirs, self.ours = Track(), Track()
        # None ends it. A full queue ends the recording: it would have a hole.
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue(PIECES_WAITING_MAX)

    @property
    def carrier(self) -> str:
        """Name the way the line came."""
        return self._line.carrier

    @property
    def is_spoken(self) -> bool:
        """Say whether replies are to be spoken."""
        return self._line.is_spoken

    @property
    def from_ms(self) -> int:
        """Return where the recording begins on the line's own clock, which are its frames."""
        return self._frames_from_ms or 0

    # ── recording ────────────────────────────────────────────────────────────────────────────
    def start(self) -> None:
        """Record from now on: whoever speaks has agreed, or was told."""
        if self._began is None:
            self._began = self._clock.monotonic()

    def pause(self) -> None:
        """Record silence from now on: what is said is a secret."""
        self._is_paused = True

    def resume(self) -> None:
        """Record again, if it was started."""
        self._is_paused = False

    def blank(self, seconds: float) -> None:
        """Make silent what the caller said last, as far back as nothing was given out yet."""
        self.theirs.blank(round(seconds * BYTES_PER_S))

    def keep_open(self) -> None:
        """Give out nothing that is said from now on until it is known what it was."""
        self._open_from.append(self.theirs.ends - LEAD_BYTES)

    def let_go(self) -> None:
        """What has been kept open longest may be given out."""
        if self._open_from:
            self._open_from.popleft()

    def silence(self, began_ms: int, ended_ms: int) -> None:
        """Make silent what the caller said between two moments of the line's own clock."""
        begin, end = ((ms - self.from_ms) * BYTES_PER_S // 1000 for ms in (began_ms, ended_ms))
        self.theirs.silence(begin - LEAD_BYTES, end + LEAD_BYTES)

    async def close(self) -> None:
        """Give out what is left, and the end."""
        if self._began is not None:
            while (left := max(self.theirs.ends, self.ours.ends) - self._taken) > 0:
                await self.pieces.put(self._take(min(left, PIECE_BYTES)))
            self._began = None
        await self.pieces.put(None)

    # ── the line ─────────────────────────────────────────────────────────────────────────────
    async def events(self) -> AsyncIterator[LineEvent]:
        """Pass on what comes in, and keep its sound."""
        async for event in self._line.events():
            if self._began is not None:
                self._hear(event)
            yield event

    def divert(self, hear: Callable[[Frame], bool]) -> None:
        """Offer frames while nothing is kept: what is kept comes by here."""
        self._line.divert(lambda frame: self._began is None and hear(frame))

    async def play(self, pcm: bytes) -> None:
        """Pass on sound, and keep it where it will be heard."""
        if self._began is not None:
            self.ours.add(bytes(len(pcm)) if self._is_paused else pcm, self._now())
        await self._line.play(pcm)

    async def mark(self, name: str) -> None:
        """Pass on a mark."""
        await self._line.mark(name)

    async def clear(self) -> None:
        """Forget what was not heard."""
        if self._began is not None:
            self.ours.cut(self._now())
        await self._line.clear()

    async def tell(self, happening: Happening) -> None:
        """Pass on what happens."""
        await self._line.tell(happening)

    async def hang_up(self) -> None:
        """End the line."""
        await self._line.hang_up()

    def _hear(self, event: LineEvent) -> None:
        if isinstance(event, KeyPressed):
            self.theirs.blank(KEY_BYTES)
        if not isinstance(event, Frame):
            return
        if self._frames_from_ms is None:
            self._frames_from_ms = event.at_ms
        # Frames are their own clock: one that arrives late still follows the one before.
        at_s = (event.at_ms - self._frames_from_ms) / 1000
        self.theirs.add(bytes(len(event.pcm)) if self._is_paused else event.pcm, at_s)
        settled = self._settled()
        while self._began is not None and settled - self._taken >= PIECE_BYTES:
            self._give(self._take(PIECE_BYTES))

    def _settled(self) -> int:
        """Return up to where nothing changes any more."""
        now = round(self._now() * BYTES_PER_S)
        is_open = min(self._open_from, default=now)
        return min(now - MARGIN_BYTES, max(is_open, now - OPEN_BYTES_MAX))

    def _give(self, piece: bytes) -> None:
        if self.pieces.qsize() >= PIECES_WAITING_MAX - 1:  # the end needs its place
            _log.warning("recording_stopped", reason="the store is too slow")
            self._began = None
            return
        self.pieces.put_nowait(piece)

    def _take(self, size: int) -> bytes:
        """Take both sides of the next stretch, the caller on the left."""
        both = bytearray(2 * size)
        both[0::2], both[1::2] = self.theirs.take(size), self.ours.take(size)
        self._taken += size
        return bytes(both)

    def _now(self) -> float:
        return self._clock.monotonic() - (self._began or 0.0)


Begun = Callable[[str], Awaitable[None]]
"""Is told, once, under which key the pieces lie."""


class Recorder:
    """Seals the pieces of recordings and keeps them as objects; opens them again."""

    def __init__(self, *, objects: Objects, keys: Keys, compute: Compute, clock: Clock) -> None:
        self._objects, self._keys = objects, keys
        self._compute, self._clock = compute, clock

    def tap(self, line: Line) -> RecordedLine:
        """Return the line, ready to be recorded."""
        return RecordedLine(line, clock=self._clock)

    async def run(self, line: RecordedLine, conversation_id: ConversationId, begun: Begun) -> None:
        """Write the pieces of a line until its end; a failure keeps what was written before it."""
        key, count = f"recordings/{conversation_id}", 0
        try:
            while (piece := await line.pieces.get()) is not None:
                context = _context(conversation_id, count)
                sealed = await self._compute.run(self._keys.seal, PURPOSE, piece, context)
                await self._objects.put(_piece_key(key, count), sealed)
                if not count:
                    await begun(key)
                count += 1
        except RingbackError as error:
            _log.warning("recording_stopped", conversation_id=conversation_id, reason=error.code)
            while await line.pieces.get() is not None:
                pass  # whoever ends the line waits for nobody

    async def keep(self, conversation_id: str, sound: AsyncIterator[bytes]) -> str:
        """Seal sound that comes back from an export; return under which key it lies."""
        key, count = f"recordings/{conversation_id}", 0
        async for piece in sound:
            context = _context(conversation_id, count)
            sealed = await self._compute.run(self._keys.seal, PURPOSE, piece, context)
            await self._objects.put(_piece_key(key, count), sealed)
            count += 1
        return key if count else ""

    async def drop(self, key: str) -> None:
        """Delete a recording's sound; none is no error."""
        for piece in await self._objects.list(f"{key}/"):
            await self._objects.delete(piece.key)

    async def read(self, key: str, conversation_id: str) -> AsyncIterator[bytes]:
        """Yield a recording as one WAV file, piece by piece, as far as it was written."""
        found = await self._objects.list(f"{key}/")
        sizes = []
        for count, piece in enumerate(found):
            if piece.key != _piece_key(key, count):
                break  # what lies behind a hole has no place in time
            sizes.append(piece.size - SEAL_BYTES)
        if not sizes:
            raise Missing("There is no recording of this call.")
        yield wav_header(sum(sizes))
        for count in range(len(sizes)):
            sealed = await whole(self._objects.get(_piece_key(key, count)))
            context = _context(conversation_id, count)
            yield await self._compute.run(self._keys.open, PURPOSE, sealed, context)

    async def cut(self, key: str, conversation_id: str, begin_s: float, end_s: float) -> bytes:
        """Return a stretch of a recording as one WAV file; only its own pieces are opened."""
        stretch = await self._stretch(key, conversation_id, begin_s, end_s)
        return wav_header(len(stretch)) + stretch

    async def theirs(self, key: str, conversation_id: str, begin_s: float, end_s: float) -> Sound:
        """Return what the other end said in a stretch, to be played again."""
        stretch = await self._stretch(key, conversation_id, begin_s, end_s)
        return Sound(decode_ulaw(stretch[0::2]), BYTES_PER_S)

    async def _stretch(self, key: str, conversation_id: str, begin_s: float, end_s: float) -> bytes:
        begin, end = (2 * round(moment * BYTES_PER_S) for moment in (begin_s, end_s))
        found = await self._objects.list(f"{key}/")
        stretch, at = bytearray(), 0
        for count, piece in enumerate(found):
            size = piece.size - SEAL_BYTES
            if piece.key != _piece_key(key, count) or at >= end:
                break
            if at + size > begin:
                sealed = await whole(self._objects.get(piece.key))
                context = _context(conversation_id, count)
                sound = await self._compute.run(self._keys.open, PURPOSE, sealed, context)
                stretch += sound[max(begin - at, 0) : end - at]
            at += size
        if not stretch:
            raise Missing("The recording has no sound at that place.")
        return bytes(stretch)


def wav_header(size: int) -> bytes:
    """Return the head of a WAV file with so many bytes of stereo µ-law at 8 kHz."""
    # Format 7 is µ-law; every format but PCM has an (empty) extension and a `fact` chunk.
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 7, 2, 8000, 16_000, 2, 8, 0)
    fact = struct.pack("<4sII", b"fact", 4, size // 2)
    data = struct.pack("<4sI", b"data", size)
    body = b"WAVE" + form + fact + data
    return struct.pack("<4sI", b"RIFF", len(body) + size) + body


def _piece_key(key: str, count: int) -> str:
    return f"{key}/{count:06}.sealed"


def _context(conversation_id: str, count: int) -> bytes:
    """Return what binds a piece to its place: none can stand for another."""
    return f"{conversation_id}/{count}".encode()
