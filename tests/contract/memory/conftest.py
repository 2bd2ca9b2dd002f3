"""The room of memory, put together over each kind of truth."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from backend.kernel.clock import Clock
from backend.kernel.ids import Ids
from backend.memory import Memory, MemoryParts
from backend.memory.archive import Archive
from backend.memory.facts import Facts, FactStore, Settling
from backend.memory.graph.engines.tables import TablesGraph
from backend.memory.indexing import Indexer, Relater
from backend.memory.recall import Recall
from backend.memory.vectors import Space, VectorRows
from backend.memory.vectors.engines.exact import ExactIndex
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import LeasedJob
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.contract.memory.porting_house import House, house_at
from tests.contract.memory.teller import Told
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import spaces_of


@dataclass
class Room:
    """Memory and the pieces that a test wants to reach."""

    memory: Memory
    database: Database
    jobs: Ledger
    embedder: FakeEmbedder

    async def work(self) -> int:
        """Run every job of memory that is due, as a worker would; returns how many."""
        leased = await self.jobs.lease("test", ["memory.embed", "memory.relate"], 100, 20)
        verbs = {
            "memory.embed": self.memory.embed_messages,
            "memory.relate": self.memory.relate_messages,
        }
        for job in leased:
            await verbs[job.name](job.payload["message_ids"], partial(self._end, job))
        return len(leased)

    async def _end(self, job: LeasedJob, tx: Transaction, result: Mapping[str, object]) -> None:
        await self.jobs.complete(tx, job, result)


@pytest.fixture
def events(signals: InProcessSignals) -> EventLog:
    return EventLog(signals)


@pytest.fixture
def rows(events: EventLog) -> VectorRows:
    return VectorRows(events=events, model=FakeEmbedder.name, dimension=FakeEmbedder.dimension)


@pytest.fixture
def compute() -> Iterator[Compute]:
    compute = Compute(1)
    yield compute
    compute.close()


@pytest.fixture
def room(
    database: Database, ledger: Ledger, clock: Clock, ids: Ids, rows: VectorRows, compute: Compute
) -> Room:
    embedder, archive = FakeEmbedder(), Archive(ids)
    index = ExactIndex(database=database, rows=rows, compute=compute)
    spaces = spaces_of(database, clock, Space(embedder, rows, index))
    graph = TablesGraph(database)
    parts = MemoryParts(
        archive=archive,
        recall=Recall(database=database, archive=archive, spaces=spaces),
        indexer=Indexer(database=database, archive=archive, spaces=spaces),
        relater=Relater(database=database, archive=archive, graph=graph, ids=ids),
        graph=graph,
    )
    return Room(
        Memory(parts, database=database, jobs=ledger, clock=clock), database, ledger, embedder
    )


@pytest.fixture
def facts(database: Database, ledger: Ledger, clock: Clock, ids: Ids, events: EventLog) -> Facts:
    store = FactStore(ids)
    settling = Settling(store, events=events, jobs=ledger)
    return Facts(store, settling, database=database, clock=clock)


@pytest.fixture
def tell(facts: Facts, database: Database, clock: Clock) -> Told:
    return Told(facts, database, clock.now())


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A whole instance without its doors' sockets: what is taken along and brought in."""
    async with house_at(database_url, tmp_path / "one") as house:
        yield house


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[House]:
    """Another instance, on another machine."""
    folder = tmp_path / "two"
    async with house_at(f"sqlite:///{folder}/ringback.sqlite", folder) as house:
        yield house
