"""A worker that changes the model of meaning, as a program that is there to be killed:

python -m tests.contract.memory.change_process DATABASE_URL

It begins to go over to the model `second`, and is slow enough to be killed in the middle.
"""

import asyncio
import sys
import zlib
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from backend.kernel.clock import Clock
from backend.kernel.errors import Unavailable
from backend.memory.archive import Archive
from backend.memory.vectors import Space, Spaces, VectorRows
from backend.memory.vectors.changing import JOB, ChangeParts, ModelChange
from backend.memory.vectors.engines.exact import ExactIndex
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import LeasedJob
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import spaces_of


class SeededEmbedder:
    """Directions by chance, the same for the same text: made at once, however many there are."""

    def __init__(self, name: str, *, dimension: int = 16, pause_s: float = 0.0) -> None:
        self.name, self.dimension, self._pause_s = name, dimension, pause_s
        self.is_away = False
        self.salt = ""  # another one gives the same texts other directions
        self._turns = np.sqrt(np.arange(2, dimension + 2) + 0.5)

    async def warm(self) -> None:
        pass

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.is_away:
            raise Unavailable
        if self._pause_s:
            await SystemClock().sleep(self._pause_s)
        seeds = [zlib.crc32(f"{self.name} {self.salt} {text}".encode()) for text in texts]
        # As good as chance, and at once: a generator's beginning would be dear 100,000 times.
        rows = np.sin(np.outer(np.array(seeds, dtype=np.float64), self._turns))
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / lengths, dtype=np.float32)


class Changing:
    """What a change stands on, over one database."""

    def __init__(self, database: Database, *embedders: FakeEmbedder | SeededEmbedder) -> None:
        self.clock: Clock = SystemClock()
        self.database, self.ids = database, SystemIds(self.clock)
        self.signals = InProcessSignals()
        self.jobs = Ledger(database, self.clock, self.ids, self.signals)
        self.archive, self.compute = Archive(self.ids), Compute(1)
        self.spaces: Spaces = spaces_of(
            database, self.clock, *(self._space(embedder) for embedder in embedders)
        )
        self.change = ModelChange(
            ChangeParts(
                database=database,
                archive=self.archive,
                spaces=self.spaces,
                jobs=self.jobs,
                ids=self.ids,
                clock=self.clock,
                kept_days=0.0,
            )
        )

    async def work(self, limit: int = 1_000) -> int:
        """Do what is due, as a worker would; returns how many jobs it were."""
        done = 0
        while done < limit:
            leased = await self.jobs.lease("test", [JOB], 1, 20)
            if not leased:
                break
            await self.change.step(leased[0].payload["run"], partial(self._end, leased[0]))
            done += 1
        return done

    async def _end(self, job: LeasedJob, tx: Transaction, result: Mapping[str, object]) -> None:
        await self.jobs.complete(tx, job, result)

    def _space(self, embedder: FakeEmbedder | SeededEmbedder) -> Space:
        rows = VectorRows(
            events=EventLog(self.signals), model=embedder.name, dimension=embedder.dimension
        )
        index = ExactIndex(database=self.database, rows=rows, compute=self.compute)
        return Space(embedder, rows, index)


async def go(url: str) -> None:
    """Change to the second model, slowly."""
    database = Database(url, clock=SystemClock())
    slow = SeededEmbedder("second", pause_s=0.05)
    changing = Changing(database, SeededEmbedder("first"), slow)
    await changing.change.settle()
    await changing.change.use("second")
    await changing.work()


if __name__ == "__main__":
    asyncio.run(go(sys.argv[1]))
