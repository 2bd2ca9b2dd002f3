"""Vectors that this process writes are found without reading them again, and no others instead."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event

from backend.kernel.clock import Clock
from backend.kernel.ids import OwnerId
from backend.memory.vectors import VectorItem, VectorRows
from backend.memory.vectors.engines.exact import FILE_FROM_ROWS, GAINED_MAX, ExactIndex
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.events import EventLog
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.fakes.embedder import FakeEmbedder

SAM, KIM = OwnerId("owner-sam"), OwnerId("owner-kim")
DIMENSION = FakeEmbedder.dimension
READS = ("FROM vectors", "FROM events", "FROM stream_heads")


class Process:
    """One process: its connections, its cache, its index."""

    def __init__(
        self, database: Database, clock: Clock, compute: Compute, folder: Path | None = None
    ) -> None:
        self.database = database
        cache = InProcessCache(database=database, clock=clock)
        events = EventLog(InProcessSignals())
        self.rows = VectorRows(events=events, model=FakeEmbedder.name, dimension=DIMENSION)
        self.index = ExactIndex(
            database=database, rows=self.rows, compute=compute, folder=folder, cache=cache
        )

    async def write(self, *names: str, owner_id: OwnerId = SAM, namespace: str = "") -> None:
        items = [VectorItem(name, owner_id, namespace, _vector(name)) for name in names]
        async with self.database.transaction() as tx:
            await self.rows.write(tx, items)

    async def forget(self, name: str) -> None:
        async with self.database.transaction() as tx:
            await self.rows.remove(tx, [name])
        await self.index.delete([name])

    async def found(self, *, namespace: str = "") -> set[str]:
        hits = await self.index.search(SAM, _vector("all"), namespace=namespace, limit=1_000)
        return {hit.message_id for hit in hits}


def _vector(name: str) -> np.ndarray:
    made = np.random.default_rng(list(name.encode())).normal(size=DIMENSION).astype(np.float32)
    return made / np.linalg.norm(made)


@pytest.fixture
def here(database: Database, clock: Clock, compute: Compute) -> Process:
    return Process(database, clock, compute)


@pytest.fixture
async def there(database_url: str, clock: Clock, compute: Compute) -> AsyncIterator[Process]:
    database = Database(database_url, clock=clock)
    await database.start()
    yield Process(database, clock, compute)
    await database.stop()


async def test_what_this_process_writes_is_found_without_reading_it(here: Process) -> None:
    await here.write("a")
    await here.found()
    read: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        read.extend(each for each in READS if each in statement)

    event.listen(here.database._reader.sync_engine, "before_cursor_execute", note)
    for name in "bcd":
        await here.write(name)
        await here.write(f"{name} of others", owner_id=KIM)
        await here.write(f"{name} elsewhere", namespace="n")
        assert name in await here.found()
    assert read == []
    assert await here.found() == {"a", "b", "c", "d"}
    assert await here.found(namespace="n") == {f"{name} elsewhere" for name in "bcd"}


async def test_much_at_once_is_read(here: Process) -> None:
    await here.write("a")
    await here.found()
    many = [f"{number}" for number in range(GAINED_MAX + 1)]
    await here.write(*many)
    assert await here.found() == {"a", *many}


async def test_whichever_process_writes_or_forgets_each_finds_what_is_there(
    here: Process, there: Process
) -> None:
    drawn, kept = random.Random(11), {"first"}
    await here.write("first")
    for number in range(60):
        process = drawn.choice((here, here, there))
        if drawn.random() < 0.15 and kept:
            name = drawn.choice(sorted(kept))
            await process.forget(name)
            await (there if process is here else here).index.delete([name])
            kept.discard(name)
        else:
            names = [f"{number}.{each}" for each in range(drawn.randrange(1, 4))]
            await process.write(*names)
            kept.update(names)
        assert await drawn.choice((here, there)).found() == kept


async def test_a_file_that_is_ready_is_taken_up_with_what_came_since(
    database: Database, clock: Clock, compute: Compute, tmp_path: Path
) -> None:
    process = Process(database, clock, compute, tmp_path / "vectors")
    many = [f"{number}" for number in range(FILE_FROM_ROWS)]
    await process.write(*many)
    await process.index.search(SAM, _vector("all"), namespace="", limit=5)
    await compute.run(int)  # the file is written meanwhile
    for name in ("later", "last"):
        hits = await process.index.search(SAM, _vector("0"), namespace="", limit=1)
        assert [hit.message_id for hit in hits] == ["0"]
        await process.write(name)
        hits = await process.index.search(SAM, _vector(name), namespace="", limit=1)
        assert [hit.message_id for hit in hits] == [name]
