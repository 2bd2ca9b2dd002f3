"""What every index of vectors does, the fake included."""

import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from backend.kernel.ids import OwnerId
from backend.memory.vectors import VectorIndex, VectorItem, VectorRows
from backend.memory.vectors.engines.chroma import ChromaIndex
from backend.memory.vectors.engines.chroma_folder import ChromaFolder, ChromaFolderIndex
from backend.memory.vectors.engines.exact import ExactIndex
from backend.memory.vectors.engines.pgvector import PgvectorIndex
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import FakeVectorIndex

SAM, KIM = OwnerId("owner-sam"), OwnerId("owner-kim")
DIMENSION = FakeEmbedder.dimension

Write = Callable[..., Awaitable[None]]


def unit(*numbers: float) -> np.ndarray:
    row = np.zeros(DIMENSION, dtype=np.float32)
    row[: len(numbers)] = numbers
    return row / np.linalg.norm(row)


def item(message_id: str, *numbers: float, owner: OwnerId = SAM, namespace: str = "") -> VectorItem:
    return VectorItem(message_id, owner, namespace, unit(*numbers))


ENGINES = ("exact", "exact in files", "exact int8", "chroma", "chroma in a folder", "fake")


@pytest.fixture(params=[*ENGINES, "pgvector"])
def index(
    request: pytest.FixtureRequest,
    database: Database,
    rows: VectorRows,
    compute: Compute,
    tmp_path: Path,
) -> Iterator[VectorIndex]:
    if request.param == "fake":
        yield FakeVectorIndex()
    elif request.param == "chroma":
        url = request.getfixturevalue("chroma_url")
        yield ChromaIndex(url, instance=uuid.uuid4().hex, model="fake", dimension=DIMENSION)
    elif request.param == "chroma in a folder":
        folder = ChromaFolder(tmp_path / "chroma")
        yield ChromaFolderIndex(
            folder, instance="i", model="fake", dimension=DIMENSION, compute=compute
        )
        folder.close()
    elif request.param == "pgvector":
        if database.dialect != "postgresql":
            pytest.skip("pgvector is PostgreSQL's")
        yield PgvectorIndex(database, model="fake", dimension=DIMENSION)
    else:
        yield ExactIndex(
            database=database,
            rows=rows,
            compute=compute,
            folder=None if request.param == "exact" else tmp_path / "vectors",
            precision="int8" if request.param == "exact int8" else "float16",
        )


@pytest.fixture
def fill(index: VectorIndex, database: Database, rows: VectorRows) -> Write:
    """Do what the product does: the index first, then the truth."""

    async def fill(*items: VectorItem) -> None:
        await index.upsert(items)
        async with database.transaction() as tx:
            await rows.write(tx, items)

    return fill


@pytest.fixture
def forget(index: VectorIndex, database: Database, rows: VectorRows) -> Write:
    async def forget(*message_ids: str) -> None:
        async with database.transaction() as tx:
            await rows.remove(tx, message_ids)
        await index.delete(message_ids)

    return forget


async def found(
    index: VectorIndex, *numbers: float, owner: OwnerId = SAM, namespace: str = "", limit: int = 10
) -> Sequence[str]:
    hits = await index.search(owner, unit(*numbers), namespace=namespace, limit=limit)
    return [hit.message_id for hit in hits]


async def test_nothing_is_found_in_an_empty_index(index: VectorIndex) -> None:
    assert await found(index, 1.0) == []


async def test_the_nearest_comes_first_with_its_cosine(index: VectorIndex, fill: Write) -> None:
    await fill(item("a", 1, 0), item("b", 1, 1), item("c", 0, 1))
    hits = await index.search(SAM, unit(1, 0), namespace="", limit=2)
    assert [hit.message_id for hit in hits] == ["a", "b"]
    assert hits[0].score == pytest.approx(1.0, abs=2e-3)
    assert hits[1].score == pytest.approx(0.707, abs=2e-3)


async def test_what_was_written_after_a_search_is_found_by_the_next(
    index: VectorIndex, fill: Write
) -> None:
    await fill(item("a", 1, 0))
    assert await found(index, 0, 1) == ["a"]
    await fill(item("b", 0, 1))
    assert await found(index, 0, 1) == ["b", "a"]


async def test_writing_twice_changes_nothing(index: VectorIndex, fill: Write) -> None:
    await fill(item("a", 1, 0))
    await fill(item("a", 1, 0))
    assert await found(index, 1, 0) == ["a"]
    assert await index.count() == 1


async def test_a_second_vector_replaces_the_first(index: VectorIndex, fill: Write) -> None:
    await fill(item("a", 1, 0), item("b", 1, 1))
    assert await found(index, 0, 1) == ["b", "a"]
    await fill(item("a", 0, 1))
    assert await found(index, 0, 1) == ["a", "b"]


async def test_owners_never_see_each_others_vectors(index: VectorIndex, fill: Write) -> None:
    await fill(item("mine", 1), item("theirs", 1, owner=KIM))
    assert await found(index, 1.0) == ["mine"]
    assert await found(index, 1.0, owner=KIM) == ["theirs"]


async def test_namespaces_are_apart(index: VectorIndex, fill: Write) -> None:
    await fill(item("spoken", 1), item("imported", 1, namespace="locomo"))
    assert await found(index, 1.0) == ["spoken"]
    assert await found(index, 1.0, namespace="locomo") == ["imported"]


async def test_what_was_deleted_is_not_found(
    index: VectorIndex, fill: Write, forget: Write
) -> None:
    await fill(item("a", 1, 0), item("b", 0, 1), item("c", 1, 1))
    assert len(await found(index, 1.0)) == 3
    await forget("a", "unknown")
    assert await found(index, 1, 0) == ["c", "b"]
    assert await index.count() == 2


async def test_many_are_searched_right(index: VectorIndex, fill: Write) -> None:
    random = np.random.default_rng(7)
    vectors = random.normal(size=(600, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    await fill(*(VectorItem(f"m{n:04}", SAM, "", row) for n, row in enumerate(vectors)))
    hits = await index.search(SAM, vectors[123], namespace="", limit=5)
    expected = [f"m{n:04}" for n in np.argsort(-(vectors @ vectors[123]))[:5]]
    assert hits[0].message_id == "m0123"
    # An approximate index may miss a far one, never the first.
    assert len({hit.message_id for hit in hits} & set(expected)) >= 4


async def test_what_was_cleared_is_empty_and_can_be_filled_again(
    index: VectorIndex, database: Database, rows: VectorRows, fill: Write
) -> None:
    await fill(item("a", 1, 0), item("b", 0, 1))
    assert len(await found(index, 1.0)) == 2
    async with database.transaction() as tx:
        await rows.remove(tx, ["a", "b"])
    await index.clear()
    assert await found(index, 1.0) == []
    await fill(item("c", 1, 0))
    assert await found(index, 1.0) == ["c"]
    assert await index.count() == 1
