"""Work for the processor leaves the loop, and has a bound."""

import asyncio
import threading

import pytest

from backend.kernel.errors import Busy
from backend.platform.compute import Compute


async def test_it_runs_in_another_thread_and_gives_the_result() -> None:
    compute = Compute(1)
    assert await compute.run(threading.get_ident) != threading.get_ident()
    assert await compute.run(divmod, 7, 3) == (2, 1)
    compute.close()


async def test_a_failure_comes_back() -> None:
    compute = Compute(1)
    with pytest.raises(ZeroDivisionError):
        await compute.run(divmod, 1, 0)
    compute.close()


async def test_beyond_the_bound_it_says_busy_and_then_takes_work_again() -> None:
    compute = Compute(1, pending_max=2)
    gate = threading.Event()
    waiting = [asyncio.ensure_future(compute.run(gate.wait)) for _ in range(2)]
    await asyncio.sleep(0)  # noqa: TID251 - lets both be taken
    with pytest.raises(Busy):
        await compute.run(gate.wait)
    gate.set()
    assert await asyncio.gather(*waiting) == [True, True]
    await asyncio.sleep(0)  # noqa: TID251 - lets the count come down
    assert await compute.run(divmod, 7, 3) == (2, 1)
    compute.close()
