"""Carries messages on from the archive: their vectors into the index, their names into the graph.

What an outside server keeps is written first, and twice does no harm; what the database keeps is
written in the transaction that ends the job. So a crash anywhere leaves nothing half done.

Whoever forgets does it the other way round: first the rows, then the servers. So a job that has
written to a server looks once more at the truth. What is gone by then it takes back before it ends;
what goes later is taken away by whoever forgets it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.errors import Busy, NotConfigured, Unavailable
from backend.kernel.ids import Ids, OwnerId
from backend.memory.archive import Archive
from backend.memory.archive.store import there
from backend.memory.graph import Graph, GraphRows, Weighed, extract_concepts
from backend.memory.graph.types import MessageConcepts
from backend.memory.types import MessageSource
from backend.memory.vectors import VectorItem
from backend.memory.vectors.models import Plan
from backend.memory.vectors.spaces import Spaces
from backend.platform.cache import Cache, Wanted
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction

Ending = Callable[[Transaction, Mapping[str, Any]], Awaitable[None]]  # Any: a job's JSON result
"""Ends the job in the handler's own transaction; raises when the lease was lost."""


StandIn = Callable[[Transaction, str], Awaitable[None]]
"""Told, in the transaction that keeps its vectors, which model stood in for the live one."""


AfterRelating = Callable[[Transaction, Sequence[str]], Awaitable[None]]
"""Told, in the transaction that ends the job, which messages were related."""


Naming = Callable[[AsyncConnection, Sequence[MessageConcepts]], Awaitable[list[MessageConcepts]]]
"""Knows which of several somebody is whom messages only name."""


class Indexer:
    """Gives messages their meaning, by every model that is in use."""

    def __init__(
        self,
        *,
        database: Database,
        archive: Archive,
        spaces: Spaces,
        stand_in: StandIn | None = None,
    ) -> None:
        self._database, self._archive, self._spaces = database, archive, spaces
        self._stand_in = stand_in

    async def embed(self, message_ids: Sequence[str], end: Ending) -> None:
        """Embed messages and end the job that asked for it."""
        self._spaces.changed()  # what is kept for good follows the models as they are now
        plan = await self._spaces.plan()
        async with self._database.reading() as connection:
            sources = _recallable(await self._archive.sources(connection, message_ids))
        made, stood_in = await self._made(plan, sources)
        for model, items in made.items():
            await self._spaces.of(model).index.upsert(items)
        if gone := await self._gone(message_ids):
            for model in made:
                await self._spaces.of(model).index.delete(gone)
        async with self._database.transaction() as tx:
            if (await self._spaces.plan_in(tx.connection)).written != plan.written:
                raise Busy("The model of meaning was changed just now.")
            # Whoever was forgotten meanwhile must not come back.
            alive = await self._archive.alive(tx, message_ids)
            for model, items in made.items():
                kept = [item for item in items if item.message_id in alive]
                await self._spaces.of(model).rows.write(tx, kept)
            if stood_in and sources and self._stand_in is not None:
                await self._stand_in(tx, stood_in)
            embedded = sum(source.id in alive for source in sources)
            await end(tx, {"embedded": embedded, "model": stood_in or plan.live})

    async def missing(self, message_ids: Sequence[str]) -> list[str]:
        """Return those messages that can't be found by meaning yet."""
        plan, missing = await self._spaces.plan(), list(message_ids)
        async with self._database.reading() as connection:
            for model in (plan.live, *plan.beside):
                with suppress(NotConfigured):
                    missing = await self._spaces.of(model).rows.missing(connection, missing)
        return missing

    async def rebuild(self) -> int:
        """Fill the live model's index anew from the rows; returns how many it was given."""
        space = self._spaces.of((await self._spaces.plan()).live)
        given, after = 0, ""
        while True:
            async with self._database.reading() as connection:
                page = await space.rows.everything(connection, after=after)
            if not page:
                return given
            await space.index.upsert(page)
            if gone := await self._gone([item.message_id for item in page]):
                await space.index.delete(gone)
            given, after = given + len(page), page[-1].message_id

    async def _gone(self, message_ids: Sequence[str]) -> list[str]:
        """Return all of these that are not there any more: an earlier try may have written them."""
        async with self._database.reading() as connection:
            alive = await there(connection, message_ids)
        return [each for each in message_ids if each not in alive]

    async def _made(
        self, plan: Plan, sources: Sequence[MessageSource]
    ) -> tuple[dict[str, list[VectorItem]], str]:
        """Return vectors by model; where the live one is away, of the one that stands in."""
        made: dict[str, list[VectorItem]] = {}
        stood_in = ""
        try:
            made[plan.live] = await self._items(plan.live, sources)
        except Unavailable:
            stood_in = self._spaces.fallback
            if not stood_in or stood_in == plan.live:
                raise
            made[stood_in] = await self._items(stood_in, sources)
        if plan.filling and plan.filling not in made:
            with suppress(Unavailable):  # its filling finds them when it is there again
                made[plan.filling] = await self._items(plan.filling, sources)
        return made, stood_in

    async def _items(self, model: str, sources: Sequence[MessageSource]) -> list[VectorItem]:
        embedder = self._spaces.of(model).embedder
        if not sources:
            return []
        vectors = await embedder.embed([source.text for source in sources])
        return [
            VectorItem(source.id, source.owner_id, source.namespace, vector)
            for source, vector in zip(sources, vectors, strict=True)
        ]


class Relater:
    """Puts what messages name into the graph."""

    def __init__(  # noqa: PLR0913 - what it is made of, each named
        self,
        *,
        database: Database,
        archive: Archive,
        graph: Graph,
        ids: Ids,
        cache: Cache | None = None,
        after: AfterRelating | None = None,
        naming: Naming | None = None,
    ) -> None:
        self._after, self._naming = after, naming
        self._cache = cache  # None: names are read each time
        self._database, self._archive, self._graph = database, archive, graph
        self._rows = GraphRows(ids)

    async def names(self, owner_id: OwnerId, limit: int) -> list[str]:
        """Return the people and places that were spoken of most."""
        load = partial(self._rows.names, owner_id=owner_id, limit=limit)
        if self._cache is not None:
            wanted = Wanted("names", (owner_id, limit), ("names",), owner_id)
            return list(await self._cache.get(wanted, load))
        async with self._database.reading() as connection:
            return await load(connection)

    async def important(self, owner_id: OwnerId, limit: int) -> list[Weighed]:
        """Return concepts by the weight of all that was said of them."""
        async with self._database.listing() as connection:
            return await self._rows.weighed(connection, owner_id, limit)

    async def meant(self, owner_id: OwnerId, name: str) -> str:
        """Return whom a name means: of those that were merged, the one that is kept."""
        async with self._database.reading() as connection:
            return await self._rows.meant(connection, owner_id, name)

    async def relate(self, message_ids: Sequence[str], end: Ending) -> None:
        """Relate what messages say and end the job that asked for it."""
        async with self._database.reading() as connection:
            sources = _recallable(await self._archive.sources(connection, message_ids))
        items = [_concepts(source) for source in sources]
        async with self._database.reading() as connection:
            named = [item for item in items if item.extracted.mentions]
            if self._naming is not None:
                named = await self._naming(connection, named)
            items = await self._rows.resolved(connection, named)
        if items:
            await self._graph.relate(items)
        async with self._database.reading() as connection:
            alive = await there(connection, message_ids)
        if gone := [each for each in message_ids if each not in alive]:
            await self._graph.delete(gone)  # also what an earlier try may have written
        async with self._database.transaction() as tx:
            alive = await self._archive.alive(tx, message_ids)
            kept = [item for item in items if item.message_id in alive]
            await self._rows.write(tx, kept)
            if kept and self._after is not None:
                await self._after(tx, [item.message_id for item in kept])
            await end(tx, {"related": len(kept), "graph": self._graph.name})


def _recallable(sources: Sequence[MessageSource]) -> list[MessageSource]:
    return [source for source in sources if source.is_recallable]


def _concepts(source: MessageSource) -> MessageConcepts:
    return MessageConcepts(
        message_id=source.id,
        owner_id=source.owner_id,
        said_at=source.said_at,
        extracted=extract_concepts(source.text, source.speaker),
    )
