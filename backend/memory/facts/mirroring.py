"""Tells the graph what facts say: since when it is so, and when it is over.

What a fact was said in grows with the years: so it is told in parts, by where it was said, and of
each part only what the rows do not say yet is written.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import Ids, OwnerId
from backend.memory.archive.store import held, there
from backend.memory.facts.bearers import to_relate
from backend.memory.facts.edges import Telling, telling
from backend.memory.facts.retelling import Spoken, relate_again
from backend.memory.facts.settling import MIRROR
from backend.memory.graph import Edge, Graph, GraphRows
from backend.platform.database.batches import batches
from backend.platform.database.engine import Database
from backend.platform.database.tables import facts, sources
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob

PART = 200  # messages whose edges are told at once: a call's turn waits for no more than these

Ending = Callable[[Transaction, Mapping[str, Any]], Awaitable[None]]  # Any: a job's JSON result


class Mirror:
    """Carries facts into the graph: the server first, then the rows that end the job."""

    def __init__(
        self, *, database: Database, graph: Graph, ids: Ids, jobs: Ledger | None = None
    ) -> None:
        """`jobs` take the promise that names are related anew which facts tell apart."""
        self._database, self._graph, self._rows = database, graph, GraphRows(ids)
        self._jobs = jobs

    async def mirror(self, fact_ids: Sequence[str], end: Ending) -> None:
        """Tell of facts as they are now, and end the job that asked for it."""
        async with self._database.reading() as connection:
            fact_ids = await _with_company(connection, fact_ids)
            found = await telling(connection, fact_ids)
        if found:
            for part in _parts(found):
                await self._graph.mirror(part)
            await self._take_back(found.edges)
        said_in = sorted({edge.message_id for edge in found.edges})
        *before, last = list(batches(said_in, PART)) or [[]]
        for some in before:
            async with self._database.transaction() as tx:
                await self._write(tx, fact_ids, some)
        async with self._database.transaction() as tx:
            await self._write(tx, fact_ids, last)
            if self._jobs is not None:
                await _name_again(tx, self._jobs, fact_ids)
            await end(tx, {"mirrored": len(found.held), "graph": self._graph.name})

    async def _write(
        self, tx: Transaction, fact_ids: Sequence[str], said_in: Sequence[str]
    ) -> None:
        """Write what was said there, as it is at the commit.

        Whatever changes it later promises a job of its own.
        """
        await held(tx, said_in)
        found = await telling(tx.connection, fact_ids, said_in)
        await self._rows.mirror(tx, found.unmoved)
        nodes = await self._rows.mirror(tx, found.edges)
        for each, (subject_id, object_id) in zip(found.held, nodes, strict=True):
            if each.nodes != (subject_id, object_id):
                await tx.execute(
                    update(facts)
                    .where(facts.c.owner_id == each.edge.owner_id, facts.c.id == each.fact_id)
                    .values(subject_id=subject_id, object_id=object_id)
                )

    async def _take_back(self, edges: Sequence[Edge]) -> None:
        """Delete from the server what was forgotten while it was told of."""
        said_in = sorted({edge.message_id for edge in edges})
        async with self._database.reading() as connection:
            alive = await there(connection, said_in) | await _known_facts(connection, said_in)
        if gone := [each for each in said_in if each not in alive]:
            await self._graph.delete(gone)


async def _name_again(tx: Transaction, jobs: Ledger, fact_ids: Sequence[str]) -> None:
    """Promise that messages are related anew which name somebody whom these facts tell apart."""
    for owner_id, message_ids in sorted((await to_relate(tx.connection, fact_ids)).items()):
        spoken = Spoken(owner_id, tuple(message_ids), ())
        await relate_again(tx, jobs, spoken, cause=f"named:{message_ids[0]}:{tx.at}")


def _parts(found: Telling) -> Iterator[list[Edge]]:
    """Cut what is told into parts that a server takes in one go, each message in one of them."""
    by_message: dict[str, list[Edge]] = {}
    for edge in [*found.former, *found.edges]:
        by_message.setdefault(edge.message_id, []).append(edge)
    for some in batches(sorted(by_message), PART):
        yield [edge for message_id in some for edge in by_message[message_id]]


async def _with_company(connection: AsyncConnection, fact_ids: Sequence[str]) -> list[str]:
    """Return facts with all that the same words say: what they say besides is told anew with it."""
    found = set(fact_ids)
    beside = sources.alias("beside")
    for batch in batches(sorted(fact_ids)):
        query = (
            select(beside.c.fact_id)
            .join(
                sources,
                and_(
                    sources.c.owner_id == beside.c.owner_id,
                    sources.c.message_id == beside.c.message_id,
                ),
            )
            .where(sources.c.fact_id.in_(batch), sources.c.message_id != "")
            .distinct()
        )
        found.update((await connection.execute(query)).scalars())
    return sorted(found)


async def mirror_again(tx: Transaction, jobs: Ledger, message_ids: Sequence[str]) -> None:
    """Promise that facts are told anew after the messages that they are from were related.

    What relates a message reads it alone: it knows neither what is over nor who may say so, and
    lets what was said last hold. The facts know better, in whatever order the jobs come; so do all
    others that fill the same place.
    """
    alike = facts.alias("alike")
    owners: dict[OwnerId, set[str]] = {}
    for batch in batches(message_ids):
        query = (
            select(alike.c.owner_id, alike.c.id)
            .join(
                facts,
                and_(
                    facts.c.owner_id == alike.c.owner_id,
                    facts.c.subject_key == alike.c.subject_key,
                    facts.c.slot == alike.c.slot,
                ),
            )
            .join(sources, sources.c.fact_id == facts.c.id)
            .where(sources.c.message_id.in_(batch), sources.c.owner_id == facts.c.owner_id)
            .distinct()
        )
        for row in await tx.execute(query):
            owners.setdefault(OwnerId(row.owner_id), set()).add(row.id)
    for owner_id, found in sorted(owners.items()):
        for start, fact_ids in enumerate(batches(sorted(found))):
            key = f"{MIRROR}:related:{message_ids[0]}:{tx.at}:{owner_id}:{start}"
            job = NewJob(MIRROR, {"fact_ids": list(fact_ids)}, key, owner_id=owner_id)
            await jobs.add(tx, job)


async def _known_facts(connection: AsyncConnection, ids: Sequence[str]) -> frozenset[str]:
    """Return which of these are facts: what nobody said in a message bears its fact's own id."""
    found: set[str] = set()
    for batch in batches(ids):
        query = select(facts.c.id).where(facts.c.id.in_(batch))
        found.update((await connection.execute(query)).scalars())
    return frozenset(found)
