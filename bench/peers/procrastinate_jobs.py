"""procrastinate alone, with its defaults and ten jobs at a time."""

import asyncio
import sys

from jobs_told import add_all, say, work
from procrastinate import App, PsycopgConnector

DO, ADDRESS, LOG, *REST = sys.argv[1:]
app = App(connector=PsycopgConnector(conninfo=ADDRESS))


@app.task(name="run")
async def run(key: str, kind: str) -> None:
    """Do a job."""
    await work(LOG, key, kind)


async def main() -> None:
    """Make the tables, add jobs, or work."""
    async with app.open_async():
        if DO == "prepare":
            await app.schema_manager.apply_schema_async()
        elif DO == "worker":
            await app.run_worker_async(concurrency=10)
        else:
            count, pace_s, kind = int(REST[0]), float(REST[1]), REST[2]
            say(
                await add_all(
                    lambda key, kind: run.defer_async(key=key, kind=kind), count, pace_s, kind
                )
            )


asyncio.run(main())
