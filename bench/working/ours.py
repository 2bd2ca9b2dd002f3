"""Our ledger as a program of `bench-jobs`; see `bench/peers/jobs_told.py` for how it is called.

ADDRESS is `DATABASE_URL REDIS_URL SYNCHRONOUS [here]` in one argument (`-`: jobs run in the
process).
`alone` adds as `add` does, to a worker in its own process: the way of one machine. `cost` adds
within one transaction each, and tells what the job itself took of it.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal, cast

import uvicorn

from backend.kernel.ids import OwnerId
from backend.platform.chance import SystemChance, SystemIds
from backend.platform.clock import SystemClock
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.jobs import Completion, JobRunner, LeasedJob, Ledger, NewJob
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.platform.signals.engines.redis import RedisSignals
from backend.platform.tasks import Supervisor
from bench.peers.jobs_told import add_all, say, work
from workers.registry import families
from workers.runners.arq import ArqRunner
from workers.runners.crew import Crew, CrewLimits
from workers.runners.holders import holder_of
from workers.runners.in_process import InProcessRunner

NAME = "memory.embed"  # any family will do
WRITING = "memory.relate"  # the same job, ended by its handler in a transaction of its own
OWNERS = 3
WARM_S = 0.3


class Ours:
    """The ledger, and a worker with the product's own limits."""

    def __init__(self, address: str, log: str, supervisor: Supervisor) -> None:
        url, redis_url, synchronous, *rest = address.split()
        is_here = bool(rest)
        self._log, clock = log, SystemClock()
        self.database = Database(
            url, clock=clock, synchronous=cast(Literal["full", "normal"], synchronous)
        )
        ids = SystemIds(clock)
        has_bell = redis_url != "-"
        self.signals = (
            RedisSignals(redis_url, supervisor=supervisor) if has_bell else InProcessSignals()
        )
        self.ledger = Ledger(self.database, clock, ids, self.signals)
        handlers = {NAME: self._handle, WRITING: self._write}
        runner = JobRunner(self.ledger, clock, handlers, chance=SystemChance())
        crew = Crew(
            runner=runner,
            # Unless asked, nobody sees that its process is gone: as if on a machine apart.
            holder=holder_of("bench") if is_here else f"elsewhere:{os.getpid()}",
            families=families(runner.names),
            limits=CrewLimits(),
        )
        self.runner: ArqRunner | InProcessRunner = (
            ArqRunner(redis_url, crew=crew, signals=self.signals, clock=clock)
            if has_bell
            else InProcessRunner(crew=crew, signals=self.signals, clock=clock)
        )

    async def _handle(self, job: LeasedJob, _: Completion) -> None:
        await work(self._log, job.key, str(job.payload["kind"]))

    async def _write(self, job: LeasedJob, completion: Completion) -> None:
        await work(self._log, job.key, str(job.payload["kind"]))
        async with self.database.transaction() as tx:
            await completion.commit(tx)

    async def add(self, key: str, kind: str) -> None:
        """Add one job by a transaction of its own."""
        name = WRITING if kind == "writing" else NAME
        owner = OwnerId(f"owner-{hash(key) % OWNERS}")
        async with self.database.transaction() as tx:
            await self.ledger.add(tx, NewJob(name, {"kind": kind}, key, owner_id=owner))

    async def cost(self, count: int) -> list[tuple[str, int, int]]:
        """Add jobs to transactions that write something anyway, as a turn's are."""
        told = []
        for number in range(count):
            key = f"cost-{number}-{time.monotonic_ns()}"
            async with self.database.transaction() as tx:
                await self.ledger.add(tx, NewJob(NAME, {"kind": "small"}, f"first-{key}"))
                asked = time.monotonic_ns()
                await self.ledger.add(tx, NewJob(NAME, {"kind": "small"}, key))
                told.append((key, asked, time.monotonic_ns()))
        return told


@asynccontextmanager
async def opened(address: str, log: str) -> AsyncIterator[Ours]:
    """Open the ledger, its tables made."""
    async with Supervisor() as supervisor:
        ours = Ours(address, log, supervisor)
        await migrate(ours.database)
        await ours.signals.start()
        try:
            yield ours
        finally:
            await ours.signals.stop()
            await ours.database.stop()


@asynccontextmanager
async def working(ours: Ours) -> AsyncIterator[None]:
    """Run jobs in this process meanwhile."""
    task = asyncio.ensure_future(ours.runner.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def main(do: str, address: str, log: str, *rest: str) -> None:
    """Do what the program was called for."""
    async with opened(address, log) as ours:
        if do == "worker":
            await ours.runner.run()
        elif do == "alone":
            async with working(ours):
                await asyncio.sleep(WARM_S)
                say(await add_all(ours.add, int(rest[0]), float(rest[1]), rest[2]))
                await asyncio.sleep(WARM_S)
        elif do == "cost":
            say(await ours.cost(int(rest[0])))
        elif do == "add":
            say(await add_all(ours.add, int(rest[0]), float(rest[1]), rest[2]))


if __name__ == "__main__":
    # On the loop that an instance runs on.
    loop = uvicorn.Config("", loop="auto", log_config=None).get_loop_factory()
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main(*sys.argv[1:]))
