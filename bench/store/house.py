"""Memory over a filled database, put together as an instance has it."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from backend.memory import Memory, MemoryParts
from backend.memory.archive import Archive
from backend.memory.graph.engines.tables import TablesGraph
from backend.memory.indexing import Indexer, Relater
from backend.memory.recall import Recall
from backend.memory.short_term import ShortTerm
from backend.memory.vectors import Maker, Space, Spaces, VectorRows
from backend.memory.vectors.engines.exact import ExactIndex
from backend.memory.vectors.store import Vector
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.signals.engines.in_process import InProcessSignals
from bench.store.filling import DIMENSION, MODEL


class House:
    """Memory over a filled database, put together as an instance has it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.clock = SystemClock()
        self.ids = SystemIds(self.clock)
        self.compute = Compute(2)
        self.database = Database(url, clock=self.clock)
        self.cache = InProcessCache(database=self.database, clock=self.clock)
        self.short_term = ShortTerm(ids=self.ids, cache=self.cache, clock=self.clock)
        self._folder = folder

    @cached_property
    def memory(self) -> Memory:
        """The room itself; nothing is embedded here, the vectors are seeded."""
        events, archive = EventLog(InProcessSignals()), Archive(self.ids)
        rows = VectorRows(events=events, model=MODEL, dimension=DIMENSION)
        index = ExactIndex(
            database=self.database, rows=rows, compute=self.compute, folder=self._folder
        )
        space = Space(NoEmbedder(), rows, index)
        spaces = Spaces(
            database=self.database,
            clock=self.clock,
            makers={MODEL: Maker(MODEL, lambda: space)},
            wanted=MODEL,
        )
        graph = TablesGraph(self.database)
        relater = Relater(database=self.database, archive=archive, graph=graph, ids=self.ids)
        parts = MemoryParts(
            archive=archive,
            recall=Recall(database=self.database, archive=archive, spaces=spaces),
            indexer=Indexer(database=self.database, archive=archive, spaces=spaces),
            relater=relater,
            graph=graph,
            short_term=self.short_term,
        )
        jobs = Ledger(self.database, self.clock, self.ids, InProcessSignals())
        return Memory(parts, database=self.database, jobs=jobs, clock=self.clock)


class NoEmbedder:
    """Names the model of the seeded vectors."""

    name, dimension = MODEL, DIMENSION

    async def warm(self) -> None:
        """Nothing is loaded."""

    async def embed(self, texts: Sequence[str]) -> Vector:
        """Nothing is embedded."""
        raise AssertionError(f"{len(texts)} texts have no seeded vector")
