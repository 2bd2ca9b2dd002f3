"""Tasks end where somebody sees it."""

import asyncio

import pytest
from structlog.testing import capture_logs

from backend.platform.tasks import Supervisor, unbroken, within
from tests.fakes.clock import FakeClock


async def forever() -> None:
    await asyncio.Event().wait()


async def broken() -> None:
    raise ValueError("words of a caller")


async def test_a_task_runs_beside_and_gives_its_result() -> None:
    async with Supervisor() as supervisor:
        assert await supervisor.start("sum", asyncio.sleep(0, 3)) == 3  # noqa: TID251 - no time
        assert supervisor.names == []


async def test_at_the_end_every_task_has_ended() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await forever()
        finally:
            ended.append("work")

    async with Supervisor() as supervisor:
        task = supervisor.start("work", work())
        await asyncio.sleep(0)  # noqa: TID251 - lets it begin
        assert supervisor.names == ["work"]
    assert task.cancelled()
    assert ended == ["work"]


async def test_a_failure_is_logged_and_harms_no_other() -> None:
    with capture_logs() as lines:
        async with Supervisor() as supervisor:
            other = supervisor.start("other", forever())
            failing = supervisor.start("failing", broken())
            await asyncio.wait({failing})
            assert not other.done()
    assert [(line["event"], line["task"]) for line in lines] == [("task_failed", "failing")]


async def test_a_stopped_supervisor_takes_no_more_tasks() -> None:
    supervisor = Supervisor()
    await supervisor.stop()
    with pytest.raises(RuntimeError, match="late"):
        supervisor.start("late", forever())


async def test_what_is_kept_is_made_again_a_little_later_each_time() -> None:
    clock = FakeClock()
    made: list[float] = []

    async def make() -> None:
        made.append(clock.monotonic())
        if len(made) < 4:
            raise ValueError

    async with Supervisor(clock) as supervisor:
        task = supervisor.keep("kept", make)
        for _ in range(3):
            await clock.until_somebody_sleeps()
            clock.advance(1)
        await task
    assert len(made) == 4


async def test_what_is_unbroken_ends_before_the_cancellation_comes_through() -> None:
    steps: list[str] = []
    go_on = asyncio.Event()

    async def careful() -> None:
        steps.append("begun")
        await go_on.wait()
        steps.append("ended")

    task = asyncio.ensure_future(unbroken(careful()))
    await asyncio.sleep(0)  # noqa: TID251 - lets it begin
    await asyncio.sleep(0)  # noqa: TID251 - lets the inner task begin
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)  # noqa: TID251 - lets the cancellation arrive
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == ["begun", "ended"]


async def test_what_is_unbroken_gives_its_result_and_its_failure() -> None:
    assert await unbroken(asyncio.sleep(0, 3)) == 3  # noqa: TID251 - no time
    with pytest.raises(ValueError, match="words"):
        await unbroken(broken())


async def test_what_takes_too_long_by_a_clock_is_broken_off() -> None:
    clock = FakeClock()

    async def late() -> None:
        async with within(clock, 45.0):
            await forever()

    task = asyncio.ensure_future(late())
    await clock.until_somebody_sleeps()
    clock.advance(44.9)
    await asyncio.sleep(0)  # noqa: TID251 - lets whoever woke act
    assert not task.done()
    clock.advance(0.2)
    with pytest.raises(TimeoutError):
        await task


async def test_what_is_in_time_leaves_no_watch_behind() -> None:
    clock = FakeClock()
    async with within(clock, 45.0):
        await clock.until_somebody_sleeps()
    assert len(asyncio.all_tasks()) == 1


async def test_a_cancellation_within_a_limit_is_no_timeout() -> None:
    clock = FakeClock()

    async def patient() -> None:
        async with within(clock, 45.0):
            await forever()

    task = asyncio.ensure_future(patient())
    await clock.until_somebody_sleeps()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
