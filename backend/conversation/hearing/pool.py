"""Shares a few threads among all lines: everybody in turn, finals first, and nobody waits long."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Generic, TypeVar

from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, Unavailable
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.telemetry.logs import get_logger

Result = TypeVar("Result")

WAITING_MAX = 32
WAITING_OF_A_LINE_MAX = 8  # one line never fills the queue for all
HUNG_S = 45.0  # nobody waits for a result so long, and whoever is unwanted ends long before
LEFT_MAX = 3  # threads that hang and were replaced: each keeps its memory

_log = get_logger("hearing")


class FairPool(Generic[Result]):
    """As many pieces of work at once as there are threads, before them a bounded, fair queue.

    What waits is forgotten when its caller is cancelled. What runs in a thread can't be stopped:
    its place is taken until it ends, so that the processor is never asked for more than it has.
    Only what hangs is left behind with its thread, a few times.
    """

    def __init__(
        self, compute: Compute, *, clock: Clock | None = None, waiting_max: int = WAITING_MAX
    ) -> None:
        self._compute, self._waiting_max = compute, waiting_max
        self._clock = clock or SystemClock()
        self._began: dict[Future[Result], float] = {}  # what runs, since when
        self.left = 0  # what hangs and was left behind
        self._running = 0
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}  # in the order of their turns
        self._waiting = 0

    @property
    def is_idle(self) -> bool:
        """Whether something would begin at once."""
        return self._running < self._compute.threads and not self._waiting

    @property
    def waiting(self) -> int:
        """How many pieces of work wait."""
        return self._waiting

    def leave_hung(self) -> bool:
        """Leave behind what hangs, and go on with fresh threads; say whether there was any."""
        hung = self._hung()[: LEFT_MAX - self.left]
        if not hung:
            return False
        self._compute.renew()
        for future in hung:
            del self._began[future]
            self.left += 1
            self._free()
        _log.error("ears_hang", threads_left=self.left, threads_left_max=LEFT_MAX)
        return True

    async def run(self, work: Callable[[], Result], *, line: str, is_final: bool) -> Result:
        """Run it in a thread when its line's turn comes; what is not final never waits."""
        if len(self._hung()) >= self._compute.threads:
            raise Unavailable(
                "The transcription hangs, again and again.", cure="start the instance anew"
            )
        if not self.is_idle:
            if not is_final:
                raise Busy("The ears are needed for whole utterances.")
            await self._turn(line)
        else:
            self._running += 1
        return await self._run(work)

    async def _run(self, work: Callable[[], Result]) -> Result:
        loop = asyncio.get_running_loop()
        try:
            future = self._compute.start(work)
        except BaseException:
            self._free()
            raise
        self._began[future] = self._clock.monotonic()
        future.add_done_callback(lambda done: _soon(loop, partial(self._ended, done)))
        return await asyncio.wrap_future(future)

    def _hung(self) -> list[Future[Result]]:
        since = self._clock.monotonic() - HUNG_S
        return [future for future, began in self._began.items() if began <= since]

    def _ended(self, future: Future[Result]) -> None:
        if self._began.pop(future, None) is None:
            self.left -= 1  # it hung, and came to an end after all
        else:
            self._free()

    async def _turn(self, line: str) -> None:
        """Wait until a place is handed over."""
        queue = self._lines.get(line)
        if self._waiting >= self._waiting_max or len(queue or ()) >= WAITING_OF_A_LINE_MAX:
            raise Busy("Too many utterances wait to be transcribed.")
        if queue is None:
            queue = self._lines[line] = deque()
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(place)
        self._waiting += 1
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._free()  # it was handed over in the very moment in which nobody wanted it
            else:
                self._leave(line, place)
            raise

    def _leave(self, line: str, place: asyncio.Future[None]) -> None:
        queue = self._lines[line]
        queue.remove(place)
        self._waiting -= 1
        if not queue:
            del self._lines[line]

    def _free(self) -> None:
        """Hand a place to the line that has waited longest since it was last served."""
        if not self._lines:
            self._running -= 1
            return
        line, queue = next(iter(self._lines.items()))
        place = queue.popleft()
        self._waiting -= 1
        del self._lines[line]
        if queue:
            self._lines[line] = queue  # now behind all others
        place.set_result(None)


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
