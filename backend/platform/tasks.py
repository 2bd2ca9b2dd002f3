"""The only place that starts tasks: each has a name, an owner, and an end that somebody sees."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from backend.kernel.clock import Clock
from backend.platform.clock import SystemClock
from backend.platform.telemetry.logs import get_logger

Result = TypeVar("Result")

RESTART_FIRST_S = 0.1
RESTART_LAST_S = 5.0

_log = get_logger("tasks")


class Supervisor:
    """Owns tasks that outlive the call that started them; at its end all of them have ended."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_stopping = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def start(self, name: str, coroutine: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Run a coroutine beside everything else; its failure is logged and harms no other."""
        if self._is_stopping:
            coroutine.close()
            raise RuntimeError(f"The supervisor is stopping and takes no {name}.")
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def keep(self, name: str, make: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """Run what `make` gives, and make it again when it fails, each time a little later."""
        return self.start(name, self._kept(name, make))

    async def stop(self) -> None:
        """Cancel every task and wait until all have ended."""
        self._is_stopping = True
        while self._tasks:
            pending = list(self._tasks)
            for task in pending:
                task.cancel()
            await asyncio.wait(pending)
            self._tasks.difference_update(pending)

    @property
    def names(self) -> list[str]:
        """Return the names of the tasks that run."""
        return sorted(task.get_name() for task in self._tasks)

    async def _kept(self, name: str, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        wait_s = RESTART_FIRST_S
        while True:
            started = self._clock.monotonic()
            try:
                await make()
            except Exception as failure:  # the supervisor is where failures end
                _log.error("task_restarts", task=name, failure=failure, wait_s=wait_s)
            else:
                return
            if self._clock.monotonic() - started > RESTART_LAST_S:
                wait_s = RESTART_FIRST_S  # it had run well: this is a new trouble
            await self._clock.sleep(wait_s)
            wait_s = min(wait_s * 2, RESTART_LAST_S)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        failure = task.exception()
        if failure is not None:
            _log.error("task_failed", task=task.get_name(), failure=failure)


async def unbroken(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end even when cancelled meanwhile; the cancellation is delivered afterwards.

    For the few steps that must not be left half done, such as a commit in flight. What runs
    inside needs a deadline of its own.
    """
    task = asyncio.ensure_future(coroutine)
    interruption: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as cancelled:
            interruption = cancelled
    if interruption is not None:
        if not task.cancelled():
            task.exception()  # seen: the cancellation is what the caller gets
        raise interruption
    return task.result()


@asynccontextmanager
async def beside(coroutine: Coroutine[Any, Any, Result]) -> AsyncIterator[asyncio.Task[Result]]:
    """Run a coroutine beside the body; when the body is over, so is the coroutine.

    Its failure is whoever's that awaits the task: the body decides what it means.
    """
    task = asyncio.ensure_future(coroutine)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


@asynccontextmanager
async def within(clock: Clock, seconds: float) -> AsyncIterator[None]:
    """Break the body off with TimeoutError when it takes longer, by a clock."""
    async with asyncio.timeout(None) as limit:

        async def expire() -> None:
            await clock.sleep(seconds)
            limit.reschedule(asyncio.get_running_loop().time())

        async with beside(expire()):
            yield


async def until(event: asyncio.Event, clock: Clock, seconds: float) -> bool:
    """Wait for an event, but no longer than so many seconds of a clock; say whether it came."""
    if event.is_set() or seconds <= 0:
        return event.is_set()
    async with beside(event.wait()) as coming, beside(clock.sleep(seconds)) as passing:
        await asyncio.wait({coming, passing}, return_when=asyncio.FIRST_COMPLETED)
    return event.is_set()
