"""arq alone, with its defaults; a number after the others is its poll delay in seconds."""

import asyncio
import sys
from typing import Any

from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker, func
from jobs_told import add_all, say, work

DO, ADDRESS, LOG, *REST = sys.argv[1:]
SETTINGS = RedisSettings.from_dsn(ADDRESS)


async def run(_: Any, key: str, kind: str) -> None:
    """Do a job."""
    await work(LOG, key, kind)


async def add(count: int, pace_s: float, kind: str) -> None:
    """Add jobs."""
    pool = await create_pool(SETTINGS)
    say(await add_all(lambda key, kind: pool.enqueue_job("run", key, kind), count, pace_s, kind))


if DO == "worker":
    poll = {"poll_delay": float(REST[0])} if REST else {}
    asyncio.set_event_loop(asyncio.new_event_loop())
    Worker([func(run, name="run")], redis_settings=SETTINGS, log_results=False, **poll).run()
else:
    asyncio.run(add(int(REST[0]), float(REST[1]), REST[2]))
