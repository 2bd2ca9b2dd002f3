"""A line that outlives its connection: when that breaks, the exchange waits for it to come back.

The exchange sees one line. Between `LineDropped` and `LineReturned` no frame comes, what is played
is lost and whoever plays holds still. Marks that were pending come back after the return: nothing
before them will be heard any more. Only when nobody returned in time does the line end as lost.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from functools import partial

from backend.conversation.carriers import (
    HungUp,
    Line,
    LineDropped,
    LineEvent,
    LineReturned,
    MarkHeard,
)
from backend.kernel.audio import FRAME_MS, Frame
from backend.kernel.clock import Clock
from backend.kernel.errors import Conflict
from backend.kernel.events import Happening, LineClosed, PartialHeard, VoiceStarted
from backend.platform.tasks import until

UNTOLD_MAX = 256  # captions that wait for a connection to come back
MARKS_MAX = 64
LOST = "lost"
MOMENTARY = (VoiceStarted, PartialHeard, LineClosed)  # told late they mean nothing


class _Connection:
    """One of the connections that a line has had."""

    def __init__(self, line: Line, *, offset_ms: int) -> None:
        self.line, self.offset_ms = line, offset_ms
        self.is_over = asyncio.Event()


class LastingLine:
    """A line over connections that may replace each other; implements `Line`."""

    def __init__(self, line: Line, *, grace_s: float, clock: Clock) -> None:
        self._now = _Connection(line, offset_ms=0)
        self._grace_s, self._clock = grace_s, clock
        self._began, self._framed_ms = clock.monotonic(), 0
        self._is_over = self._is_dropped = False
        self._changed = asyncio.Event()  # somebody came back, or nobody shall any more
        self._marks: deque[str] = deque(maxlen=MARKS_MAX)
        self._untold: deque[Happening] = deque(maxlen=UNTOLD_MAX)
        self._announced: deque[LineEvent] = deque(maxlen=MARKS_MAX)
        self._hear_first: Callable[[Frame], bool] | None = None

    @property
    def carrier(self) -> str:
        """Name the way the line came."""
        return self._now.line.carrier

    @property
    def is_spoken(self) -> bool:
        """Say whether replies are to be spoken."""
        return self._now.line.is_spoken

    @property
    def is_over(self) -> bool:
        """Say whether nobody can come back to this line."""
        return self._is_over

    async def serve(self, line: Line) -> None:
        """Go on over another connection, and return when that one is over.

        A connection that still holds is given up for it: whoever calls has made sure that the new
        one comes from the same caller. Raises Conflict when the line has ended meanwhile.
        """
        if self._is_over:
            raise Conflict("This conversation is over.")
        gap_ms = round((self._clock.monotonic() - self._began) * 1000)
        offset_ms = max(self._framed_ms, gap_ms - gap_ms % FRAME_MS)
        before, self._now = self._now, _Connection(line, offset_ms=offset_ms)
        here = self._now
        self._is_dropped = True  # until the exchange knows: what it plays now belongs to before
        self._changed.set()
        await before.line.hang_up()
        before.is_over.set()
        await here.is_over.wait()

    async def events(self) -> AsyncIterator[LineEvent]:
        """Yield what comes over one connection after the other."""
        try:
            here: _Connection | None = None
            end = HungUp(LOST)
            while True:
                if not self._is_dropped:  # else another one came while the last was welcomed
                    here, end = self._now, HungUp(LOST)
                    here.line.divert(partial(self._hear, here))
                    async for event in here.line.events():
                        if isinstance(event, HungUp):
                            end = event
                        else:
                            yield self._placed(event, here)
                        while self._announced:
                            yield self._announced.popleft()
                    here.is_over.set()
                    if self._is_final(here, end):
                        break
                    self._is_dropped = True
                yield LineDropped()
                if not await self._is_back(here):
                    break
                await self._welcome_back()
                forgotten = self._forget_marks()  # now: what is played from here on will be heard
                yield LineReturned()
                for name in forgotten:
                    yield MarkHeard(name)
            self._is_over = True
            yield end
        finally:
            self._is_over = True
            self._now.is_over.set()

    def divert(self, hear: Callable[[Frame], bool]) -> None:
        """Offer the frames of whichever connection there is."""
        self._hear_first = hear

    def announce(self, event: LineEvent) -> None:
        """Have the exchange told what no connection carries; it comes with the next frame."""
        self._announced.append(event)

    async def play(self, pcm: bytes) -> None:
        """Pass on sound; while nobody is there it is lost."""
        if not self._is_dropped:
            await self._now.line.play(pcm)

    async def mark(self, name: str) -> None:
        """Pass on a mark; it comes back even when its connection does not."""
        self._marks.append(name)
        if not self._is_dropped:
            await self._now.line.mark(name)

    async def clear(self) -> None:
        """Drop what was played but not heard."""
        if not self._is_dropped:
            await self._now.line.clear()

    async def tell(self, happening: Happening) -> None:
        """Pass on what happens, or keep it for whoever comes back."""
        if not self._is_dropped:
            await self._now.line.tell(happening)
        elif not isinstance(happening, MOMENTARY):
            self._untold.append(happening)

    async def hang_up(self) -> None:
        """End the line for good."""
        self._is_over = True
        self._changed.set()
        await self._now.line.hang_up()

    def _hear(self, here: _Connection, frame: Frame) -> bool:
        """Offer a frame; what was announced goes before it, and so does the news of a return."""
        is_free = here is self._now and not (self._is_dropped or self._is_over or self._announced)
        if not is_free or self._hear_first is None:
            return False
        return self._hear_first(self._timed(frame, here))

    def _timed(self, frame: Frame, here: _Connection) -> Frame:
        """Put a frame where it belongs in the whole line's time."""
        self._framed_ms = frame.at_ms + here.offset_ms + FRAME_MS
        return Frame(frame.pcm, frame.at_ms + here.offset_ms) if here.offset_ms else frame

    def _placed(self, event: LineEvent, here: _Connection) -> LineEvent:
        """Put a frame in its place; note what became of a mark."""
        if isinstance(event, Frame):
            return self._timed(event, here)
        if isinstance(event, MarkHeard) and event.name in self._marks:
            self._marks.remove(event.name)
        return event

    def _is_final(self, here: _Connection, end: HungUp) -> bool:
        if self._is_over:
            return True
        was_replaced = here is not self._now
        return not was_replaced and (end.reason != LOST or self._grace_s <= 0)

    async def _is_back(self, before: _Connection | None) -> bool:
        if self._now is before and not self._is_over:
            self._changed.clear()
            await until(self._changed, self._clock, self._grace_s)
        return self._now is not before and not self._is_over

    async def _welcome_back(self) -> None:
        """Begin with an empty ear, and tell what happened meanwhile."""
        line = self._now.line
        await line.clear()
        while self._untold:
            await line.tell(self._untold.popleft())
        self._is_dropped = False

    def _forget_marks(self) -> list[str]:
        forgotten = list(self._marks)
        self._marks.clear()
        return forgotten
