"""Exact search in this process, over the database's own vectors.

A namespace is loaded when it is first searched: from its file when that can be believed, else from
the rows. Each search asks the database for the cursor of the namespace's last change and reads only
what changed behind its own, so no process ever answers from what another one has overwritten.
"""

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.errors import Busy
from backend.kernel.ids import OwnerId
from backend.memory.vectors.engines.block import (
    FINE,
    ID_BYTES,
    Block,
    empty_layer,
    layer_of,
)
from backend.memory.vectors.engines.block_file import BlockFiles, Kind
from backend.memory.vectors.rows import TOPIC, Gained, VectorRows
from backend.memory.vectors.store import Hit, Vector, VectorItem
from backend.platform.cache import Cache, Wanted
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.tables import instance

BLOCKS_BYTES_MAX = 256 << 20  # 300,000 memories of 384 numbers; the least used leave first
THREAD_FROM_ROWS = 2000  # below it a search takes less than the way to another thread
FILE_FROM_ROWS = 1000  # fewer are read from the database as fast
FRESH_MAX = 1000  # vectors that came since the file was written, before it is written anew
FRESH_SHARE_MAX = 0.1
GAINED_MAX = 64  # vectors of this process that are handed over before it is read anew
TRUTH = ("id", "epoch")  # a database that was replaced is another truth


@dataclass(frozen=True, slots=True)
class _State:
    """What a namespace's vectors are as of now: what was read then, and what came since."""

    number: int
    gained: tuple[Gained, ...] = ()


class _Kept:
    """One namespace in memory, and the file that is being written of it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.block: Block | None = None
        self.cursor = -1
        self.seen = 0  # as of which state of the owner's vectors; 0: not known
        self.kind: Kind | None = None
        self.writing: Future[None] | None = None
        self.is_closed = False

    @property
    def size_bytes(self) -> int:
        return self.block.size_bytes if self.block else 0


class ExactIndex:
    """Every memory is compared: nothing is approximate, nothing is believed that is damaged."""

    name = "exact"

    def __init__(  # noqa: PLR0913 - what it stands on, and its bounds
        self,
        *,
        database: Database,
        rows: VectorRows,
        compute: Compute,
        folder: Path | None = None,
        precision: str = FINE,
        bytes_max: int = BLOCKS_BYTES_MAX,
        cache: Cache | None = None,
    ) -> None:
        self._cache = cache  # None: each search asks for the cursor itself
        self._states = itertools.count(1)
        self._database, self._rows, self._compute = database, rows, compute
        self._files = BlockFiles(folder) if folder else None
        self._precision, self._bytes_max = precision, bytes_max
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._is_tidy = False

    async def upsert(self, items: Sequence[VectorItem]) -> None:
        """Do nothing: the rows that are committed beside it are the index."""

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Let go of what memory and files still have: the rows that were deleted were the index."""
        if not message_ids:
            return
        await self._let_go()
        if self._files:
            await self._compute.run(self._files.forget, frozenset(message_ids))

    async def known(self, message_ids: Sequence[str]) -> int:
        """Count the files that have one of them; of the rows somebody else gives account."""
        if not self._files or not message_ids:
            return 0
        return await self._compute.run(self._files.holding, frozenset(message_ids))

    async def clear(self) -> None:
        """Let go of every block and its file."""
        kinds = [kept.kind for kept in self._kept.values() if kept.kind]
        await self._let_go()
        for kind in kinds:
            if self._files:
                self._files.remove(kind)

    async def search(
        self, owner_id: OwnerId, vector: Vector, *, namespace: str, limit: int
    ) -> list[Hit]:
        """Compare with every vector of the namespace."""
        kept = self._of(owner_id, namespace)
        async with kept.lock:
            block = await self._refresh(kept, owner_id, namespace)
            if len(block) < THREAD_FROM_ROWS:
                hits = block.nearest(vector, limit)
            else:
                hits = await self._compute.run(block.nearest, vector, limit)
            self._write(kept, block)
            return hits

    async def count(self) -> int:
        """Count the rows of the model."""
        async with self._database.reading() as connection:
            return await self._rows.count(connection)

    async def _let_go(self) -> None:
        kept, self._kept = list(self._kept.values()), OrderedDict()
        for each in kept:
            each.is_closed = True
            if each.writing:  # it may be writing what is to go
                await asyncio.wait([asyncio.wrap_future(each.writing)])

    def _of(self, owner_id: str, namespace: str) -> _Kept:
        key = (owner_id, namespace)
        kept = self._kept.setdefault(key, _Kept())
        self._kept.move_to_end(key)
        weight = sum(each.size_bytes for each in self._kept.values())
        while weight > self._bytes_max and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            weight -= dropped.size_bytes
        return kept

    async def _refresh(self, kept: _Kept, owner_id: str, namespace: str) -> Block:
        """Bring a block to the state of the database, by the shortest way that is sure."""
        state = await self._state(owner_id, namespace)
        if kept.block is not None and not kept.block.base.is_intact:
            kept.block, kept.cursor = None, -1  # its file is read anew, or made anew
        await self._adopt(kept)
        if kept.block is not None and _gain(kept, kept.block, state):
            return kept.block
        kept.seen = 0  # until what is read now is there
        async with self._database.reading() as connection:
            if kept.kind is None:
                kept.kind = await self._kind(connection, owner_id, namespace)
            head = await self._rows.head(connection, owner_id, namespace)
            block, is_new = kept.block, kept.block is None
            if block is None or kept.cursor < 0:
                block = await self._mapped(kept)
            if kept.cursor != head or is_new:
                is_followed = kept.cursor >= 0 and await self._follow(
                    connection, kept, block, (owner_id, namespace), head=head
                )
                if is_followed and is_new:
                    counted = await self._rows.count_of(connection, owner_id, namespace)
                    is_followed = counted == len(block)
                if not is_followed:
                    block = await self._load(connection, owner_id, namespace)
                kept.block, kept.cursor = block, head
            kept.seen = state.number
            return block

    async def _state(self, owner_id: str, namespace: str) -> _State:
        """Return a state that stays the same until another process writes to the vectors."""
        if self._cache is None:
            return _State(0)
        wanted = Wanted("vectors", (self._rows.model, owner_id, namespace), (TOPIC,), owner_id)
        follow = partial(_followed, model=self._rows.model, namespace=namespace)
        return await self._cache.get(wanted, self._next_state, follow=follow)

    async def _next_state(self, _: AsyncConnection) -> _State:
        return _State(next(self._states))

    async def _kind(self, connection: AsyncConnection, owner_id: str, namespace: str) -> Kind:
        query = select(instance.c.value).where(instance.c.key.in_(TRUTH)).order_by(instance.c.key)
        truth = ":".join((await connection.execute(query)).scalars())
        rows = self._rows
        kind = Kind(truth, rows.model, owner_id, namespace, rows.dimension, self._precision)
        if self._files and not self._is_tidy:
            self._files.tidy(kind.prefix)
            self._is_tidy = True
        return kind

    async def _mapped(self, kept: _Kept) -> Block:
        """Return the block of its file, behind the cursor that it was written at."""
        kept.cursor = -1
        base = None
        if self._files and kept.kind:
            base = await self._compute.run(self._files.read, kept.kind)
        if base is not None:
            kept.cursor = base.cursor
        return Block(base or empty_layer(self._rows.dimension), self._rows.dimension)

    async def _load(self, connection: AsyncConnection, owner_id: str, namespace: str) -> Block:
        ids: list[bytes] = []
        data: list[bytes] = []
        async for page in self._rows.pages(connection, owner_id, namespace):
            ids.extend(message_id.encode() for message_id, _ in page)
            data.append(b"".join(row for _, row in page))
        dimension = self._rows.dimension
        rows = np.frombuffer(b"".join(data), dtype="<f2").reshape(len(ids), dimension)
        named = np.array(ids, dtype=f"S{ID_BYTES}")
        return Block(layer_of(-1, named, rows, self._precision), dimension)

    async def _follow(
        self,
        connection: AsyncConnection,
        kept: _Kept,
        block: Block,
        whose: tuple[str, str],
        *,
        head: int,
    ) -> bool:
        """Take over what changed; False when the log does not reach back so far."""
        changed = await self._rows.changed(connection, *whose, after=kept.cursor, head=head)
        if changed is None:
            return False
        now = await self._rows.read(connection, changed)
        block.drop([message_id for message_id in changed if message_id not in now])
        block.put([(message_id, now[message_id]) for message_id in changed if message_id in now])
        return True

    # ── the file ─────────────────────────────────────────────────────────────────────────────
    def _write(self, kept: _Kept, block: Block) -> None:
        """Begin to write the file anew when enough has changed; nobody waits for it."""
        if self._files is None or kept.kind is None or kept.writing or kept.is_closed:
            return
        is_due = block.fresh > max(FRESH_MAX, FRESH_SHARE_MAX * len(block.base.ids))
        is_unwritten = block.base.cursor < 0 and len(block) >= FILE_FROM_ROWS
        if not (is_due or is_unwritten or (block.has_dropped and block.base.cursor >= 0)):
            return
        whole, files, kind = block.whole(kept.cursor), self._files, kept.kind
        precision = self._precision

        def write() -> None:
            if not whole.base.is_intact:
                return  # what the rows say is read again
            files.write(kind, whole.joined(precision))

        try:
            kept.writing = self._compute.start(write)
        except Busy:
            return  # another search will find the time

    async def _adopt(self, kept: _Kept) -> None:
        """Go over to the file that was written meanwhile: memory holds only what came since."""
        if kept.writing is None or not kept.writing.done():
            return
        failure = None if kept.writing.cancelled() else kept.writing.exception()
        kept.writing = None
        if failure is not None:
            # A full disk, or a folder that can't be written: the block stays in memory.
            self._files = None if isinstance(failure, OSError) else self._files
            return
        kept.block = None


def _followed(
    state: _State, changes: Sequence[object], *, model: str, namespace: str
) -> _State | None:
    """Return a state with what a commit of ours has added; None when it becomes too much."""
    came = [each for each in changes if isinstance(each, Gained)]
    here = tuple(each for each in came if (each.model, each.namespace) == (model, namespace))
    gained = (*state.gained, *here)
    if sum(len(each.vectors) for each in gained) > GAINED_MAX:
        return None
    return replace(state, gained=gained)


def _gain(kept: _Kept, block: Block, state: _State) -> bool:
    """Take over what came since a block was read; False when it has to be read again."""
    if not state.number or state.number != kept.seen:
        return False
    for each in state.gained:
        if each.cursor > kept.cursor + 1:
            return False
        if each.cursor == kept.cursor + 1:
            block.put(each.vectors)
            kept.cursor = each.cursor
    return True
