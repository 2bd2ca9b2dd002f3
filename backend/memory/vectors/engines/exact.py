"""Exact search in this process, over the database's own vectors.

A namespace is loaded when it is first searched and kept as one block of float16. Each search asks
the database for the cursor of the namespace's last change and reads only what changed behind its
own, so no process ever answers from what another one has already overwritten.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import OwnerId
from backend.memory.vectors.rows import VectorRows
from backend.memory.vectors.store import Hit, Vector, VectorItem
from backend.platform.compute import Compute
from backend.platform.database.engine import Database

BLOCKS_BYTES_MAX = 256 << 20  # 330,000 memories of 384 numbers; the least used leave first
CHUNK_ROWS = 4096  # one chunk as float32 stays within the processor's second cache
THREAD_FROM_ROWS = 2000  # below it a search takes less than the way to another thread


class Block:
    """One namespace's vectors, grown in place."""

    def __init__(self, dimension: int) -> None:
        self.lock = asyncio.Lock()
        self.cursor = -1  # nothing was read yet
        self.ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._vectors: NDArray[np.float16] = np.empty((16, dimension), dtype="<f2")

    @property
    def size_bytes(self) -> int:
        """Return what the vectors weigh."""
        return self._vectors.nbytes

    def put(self, message_id: str, data: bytes) -> None:
        """Add a vector, or replace it."""
        row = self._rows.get(message_id)
        if row is None:
            row = len(self.ids)
            if row == len(self._vectors):
                grown = np.empty((row * 2, self._vectors.shape[1]), dtype="<f2")
                grown[:row] = self._vectors
                self._vectors = grown
            self._rows[message_id] = row
            self.ids.append(message_id)
        self._vectors[row] = np.frombuffer(data, dtype="<f2")

    def drop(self, message_id: str) -> None:
        """Remove a vector: the last row takes its place."""
        row = self._rows.pop(message_id, None)
        if row is None:
            return
        last = self.ids.pop()
        if last != message_id:
            self.ids[row] = last
            self._rows[last] = row
            self._vectors[row] = self._vectors[len(self.ids)]

    def nearest(self, vector: Vector, limit: int) -> list[Hit]:
        """Return the nearest rows; equal ones in the order of their ids."""
        size = len(self.ids)
        scores = np.empty(size, dtype=np.float32)
        for start in range(0, size, CHUNK_ROWS):
            chunk = self._vectors[start : min(start + CHUNK_ROWS, size)]
            scores[start : start + len(chunk)] = chunk.astype(np.float32) @ vector
        top = np.argpartition(-scores, limit)[:limit] if size > limit else np.arange(size)
        ranked = sorted((-float(scores[row]), self.ids[row]) for row in top)
        return [Hit(message_id, -score) for score, message_id in ranked]


class ExactIndex:
    """Every memory is compared: nothing is approximate, nothing can be corrupted on its own."""

    name = "exact"

    def __init__(
        self,
        *,
        database: Database,
        rows: VectorRows,
        compute: Compute,
        bytes_max: int = BLOCKS_BYTES_MAX,
    ) -> None:
        self._database, self._rows, self._compute = database, rows, compute
        self._bytes_max = bytes_max
        self._blocks: OrderedDict[tuple[str, str], Block] = OrderedDict()

    async def upsert(self, items: Sequence[VectorItem]) -> None:
        """Do nothing: the rows that are committed beside it are the index."""

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Do nothing: the rows that are deleted beside it were the index."""

    async def search(
        self, owner_id: OwnerId, vector: Vector, *, namespace: str, limit: int
    ) -> list[Hit]:
        """Compare with every vector of the namespace."""
        block = self._block(owner_id, namespace)
        async with block.lock:
            await self._refresh(block, owner_id, namespace)
            if len(block.ids) < THREAD_FROM_ROWS:
                return block.nearest(vector, limit)
            return await self._compute.run(block.nearest, vector, limit)

    async def count(self) -> int:
        """Count the rows of the model."""
        async with self._database.reading() as connection:
            return await self._rows.count(connection)

    def _block(self, owner_id: str, namespace: str) -> Block:
        key = (owner_id, namespace)
        block = self._blocks.get(key)
        if block is None:
            block = self._blocks[key] = Block(self._rows.dimension)
        self._blocks.move_to_end(key)
        weight = sum(each.size_bytes for each in self._blocks.values())
        while weight > self._bytes_max and len(self._blocks) > 1:
            _, dropped = self._blocks.popitem(last=False)
            weight -= dropped.size_bytes
        return block

    async def _refresh(self, block: Block, owner_id: str, namespace: str) -> None:
        async with self._database.reading() as connection:
            head = await self._rows.head(connection, owner_id, namespace)
            if head == block.cursor:
                return
            if block.cursor < 0 or head < block.cursor:  # unread, or the database was replaced
                await self._load(connection, block, owner_id, namespace)
            else:
                await self._follow(connection, block, owner_id, namespace)
            block.cursor = head

    async def _load(
        self, connection: AsyncConnection, block: Block, owner_id: str, namespace: str
    ) -> None:
        block.cursor = -1
        for message_id in list(block.ids):
            block.drop(message_id)
        async for page in self._rows.pages(connection, owner_id, namespace):
            for message_id, data in page:
                block.put(message_id, data)

    async def _follow(
        self, connection: AsyncConnection, block: Block, owner_id: str, namespace: str
    ) -> None:
        changed = await self._rows.changed(connection, owner_id, namespace, after=block.cursor)
        now = await self._rows.read(connection, changed)
        for message_id in changed:
            if message_id in now:
                block.put(message_id, now[message_id])
            else:
                block.drop(message_id)
