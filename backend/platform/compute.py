"""Work for the processor, off the loop, so that no caller's sound waits for it."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from backend.kernel.errors import Busy

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

PENDING_MAX = 1024  # beyond it every further answer would come too late to matter


class Compute:
    """A few threads with a bounded queue before them."""

    def __init__(self, threads: int, *, pending_max: int = PENDING_MAX) -> None:
        self.threads = threads
        self._pool = self._fresh()
        self._pending_max = pending_max
        self._pending = 0

    async def run(
        self,
        function: Callable[Parameters, Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """Run a function in a thread; a cancellation leaves it behind, its result is dropped."""
        return await asyncio.wrap_future(self.start(function, *args, **kwargs))

    def start(
        self,
        function: Callable[Parameters, Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Future[Result]:
        """Begin to run it; for whoever must know when it ends, and not only when it is wanted."""
        if self._pending >= self._pending_max:
            raise Busy("Too much work waits for the processor.")
        context = contextvars.copy_context()
        future = self._pool.submit(context.run, lambda: function(*args, **kwargs))
        loop = asyncio.get_running_loop()
        self._pending += 1
        # Counted down when the work ends, not when its caller gives up waiting.
        future.add_done_callback(lambda _: _call_soon(loop, self._one_less))
        return future

    def renew(self) -> None:
        """Go on with fresh threads; what hangs in an old one keeps that one, and nothing else."""
        self._pool.shutdown(wait=False)
        self._pool = self._fresh()

    def close(self) -> None:
        """Drop what waits and let what runs end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fresh(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=self.threads, thread_name_prefix="compute")

    def _one_less(self) -> None:
        self._pending -= 1


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
