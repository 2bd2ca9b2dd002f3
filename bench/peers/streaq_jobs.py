"""streaq alone, with its defaults and ten jobs at a time."""

import asyncio
import sys

from jobs_told import add_all, say, work
from streaq import Worker

DO, ADDRESS, LOG, *REST = sys.argv[1:]
worker = Worker(redis_url=ADDRESS, concurrency=10)


@worker.task
async def run(key: str, kind: str) -> None:
    """Do a job."""
    await work(LOG, key, kind)


async def add(count: int, pace_s: float, kind: str) -> None:
    """Add jobs."""

    async def enqueue(key: str, kind: str) -> None:
        await run.enqueue(key, kind)

    async with worker:
        say(await add_all(enqueue, count, pace_s, kind))


if DO == "worker":
    worker.run_sync()
else:
    asyncio.run(add(int(REST[0]), float(REST[1]), REST[2]))
