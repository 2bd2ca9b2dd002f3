"""Who is served when, and what becomes of whoever does not want to wait any more."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from backend.conversation.hearing.pool import HUNG_S, LEFT_MAX, WAITING_OF_A_LINE_MAX, FairPool
from backend.kernel.errors import Busy, Unavailable
from backend.platform.compute import Compute
from tests.fakes.clock import FakeClock


class Work:
    """Work that ends when it is told to, and writes down that it was done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.may_end = threading.Event()

    def named(self, name: str) -> "Named":
        return Named(self, name)


class Named:
    def __init__(self, work: Work, name: str) -> None:
        self._work, self._name = work, name

    def __call__(self) -> str:
        assert self._work.may_end.wait(10)
        self._work.done.append(self._name)
        return self._name


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.may_end.set()  # no thread outlives the test


@pytest.fixture
def pool() -> Iterator[FairPool[str]]:
    compute = Compute(1)
    yield FairPool(compute)
    compute.close()


async def turn() -> None:
    """Let everybody who can do something do it."""
    for _ in range(5):
        await asyncio.sleep(0)  # noqa: TID251 -- the loop's own turn, no time passes


async def test_one_noisy_line_lets_the_others_in_between(pool: FairPool[str], work: Work) -> None:
    asked = [pool.run(work.named(f"a{n}"), line="a", is_final=True) for n in range(4)]
    asked += [pool.run(work.named("b"), line="b", is_final=True)]
    asked += [pool.run(work.named("c"), line="c", is_final=True)]
    tasks = [asyncio.ensure_future(each) for each in asked]
    await turn()
    work.may_end.set()
    assert await asyncio.gather(*tasks) == ["a0", "a1", "a2", "a3", "b", "c"]
    assert work.done == ["a0", "a1", "b", "c", "a2", "a3"]


async def test_a_glance_never_waits(pool: FairPool[str], work: Work) -> None:
    running = asyncio.ensure_future(pool.run(work.named("final"), line="a", is_final=True))
    await turn()
    with pytest.raises(Busy):
        await pool.run(work.named("glance"), line="b", is_final=False)
    work.may_end.set()
    await running
    assert pool.is_idle
    assert await pool.run(work.named("glance"), line="b", is_final=False) == "glance"


async def test_what_nobody_wants_any_more_leaves_the_queue(pool: FairPool[str], work: Work) -> None:
    running = asyncio.ensure_future(pool.run(work.named("first"), line="a", is_final=True))
    await turn()
    waiting = asyncio.ensure_future(pool.run(work.named("second"), line="b", is_final=True))
    await turn()
    assert pool.waiting == 1
    waiting.cancel()
    await turn()
    assert pool.waiting == 0
    work.may_end.set()
    await running
    assert work.done == ["first"]
    assert await pool.run(work.named("third"), line="c", is_final=True) == "third"


async def test_what_runs_keeps_its_place_until_it_ends(pool: FairPool[str], work: Work) -> None:
    running = asyncio.ensure_future(pool.run(work.named("left behind"), line="a", is_final=True))
    await turn()
    running.cancel()
    await turn()
    assert not pool.is_idle  # its thread still works
    after = asyncio.ensure_future(pool.run(work.named("after"), line="b", is_final=True))
    await turn()
    assert pool.waiting == 1
    work.may_end.set()
    assert await after == "after"
    assert work.done == ["left behind", "after"]


async def test_whoever_is_cancelled_as_their_turn_comes_hands_it_on(
    pool: FairPool[str], work: Work
) -> None:
    running = asyncio.ensure_future(pool.run(work.named("first"), line="a", is_final=True))
    await turn()
    second = asyncio.ensure_future(pool.run(work.named("second"), line="b", is_final=True))
    third = asyncio.ensure_future(pool.run(work.named("third"), line="c", is_final=True))
    await turn()
    work.may_end.set()
    await running
    second.cancel()
    assert await third == "third"
    await turn()
    assert pool.is_idle


async def test_one_line_cannot_fill_the_queue(pool: FairPool[str], work: Work) -> None:
    tasks = [
        asyncio.ensure_future(pool.run(work.named(str(n)), line="a", is_final=True))
        for n in range(WAITING_OF_A_LINE_MAX + 1)
    ]
    await turn()
    with pytest.raises(Busy):
        await pool.run(work.named("one more"), line="a", is_final=True)
    other = asyncio.ensure_future(pool.run(work.named("other"), line="b", is_final=True))
    work.may_end.set()
    assert await other == "other"
    await asyncio.gather(*tasks)


async def test_work_that_fails_gives_its_place_back(pool: FairPool[str]) -> None:
    def fail() -> str:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await pool.run(fail, line="a", is_final=True)
    await turn()
    assert pool.is_idle


@pytest.fixture
def hanging() -> Iterator[Work]:
    hanging = Work()
    yield hanging
    hanging.may_end.set()


async def test_what_hangs_keeps_its_thread_and_nothing_else(work: Work, hanging: Work) -> None:
    clock, compute = FakeClock(), Compute(1)
    pool: FairPool[str] = FairPool(compute, clock=clock)
    work.may_end.set()
    hung = asyncio.ensure_future(pool.run(hanging.named("hung"), line="a", is_final=True))
    await turn()
    waiting = asyncio.ensure_future(pool.run(work.named("waited"), line="b", is_final=True))
    clock.advance(HUNG_S - 1)
    assert not pool.leave_hung()
    clock.advance(1)
    assert pool.leave_hung()
    assert await waiting == "waited"
    assert await pool.run(work.named("next"), line="c", is_final=True) == "next"
    assert pool.left == 1
    hanging.may_end.set()  # it ends after all, and no place too many comes of it
    assert await hung == "hung"
    await turn()
    assert pool.left == 0
    assert pool.is_idle
    compute.close()


async def test_so_many_are_left_behind_and_then_it_is_said(work: Work, hanging: Work) -> None:
    clock, compute = FakeClock(), Compute(1)
    pool: FairPool[str] = FairPool(compute, clock=clock)
    tasks = []
    for number in range(LEFT_MAX + 1):
        assert pool.leave_hung() is (number > 0)
        asked = pool.run(hanging.named(f"{number}"), line="a", is_final=True)
        tasks.append(asyncio.ensure_future(asked))
        await turn()
        clock.advance(HUNG_S)
    assert not pool.leave_hung()
    with pytest.raises(Unavailable, match="again and again"):
        await pool.run(work.named("next"), line="b", is_final=True)
    hanging.may_end.set()
    await asyncio.gather(*tasks)
    work.may_end.set()
    await turn()
    assert await pool.run(work.named("next"), line="b", is_final=True) == "next"
    compute.close()
