"""What a house stands on: the truth, memory over it, and where things are kept."""

from dataclasses import dataclass
from pathlib import Path

from backend.kernel.clock import Clock
from backend.memory import Memory, MemoryParts
from backend.memory.archive import Archive
from backend.memory.graph.engines.tables import TablesGraph
from backend.memory.indexing import Indexer, Relater
from backend.memory.recall import Recall
from backend.memory.vectors import Space, VectorRows
from backend.memory.vectors.engines.exact import ExactIndex
from backend.platform.chance import SystemIds
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.objects.engines.folder import FolderObjects
from backend.platform.objects.port import Objects
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.platform.signals.port import Signals
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import spaces_of


@dataclass(frozen=True)
class Ground:
    """What the house stands on."""

    database: Database
    signals: Signals
    clock: Clock
    memory: Memory
    jobs: Ledger
    objects: Objects
    compute: Compute


def ground_over(database: Database, clock: Clock, folder: Path, compute: Compute) -> Ground:
    """Put memory and objects over a database, as one machine has them."""
    signals, ids = InProcessSignals(), SystemIds(clock)
    jobs = Ledger(database, clock, ids, signals)
    return Ground(
        database=database,
        signals=signals,
        clock=clock,
        memory=_memory(database, jobs, clock, compute),
        jobs=jobs,
        objects=FolderObjects(folder),
        compute=compute,
    )


def _memory(database: Database, jobs: Ledger, clock: Clock, compute: Compute) -> Memory:
    ids, embedder = SystemIds(clock), FakeEmbedder()
    archive, graph = Archive(ids), TablesGraph(database)
    rows = VectorRows(
        events=EventLog(InProcessSignals()), model=embedder.name, dimension=embedder.dimension
    )
    index = ExactIndex(database=database, rows=rows, compute=compute)
    spaces = spaces_of(database, clock, Space(embedder, rows, index))
    parts = MemoryParts(
        archive=archive,
        recall=Recall(database=database, archive=archive, spaces=spaces),
        indexer=Indexer(database=database, archive=archive, spaces=spaces),
        relater=Relater(database=database, archive=archive, graph=graph, ids=ids),
        graph=graph,
    )
    return Memory(parts, database=database, jobs=jobs, clock=clock)
