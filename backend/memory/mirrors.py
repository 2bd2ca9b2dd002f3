"""Compares what servers keep with the truth that they mirror, and takes from them what is gone.

Chroma, pgvector and Neo4j hold copies: a server that was away, replaced or restored from an old
disk lacks some, or knows what was forgotten. What lies in the database itself needs no comparison.
"""

from dataclasses import dataclass

from sqlalchemy import select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.errors import NotConfigured
from backend.kernel.ids import OwnerId
from backend.memory.graph import GraphServer
from backend.memory.unfinished import Unfinished, without_vector
from backend.memory.vectors.spaces import Space, Spaces
from backend.platform.database.batches import batches
from backend.platform.database.engine import Database
from backend.platform.database.tables import (
    concepts,
    facts,
    mentions,
    messages,
    people,
    relations,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a server is from the truth."""

    engine: str
    kept: int
    missing: int
    strays: int

    @property
    def is_none(self) -> bool:
        """Say whether both agree."""
        return not self.missing and not self.strays


class Mirrors:
    """The servers that mirror the truth, where the settings want any."""

    def __init__(
        self, *, database: Database, spaces: Spaces, has_index: bool, graph: GraphServer | None
    ) -> None:
        self._database, self._spaces = database, spaces
        self._has_index, self._graph = has_index, graph

    # ── vectors ──────────────────────────────────────────────────────────────────────────────
    async def vectors(self, snapshot: AsyncConnection) -> Difference | None:
        """Compare the live model's index with its rows; None where they are the index.

        Raises Unavailable while its server is away.
        """
        space = await self._space()
        if space is None:
            return None
        kept = await space.index.count()
        wanted = await space.rows.count(snapshot)
        return Difference(space.index.name, kept, max(wanted - kept, 0), max(kept - wanted, 0))

    async def without_vector(self) -> list[Unfinished]:
        """Return the messages that have no vector of the live model and are in no job."""
        live = (await self._spaces.plan()).live
        async with self._database.reading() as snapshot:
            return await without_vector(snapshot, live)

    async def has_stray_vectors(self) -> bool:
        """Say whether the index knows more than the rows."""
        async with self._database.reading() as snapshot:
            difference = await self.vectors(snapshot)
        return difference is not None and difference.strays > 0

    async def clear_vectors(self) -> None:
        """Empty the index; until it is full again the rows are searched."""
        space = await self._space()
        if space is not None:
            await space.index.clear()

    async def _space(self) -> Space | None:
        if not self._has_index:
            return None
        try:
            return self._spaces.of((await self._spaces.plan()).live)
        except NotConfigured:
            return None

    # ── the graph ────────────────────────────────────────────────────────────────────────────
    async def graph(self, snapshot: AsyncConnection) -> Difference | None:
        """Compare by what each relation and mention is known from; None where there is no server.

        Raises Unavailable while it is away.
        """
        if self._graph is None:
            return None
        kept = missing = strays = 0
        for owner_id in await _owners(snapshot):
            theirs = await self._graph.sources(owner_id)
            ours = await _sources(snapshot, owner_id)
            kept += len(theirs)
            missing += len(ours - theirs)
            strays += len(await _gone(snapshot, theirs - ours))
        return Difference(self._graph.name, kept, missing, strays)

    async def drop_stray_relations(self) -> int:
        """Take from the server what is known from nothing any more; return from how much."""
        if self._graph is None:
            return 0
        async with self._database.reading() as snapshot:
            owners, dropped = await _owners(snapshot), 0
        for owner_id in owners:
            theirs = await self._graph.sources(owner_id)
            # Read after the server: what a job tells it in between is in the truth by then.
            async with self._database.reading() as snapshot:
                strays = await _gone(snapshot, theirs - await _sources(snapshot, owner_id))
            if strays:
                await self._graph.delete(sorted(strays))
            dropped += len(strays)
        return dropped


async def _owners(snapshot: AsyncConnection) -> list[OwnerId]:
    found = await snapshot.execute(union(select(people.c.owner_id), select(concepts.c.owner_id)))
    return [OwnerId(owner_id) for owner_id in sorted(found.scalars())]


async def _sources(snapshot: AsyncConnection, owner_id: OwnerId) -> frozenset[str]:
    """Return the messages and facts by which an owner's graph is known."""
    found = await snapshot.execute(
        union(
            select(relations.c.message_id).where(relations.c.owner_id == owner_id),
            select(mentions.c.message_id).where(mentions.c.owner_id == owner_id),
        )
    )
    return frozenset(found.scalars())


async def _gone(snapshot: AsyncConnection, source_ids: frozenset[str]) -> frozenset[str]:
    """Return which of these are neither a message nor a fact: the rest may be on its way."""
    alive: set[str] = set()
    for batch in batches(sorted(source_ids)):
        for table in (messages, facts):
            there = await snapshot.execute(select(table.c.id).where(table.c.id.in_(batch)))
            alive.update(there.scalars())
    return source_ids - alive
