"""Signals wake those who wait; what is lost is made good by looking at the truth."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from backend.platform.signals.engines.in_process import InProcessSignals
from backend.platform.signals.engines.redis import RedisSignals
from backend.platform.signals.port import BACKLOG_MAX, Signals
from backend.platform.tasks import Supervisor
from tests.engines import RedisServer

PATIENCE_S = 30

Opened = Callable[[], AbstractAsyncContextManager[Signals]]


@pytest.fixture(params=["in_process", "redis"])
def opened(request: pytest.FixtureRequest) -> Opened:
    if request.param == "in_process":
        return in_process
    url = request.getfixturevalue("redis_url")
    return lambda: through_redis(url)


@asynccontextmanager
async def in_process() -> AsyncIterator[Signals]:
    signals = InProcessSignals()
    await signals.start()
    yield signals
    await signals.stop()


@asynccontextmanager
async def through_redis(url: str) -> AsyncIterator[Signals]:
    async with Supervisor() as supervisor:
        signals = RedisSignals(url, supervisor=supervisor)
        async with signals.subscribe("warm") as news:
            await signals.start()
            async with asyncio.timeout(PATIENCE_S):
                await anext(news)  # "look for yourselves": the line to Redis is open
        yield signals
        await signals.stop()


async def received(news: AsyncIterator[str], count: int) -> list[str]:
    async with asyncio.timeout(PATIENCE_S):
        return [await anext(news) for _ in range(count)]


async def test_a_listener_hears_its_topic_in_order(opened: Opened) -> None:
    async with opened() as signals, signals.subscribe("a") as news:
        for message in ("1", "", "3"):
            signals.publish("a", message)
        signals.publish("b", "other")
        signals.publish("a", "4")
        assert await received(news, 4) == ["1", "", "3", "4"]


async def test_every_listener_of_a_topic_hears_it_once(opened: Opened) -> None:
    async with (
        opened() as signals,
        signals.subscribe("a") as one,
        signals.subscribe("a") as two,
    ):
        signals.publish("a", "x")
        signals.publish("a", "y")
        assert await received(one, 2) == await received(two, 2) == ["x", "y"]


async def test_who_comes_later_hears_nothing_of_before(opened: Opened) -> None:
    async with opened() as signals:
        signals.publish("a", "early")
        async with signals.subscribe("a") as news:
            signals.publish("a", "late")
            assert await received(news, 1) == ["late"]


async def test_a_slow_listener_keeps_the_newest(opened: Opened) -> None:
    async with opened() as signals, signals.subscribe("a") as news:
        for number in range(BACKLOG_MAX + 10):
            signals.publish("a", str(number))
        heard = await received(news, BACKLOG_MAX)
        assert heard[-1] == str(BACKLOG_MAX + 9)


async def test_a_stop_ends_every_listener(opened: Opened) -> None:
    async with opened() as signals, signals.subscribe("a") as news:
        signals.publish("a", "last")
        await signals.stop()
        async with asyncio.timeout(PATIENCE_S):
            assert [message async for message in news] == ["last"]


async def test_a_signal_reaches_another_process(redis_url: str) -> None:
    async with (
        through_redis(redis_url) as here,
        through_redis(redis_url) as there,
        there.subscribe("a") as news,
    ):
        here.publish("a", "two\nlines")
        assert await received(news, 1) == ["two\nlines"]


async def test_without_redis_this_process_is_still_woken() -> None:
    async with Supervisor() as supervisor:
        signals = RedisSignals("redis://127.0.0.1:1/0", supervisor=supervisor)
        await signals.start()
        async with signals.subscribe("a") as news:
            signals.publish("a", "x")
            assert await received(news, 1) == ["x"]
        assert not (await signals.check()).ok
        await signals.stop()


async def test_after_redis_was_gone_everybody_is_told_to_look() -> None:
    with RedisServer() as server:
        async with (
            through_redis(server.url) as here,
            through_redis(server.url) as there,
            there.subscribe("a") as news,
        ):
            await asyncio.to_thread(server.kill)
            here.publish("a", "lost")
            await asyncio.to_thread(server.start)
            assert await received(news, 1) == [""]
            async with asyncio.timeout(PATIENCE_S):
                while True:  # what was sent before the sender was back may be lost too
                    here.publish("a", "again")
                    if await received(news, 1) == ["again"]:
                        break


async def test_a_redis_that_is_frozen_is_left_and_found_again() -> None:
    with RedisServer() as server:
        async with Supervisor() as supervisor:
            signals = RedisSignals(server.url, supervisor=supervisor, quiet_s=0.1, answer_s=0.2)
            async with signals.subscribe("a") as news:
                await signals.start()
                assert await received(news, 1) == [""]
                await asyncio.to_thread(server.pause)
                for _ in range(4):  # each waits as long as the listener does before it gives up
                    assert not (await signals.check()).ok
                await asyncio.to_thread(server.resume)
                assert await received(news, 1) == [""]
            await signals.stop()
