"""The breaker spares everybody the wait for what fails anyway."""

import pytest

from backend.kernel.errors import Invalid, Unavailable
from backend.platform.resilience import Breaker
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def breaker(clock: FakeClock) -> Breaker:
    return Breaker(2, 10, clock)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        assert breaker.allow()
        breaker.failure()


def test_failures_in_a_row_open_it(breaker: Breaker) -> None:
    fail(breaker, 1)
    breaker.success()
    fail(breaker, 1)
    assert breaker.allow()
    breaker.failure()
    assert not breaker.allow()
    assert breaker.is_open


def test_after_a_while_one_call_may_try(breaker: Breaker, clock: FakeClock) -> None:
    fail(breaker, 2)
    clock.advance(10)
    assert breaker.allow()
    assert not breaker.allow()
    breaker.success()
    assert breaker.allow()
    assert not breaker.is_open


def test_a_trial_that_fails_opens_it_again(breaker: Breaker, clock: FakeClock) -> None:
    fail(breaker, 2)
    clock.advance(10)
    fail(breaker, 1)
    clock.advance(9)
    assert not breaker.allow()
    clock.advance(1)
    assert breaker.allow()


def test_a_trial_that_was_never_reported_does_not_close_the_way_for_ever(
    breaker: Breaker, clock: FakeClock
) -> None:
    fail(breaker, 2)
    clock.advance(10)
    assert breaker.allow()
    clock.advance(10)
    assert breaker.allow()


async def test_calls_go_through_it(breaker: Breaker) -> None:
    async def answer() -> int:
        return 3

    async def refuse() -> int:
        raise Invalid

    async def break_down() -> int:
        raise Unavailable

    assert await breaker.call(answer) == 3
    for call, kind in ((break_down, Unavailable), (refuse, Invalid), (break_down, Unavailable)):
        with pytest.raises(kind):
            await breaker.call(call)
    assert not breaker.is_open  # a refusal is an answer: the other side is well
    with pytest.raises(Unavailable):
        await breaker.call(break_down)
    with pytest.raises(Unavailable, match="left alone"):
        await breaker.call(answer)


def test_whoever_would_be_let_through_to_try_is_not_refused(
    breaker: Breaker, clock: FakeClock
) -> None:
    seen = [breaker.is_refusing]
    fail(breaker, 2)
    seen.append(breaker.is_refusing)
    clock.advance(10)
    seen.append(breaker.is_refusing)
    assert breaker.is_open
    assert breaker.allow()
    seen.append(breaker.is_refusing)  # while that one tries
    assert seen == [False, True, False, True]
