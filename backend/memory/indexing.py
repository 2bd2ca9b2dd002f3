"""Carries messages on from the archive: their vectors into the index, their names into the graph.

What an outside server keeps is written first, and twice does no harm; what the database keeps is
written in the transaction that ends the job. So a crash anywhere leaves nothing half done.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from backend.kernel.ids import Ids, OwnerId
from backend.memory.archive import Archive
from backend.memory.embedding import Embedder
from backend.memory.graph import Graph, GraphRows, extract_concepts
from backend.memory.graph.types import MessageConcepts
from backend.memory.types import MessageSource
from backend.memory.vectors import VectorIndex, VectorItem, VectorRows
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction

Ending = Callable[[Transaction, Mapping[str, Any]], Awaitable[None]]  # Any: a job's JSON result
"""Ends the job in the handler's own transaction; raises when the lease was lost."""


class Indexer:
    """Gives messages their meaning."""

    def __init__(
        self,
        *,
        database: Database,
        archive: Archive,
        embedder: Embedder,
        index: VectorIndex,
        rows: VectorRows,
    ) -> None:
        self._database, self._archive = database, archive
        self._embedder, self._index, self._rows = embedder, index, rows

    async def embed(self, message_ids: Sequence[str], end: Ending) -> None:
        """Embed messages and end the job that asked for it."""
        async with self._database.reading() as connection:
            sources = _recallable(await self._archive.sources(connection, message_ids))
        items = await self._items(sources)
        await self._index.upsert(items)
        async with self._database.transaction() as tx:
            # Whoever was forgotten meanwhile must not come back.
            alive = {s.id for s in await self._archive.sources(tx.connection, message_ids)}
            kept = [item for item in items if item.message_id in alive]
            await self._rows.write(tx, kept)
            await end(tx, {"embedded": len(kept), "model": self._rows.model})
        if gone := [item.message_id for item in items if item.message_id not in alive]:
            await self._index.delete(gone)

    async def missing(self, message_ids: Sequence[str]) -> list[str]:
        """Return those messages that can't be found by meaning yet."""
        async with self._database.reading() as connection:
            return await self._rows.missing(connection, message_ids)

    async def rebuild(self) -> int:
        """Fill the index anew from the rows; returns how many it was given."""
        given, after = 0, ""
        while True:
            async with self._database.reading() as connection:
                page = await self._rows.everything(connection, after=after)
            if not page:
                return given
            await self._index.upsert(page)
            given, after = given + len(page), page[-1].message_id

    async def _items(self, sources: Sequence[MessageSource]) -> list[VectorItem]:
        if not sources:
            return []
        vectors = await self._embedder.embed([source.text for source in sources])
        return [
            VectorItem(source.id, source.owner_id, source.namespace, vector)
            for source, vector in zip(sources, vectors, strict=True)
        ]


class Relater:
    """Puts what messages name into the graph."""

    def __init__(self, *, database: Database, archive: Archive, graph: Graph, ids: Ids) -> None:
        self._database, self._archive, self._graph = database, archive, graph
        self._rows = GraphRows(ids)

    async def names(self, owner_id: OwnerId, limit: int) -> list[str]:
        """Return the people and places that were spoken of most."""
        async with self._database.reading() as connection:
            return await self._rows.names(connection, owner_id, limit)

    async def relate(self, message_ids: Sequence[str], end: Ending) -> None:
        """Relate what messages say and end the job that asked for it."""
        async with self._database.reading() as connection:
            sources = _recallable(await self._archive.sources(connection, message_ids))
        items = [_concepts(source) for source in sources]
        items = [item for item in items if item.extracted.mentions]
        if items:
            await self._graph.relate(items)
        async with self._database.transaction() as tx:
            alive = {s.id for s in await self._archive.sources(tx.connection, message_ids)}
            kept = [item for item in items if item.message_id in alive]
            await self._rows.write(tx, kept)
            await end(tx, {"related": len(kept), "graph": self._graph.name})
        if gone := [item.message_id for item in items if item.message_id not in alive]:
            await self._graph.delete(gone)


def _recallable(sources: Sequence[MessageSource]) -> list[MessageSource]:
    return [source for source in sources if source.is_recallable]


def _concepts(source: MessageSource) -> MessageConcepts:
    return MessageConcepts(
        message_id=source.id,
        owner_id=source.owner_id,
        said_at=source.said_at,
        extracted=extract_concepts(source.text, source.speaker),
    )
