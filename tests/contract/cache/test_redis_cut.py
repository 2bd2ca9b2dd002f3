"""Two processes with Redis between them, which is cut: slower at most, never stale."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from backend.kernel.clock import Clock
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.cache.news import CacheNews
from backend.platform.database.engine import Database
from backend.platform.signals.engines.redis import RedisSignals
from backend.platform.tasks import Supervisor
from tests.contract.cache.test_freshness import Reader, add
from tests.engines import RedisServer

WRITES = 8
PATIENCE_S = 30


class Process:
    """One process of many: its connections, its cache, its line to Redis."""

    def __init__(self, database: Database, cache: InProcessCache) -> None:
        self.database, self.cache = database, cache
        self.reader = Reader(cache)


@asynccontextmanager
async def process(url: str, redis_url: str, clock: Clock) -> AsyncIterator[Process]:
    async with Supervisor() as supervisor:
        database = Database(url, clock=clock)
        signals = RedisSignals(redis_url, supervisor=supervisor)
        await database.start()
        cache = InProcessCache(database=database, clock=clock)
        news = CacheNews(cache, database=database, signals=signals)
        async with signals.subscribe("ready") as ready:
            await signals.start()
            async with asyncio.timeout(PATIENCE_S):
                await anext(ready)  # the line to Redis is open
        supervisor.keep("news", news.run)
        yield Process(database, cache)
        await signals.stop()
        await database.stop()


@pytest.mark.covers("ME-25", "CARD-09")
async def test_nothing_is_stale_while_redis_is_cut_and_after_it_is_back(
    database: Database, database_url: str, clock: Clock
) -> None:
    with RedisServer() as server:
        async with AsyncExitStack() as open_:
            here, there = [
                await open_.enter_async_context(process(database_url, server.url, clock))
                for _ in range(2)
            ]
            written = 0
            for cut in (None, server.kill, server.start):
                if cut is not None:
                    await asyncio.to_thread(cut)
                for _ in range(WRITES):
                    writer, reader = (here, there) if written % 2 else (there, here)
                    await add(writer.database, f"{written:03}")
                    written += 1
                    assert len(await reader.reader.read()) == written


async def test_what_is_written_leaves_the_other_process_by_redis(
    database: Database, database_url: str, clock: Clock
) -> None:
    with RedisServer() as server:
        async with AsyncExitStack() as open_:
            here, there = [
                await open_.enter_async_context(process(database_url, server.url, clock))
                for _ in range(2)
            ]
            await there.reader.read()
            async with asyncio.timeout(PATIENCE_S):
                while len(there.cache):  # its listener may only be about to listen
                    await add(here.database, f"{clock.monotonic()}")
                    await clock.sleep(0.02)
