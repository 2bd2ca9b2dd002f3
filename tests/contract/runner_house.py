"""A worker, and as a program one that is there to be killed:

python -m tests.contract.runner_house DATABASE_URL REDIS_URL    (`-`: jobs run in the process)

It begins whatever is due and never ends it.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping

from backend.kernel.clock import Clock
from backend.platform.chance import SystemChance, SystemIds
from backend.platform.clock import SystemClock
from backend.platform.database.engine import Database
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.runner import Completion, JobRunner, RunLimits
from backend.platform.jobs.types import LeasedJob
from backend.platform.signals.engines.in_process import InProcessSignals
from workers.registry import families
from workers.runners.arq import ArqRunner
from workers.runners.crew import Crew, CrewLimits, FamilyLimits
from workers.runners.in_process import InProcessRunner

Work = Callable[[LeasedJob, Completion], Awaitable[None]]
LEASE_S = 1.0


class RunnerHouse:
    """One worker: its own hands on a ledger that others may share."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Work],
        *,
        redis_url: str | None,
        limits: Mapping[str, FamilyLimits] | None = None,
    ) -> None:
        self.clock: Clock = SystemClock()
        self.signals = InProcessSignals()
        self.database = database
        ids = SystemIds(self.clock)
        self.ledger = Ledger(database, self.clock, ids, self.signals)
        runner = JobRunner(
            self.ledger,
            self.clock,
            handlers,
            chance=SystemChance(),
            limits=RunLimits(lease_s=LEASE_S, deadline_s=30),
        )
        crew = Crew(
            runner=runner,
            holder=ids.new(),
            families=families(runner.names),
            limits=CrewLimits(
                concurrency=2,
                lease_s=LEASE_S,
                poll_s=0.5,
                sweep_s=0.3,
                families=limits or {},
            ),
        )
        self.crew = crew
        self.runner: InProcessRunner | ArqRunner = (
            ArqRunner(redis_url, crew=crew, signals=self.signals, clock=self.clock)
            if redis_url
            else InProcessRunner(crew=crew, signals=self.signals, clock=self.clock)
        )


async def hold_for_ever(database_url: str, redis_url: str | None) -> None:
    """Begin whatever is due, and never end it."""

    async def hold(_: LeasedJob, __: Completion) -> None:
        await asyncio.Event().wait()

    database = Database(database_url, clock=SystemClock())
    house = RunnerHouse(database, {"memory.embed": hold}, redis_url=redis_url)
    await house.runner.run()


if __name__ == "__main__":
    asyncio.run(hold_for_ever(sys.argv[1], None if sys.argv[2] == "-" else sys.argv[2]))
