"""Exact search's files: found again after a restart, and never believed when they are not right."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, event, insert, update

from backend.kernel.ids import OwnerId
from backend.memory.vectors import VectorItem, VectorRows
from backend.memory.vectors.engines.exact import FILE_FROM_ROWS, ExactIndex
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.tables import events, instance
from backend.platform.database.tables import vectors as kept_vectors
from tests.fakes.embedder import FakeEmbedder

SAM = OwnerId("owner-sam")
DIMENSION = FakeEmbedder.dimension
COUNT = FILE_FROM_ROWS + 200

Make = Callable[[], ExactIndex]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


@pytest.fixture(params=["float16", "int8"])
def make(
    request: pytest.FixtureRequest,
    database: Database,
    rows: VectorRows,
    compute: Compute,
    folder: Path,
) -> Make:
    """Start over, as another process would."""

    def make() -> ExactIndex:
        return ExactIndex(
            database=database,
            rows=rows,
            compute=compute,
            folder=folder,
            precision=request.param,
        )

    return make


@pytest.fixture
async def vectors(database: Database, rows: VectorRows) -> np.ndarray:
    random = np.random.default_rng(5)
    made = random.normal(size=(COUNT, DIMENSION)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    await write(database, rows, *(VectorItem(name(n), SAM, "", row) for n, row in enumerate(made)))
    return made


def name(number: int) -> str:
    return f"m{number:05}"


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def holds(file: Path, message_id: str) -> bool:
    return message_id.encode() in file.read_bytes()


def occupy(folder: Path) -> None:
    folder.write_text("no folder")


async def write(database: Database, rows: VectorRows, *items: VectorItem) -> None:
    async with database.transaction() as tx:
        await rows.write(tx, items)


async def nearest(index: ExactIndex, vector: np.ndarray, limit: int = 3) -> list[str]:
    hits = await index.search(SAM, vector, namespace="", limit=limit)
    return [hit.message_id for hit in hits]


async def written(make: Make, vectors: np.ndarray, compute: Compute) -> None:
    """Search once, and wait for the thread that writes."""
    assert (await nearest(make(), vectors[7]))[0] == name(7)
    await compute.run(lambda: None)


def counted(database: Database) -> list[int]:
    """Count the vectors that are read from now on."""
    read: list[int] = []

    @event.listens_for(database._reader.sync_engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "vectors.vector" in statement:
            read.append(1)

    return read


async def test_a_restart_finds_the_file_and_reads_no_rows(
    make: Make, vectors: np.ndarray, compute: Compute, database: Database, folder: Path
) -> None:
    await written(make, vectors, compute)
    (file,) = files(folder)
    assert file.stat().st_mode & 0o077 == 0
    read = counted(database)
    assert (await nearest(make(), vectors[9]))[0] == name(9)
    assert read == []


async def test_what_changed_since_the_file_is_followed(
    make: Make, vectors: np.ndarray, compute: Compute, database: Database, rows: VectorRows
) -> None:
    await written(make, vectors, compute)
    swapped = [VectorItem(name(1), SAM, "", vectors[2]), VectorItem("new", SAM, "", vectors[3])]
    await write(database, rows, *swapped)
    async with database.transaction() as tx:
        await rows.remove(tx, [name(2)])
    index = make()
    assert (await nearest(index, vectors[2]))[0] == name(1)
    assert set(await nearest(index, vectors[3], 2)) == {name(3), "new"}


@pytest.mark.parametrize("harm", ["cut", "changed", "emptied", "removed", "garbage"])
async def test_a_damaged_file_is_not_believed(
    make: Make, vectors: np.ndarray, compute: Compute, folder: Path, harm: str
) -> None:
    await written(make, vectors, compute)
    (file,) = files(folder)
    data = bytearray(file.read_bytes())
    if harm == "removed":
        file.unlink()
    else:
        data[-100] ^= 0xFF
        harmed: dict[str, bytes | bytearray] = {
            "cut": data[: len(data) // 2],
            "changed": data,
            "emptied": b"",
            "garbage": b"\xff" * 5000,
        }
        file.unlink()  # another file: the old one may be mapped
        file.write_bytes(harmed[harm])
    index = make()
    for number in (0, 7, COUNT - 1):
        assert (await nearest(index, vectors[number]))[0] == name(number)


async def test_a_file_of_another_truth_is_not_believed(
    make: Make, vectors: np.ndarray, compute: Compute, folder: Path, database: Database
) -> None:
    await written(make, vectors, compute)
    (old,) = files(folder)
    async with database.transaction() as tx:
        await tx.execute(insert(instance).values(key="epoch", value="another"))
    read = counted(database)
    assert (await nearest(make(), vectors[9]))[0] == name(9)
    assert read != []
    assert not old.exists()


async def test_a_truth_that_was_changed_behind_its_log_is_read_anew(
    make: Make, vectors: np.ndarray, compute: Compute, database: Database, rows: VectorRows
) -> None:
    await written(make, vectors, compute)
    async with database.transaction() as tx:
        await tx.execute(delete(kept_vectors).where(kept_vectors.c.message_id == name(4)))
    assert name(4) not in await nearest(make(), vectors[4])


async def test_a_log_that_was_pruned_is_no_loss(
    make: Make, vectors: np.ndarray, compute: Compute, database: Database, rows: VectorRows
) -> None:
    await written(make, vectors, compute)
    for number in (1, 2):
        await write(database, rows, VectorItem(f"new{number}", SAM, "", vectors[number]))
    async with database.transaction() as tx:
        await tx.execute(update(events).values(stream="pruned"))
    found = await nearest(make(), vectors[2], 2)
    assert set(found) == {name(2), "new2"}


async def test_what_is_deleted_leaves_the_files_too(
    make: Make,
    vectors: np.ndarray,
    compute: Compute,
    database: Database,
    rows: VectorRows,
    folder: Path,
) -> None:
    await written(make, vectors, compute)
    async with database.transaction() as tx:
        await rows.remove(tx, [name(11)])
    index = make()
    await index.delete([name(11)])
    assert not any(holds(file, name(11)) for file in files(folder))
    assert name(11) not in await nearest(index, vectors[11])
    await compute.run(lambda: None)
    assert not any(holds(file, name(11)) for file in files(folder))


async def test_a_folder_that_cant_be_written_costs_no_answer(
    make: Make, vectors: np.ndarray, compute: Compute, folder: Path
) -> None:
    occupy(folder)
    index = make()
    for _ in range(3):
        assert (await nearest(index, vectors[7]))[0] == name(7)
        await compute.run(lambda: None)


def cut_short(file: Path) -> None:
    os.truncate(file, 4096)


def emptied(file: Path) -> None:
    os.truncate(file, 0)


def scribbled_on(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(file.stat().st_size // 2)
        stream.write(bytes(4096))
    os.utime(file, ns=(0, 0))  # the clock of files may be slower than this test


@pytest.mark.parametrize("harm", [cut_short, emptied, scribbled_on])
async def test_a_file_that_is_changed_while_it_is_mapped_costs_no_answer(
    make: Make,
    vectors: np.ndarray,
    compute: Compute,
    folder: Path,
    harm: Callable[[Path], None],
) -> None:
    await written(make, vectors, compute)
    index = make()
    assert (await nearest(index, vectors[9]))[0] == name(9)
    (file,) = files(folder)
    harm(file)
    for number in (9, 1100):
        assert (await nearest(index, vectors[number]))[0] == name(number)
    await compute.run(lambda: None)  # it was written anew meanwhile
    assert files(folder) == [file]
    assert (await nearest(make(), vectors[3]))[0] == name(3)
    assert file.stat().st_size > 4096
