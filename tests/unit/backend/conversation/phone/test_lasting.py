"""A line that outlives its connection."""

import asyncio

import pytest

from backend.conversation.carriers import (
    HungUp,
    KeyPressed,
    LineDropped,
    LineEvent,
    LineReturned,
    MarkHeard,
)
from backend.conversation.phone.lasting import LastingLine
from backend.kernel.audio import Frame
from backend.kernel.errors import Conflict
from backend.kernel.events import Heard, VoiceStarted
from backend.platform.clock import SystemClock
from tests.fakes.clock import FakeClock
from tests.fakes.line import SILENCE, FakeLine

SOUND = b"\x00\x10" * 320


class Call:
    """An exchange's side of a lasting line: it takes every event in turn."""

    def __init__(self, *, grace_s: float = 20.0) -> None:
        self.clock, self.first = FakeClock(), FakeLine(hears_at_once=False)
        self.line = LastingLine(self.first, grace_s=grace_s, clock=self.clock)
        self._events = self.line.events()

    async def next(self) -> LineEvent:
        async with asyncio.timeout(5):
            return await anext(self._events)

    async def drop(self) -> None:
        self.first.come(HungUp("lost"))
        assert await self.next() == LineDropped()


async def test_a_line_that_is_hung_up_ends_at_once() -> None:
    call = Call()
    call.first.come(HungUp("caller"))
    assert await call.next() == HungUp("caller")
    with pytest.raises(Conflict):
        await call.line.serve(FakeLine())


async def test_without_a_grace_time_a_lost_line_ends() -> None:
    call = Call(grace_s=0.0)
    call.first.come(HungUp("lost"))
    assert await call.next() == HungUp("lost")


async def test_a_line_that_was_cut_by_us_does_not_come_back() -> None:
    call = Call()
    call.first.come(HungUp("refused"))
    assert await call.next() == HungUp("refused")


async def test_nobody_came_back_in_time() -> None:
    call = Call()
    await call.drop()
    async with asyncio.TaskGroup() as group:
        end = group.create_task(call.next())
        await call.clock.until_somebody_sleeps()
        call.clock.advance(21)
    assert end.result() == HungUp("lost")
    assert call.line.is_over


async def test_what_comes_after_a_return_belongs_to_the_same_line() -> None:
    call, second = Call(), FakeLine()
    call.first.come(Frame(SILENCE, 0))
    assert await call.next() == Frame(SILENCE, 0)
    await call.drop()
    call.clock.advance(3)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(call.line.serve(second))
        assert await call.next() == LineReturned()
        second.come(Frame(SILENCE, 0))
        second.come(HungUp("caller"))
        assert await call.next() == Frame(SILENCE, 3000)
        assert not serving.done()
        assert await call.next() == HungUp("caller")
        with pytest.raises(StopAsyncIteration):
            await call.next()


async def test_nothing_stale_is_heard_after_a_return() -> None:
    call, second = Call(), FakeLine()
    await call.line.mark("before")
    await call.drop()
    await call.line.play(SOUND)
    await call.line.mark("meanwhile")
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(call.line.serve(second))
        await SystemClock().sleep(0)
        await call.line.play(SOUND)  # the exchange does not know of the return yet
        assert await call.next() == LineReturned()
        assert (bytes(second.played), second.clears) == (b"", 1)
        assert await call.next() == MarkHeard("before")
        assert await call.next() == MarkHeard("meanwhile")
        await call.line.play(SOUND)
        assert bytes(second.played) == SOUND
        serving.cancel()


async def test_captions_wait_for_whoever_comes_back() -> None:
    call, second = Call(), FakeLine()
    await call.drop()
    await call.line.tell(Heard("t", "Call me tomorrow."))
    await call.line.tell(VoiceStarted())
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(call.line.serve(second))
        assert await call.next() == LineReturned()
        serving.cancel()
    assert second.told == [Heard("t", "Call me tomorrow.")]


async def test_a_connection_that_still_holds_gives_way() -> None:
    call, second = Call(), FakeLine()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(call.line.serve(second))
        assert await call.next() == LineDropped()
        assert await call.next() == LineReturned()
        assert call.first.is_hung_up
        second.come(KeyPressed("1"))
        assert await call.next() == KeyPressed("1")
        serving.cancel()


async def test_hanging_up_ends_the_wait_for_a_return() -> None:
    call = Call()
    await call.drop()
    async with asyncio.TaskGroup() as group:
        end = group.create_task(call.next())
        await call.clock.until_somebody_sleeps()
        await call.line.hang_up()
    assert end.result() == HungUp("lost")


async def test_who_comes_while_another_is_being_welcomed_is_heard_and_spoken_to() -> None:
    call, second, third = Call(), FakeLine(), FakeLine()
    await call.drop()
    async with asyncio.TaskGroup() as group:
        servings = [group.create_task(call.line.serve(second))]
        assert await call.next() == LineReturned()
        servings.append(group.create_task(call.line.serve(third)))
        await SystemClock().sleep(0)  # the exchange has not come to listen to the second
        await call.line.mark("between")
        assert await call.next() == LineDropped()
        assert await call.next() == LineReturned()
        assert await call.next() == MarkHeard("between")
        await call.line.play(SOUND)
        assert bytes(third.played) == SOUND
        third.come(KeyPressed("1"))
        assert await call.next() == KeyPressed("1")
        for serving in servings:
            serving.cancel()


async def test_who_comes_before_anybody_listened_is_spoken_to() -> None:
    call, second = Call(), FakeLine()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(call.line.serve(second))
        await SystemClock().sleep(0)
        assert await call.next() == LineDropped()
        assert await call.next() == LineReturned()
        await call.line.play(SOUND)
        assert bytes(second.played) == SOUND
        serving.cancel()


async def test_a_mark_of_what_is_played_after_the_return_is_not_taken_for_heard() -> None:
    call, second = Call(), FakeLine(hears_at_once=False)
    await call.line.mark("before")
    await call.drop()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(call.line.serve(second))
        assert await call.next() == LineReturned()
        await call.line.mark("after")  # the reply goes on at once
        second.come(KeyPressed("1"))
        assert await call.next() == MarkHeard("before")
        assert await call.next() == KeyPressed("1")
        serving.cancel()
