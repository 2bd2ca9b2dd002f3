"""The conversation over each kind of truth, and its telephone on a real port."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from backend.kernel.clock import Clock
from backend.memory import Memory, MemoryParts
from backend.memory.archive import Archive
from backend.memory.graph.engines.tables import TablesGraph
from backend.memory.indexing import Indexer, Relater
from backend.memory.recall import Recall
from backend.memory.vectors import VectorRows
from backend.memory.vectors.engines.exact import ExactIndex
from backend.platform.chance import SystemIds
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.objects.engines.folder import FolderObjects
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.platform.tasks import Supervisor
from tests.contract.phone.house import Ground, House
from tests.fakes.embedder import FakeEmbedder


@pytest.fixture
def compute() -> Iterator[Compute]:
    compute = Compute(1)
    yield compute
    compute.close()


@pytest.fixture
def memory(
    database: Database,
    ledger: Ledger,
    clock: Clock,
    ids: SystemIds,
    signals: InProcessSignals,
    compute: Compute,
) -> Memory:
    embedder, archive = FakeEmbedder(), Archive(ids)
    rows = VectorRows(events=EventLog(signals), model=embedder.name, dimension=embedder.dimension)
    index = ExactIndex(database=database, rows=rows, compute=compute)
    graph = TablesGraph(database)
    parts = MemoryParts(
        archive=archive,
        recall=Recall(database=database, archive=archive, embedder=embedder, index=index),
        indexer=Indexer(
            database=database, archive=archive, embedder=embedder, index=index, rows=rows
        ),
        relater=Relater(database=database, archive=archive, graph=graph, ids=ids),
        graph=graph,
    )
    return Memory(parts, database=database, jobs=ledger, clock=clock)


@pytest.fixture
def ground(  # noqa: PLR0913, PLR0917 - a fixture asks for all it puts together
    database: Database,
    signals: InProcessSignals,
    clock: Clock,
    memory: Memory,
    ledger: Ledger,
    compute: Compute,
    tmp_path: Path,
) -> Ground:
    return Ground(
        database=database,
        signals=signals,
        clock=clock,
        memory=memory,
        jobs=ledger,
        objects=FolderObjects(tmp_path / "objects"),
        compute=compute,
    )


@pytest.fixture
async def house(ground: Ground) -> House:
    house = House(ground)
    await house.settle()
    return house


@dataclass
class Doors:
    """Serves houses on ports of this machine."""

    supervisor: Supervisor
    clock: Clock
    servers: list[uvicorn.Server]

    async def open(self, house: House) -> str:
        """Serve a house; return its origin."""
        config = uvicorn.Config(
            house.app(),
            port=0,
            ws="websockets-sansio",
            log_level="warning",
            proxy_headers=False,
            lifespan="off",
        )
        server = uvicorn.Server(config)
        self.servers.append(server)
        self.supervisor.start("doors", server.serve())
        while not server.started:
            await self.clock.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"


@pytest.fixture
async def doors(clock: Clock) -> AsyncIterator[Doors]:
    supervisor = Supervisor()
    opened = Doors(supervisor, clock, [])
    async with supervisor:
        yield opened
        for server in opened.servers:
            server.should_exit = True
