"""Tells the graph what facts say: since when it is so, and when it is over."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.ids import Ids, OwnerId
from backend.memory.archive.store import batches, held, there
from backend.memory.facts.asking import NEVER_TRUE
from backend.memory.facts.predicates import ObjectKind, predicate
from backend.memory.facts.settling import MIRROR
from backend.memory.facts.types import ONESELF
from backend.memory.graph import Concept, Edge, Graph, GraphRows
from backend.memory.graph.types import ConceptKind, folded
from backend.platform.database.engine import Database
from backend.platform.database.tables import concepts, facts, merges, sources
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob

NODES: Mapping[ObjectKind, ConceptKind] = {
    ObjectKind.PERSON: ConceptKind.PERSON,
    ObjectKind.PLACE: ConceptKind.PLACE,
    ObjectKind.THING: ConceptKind.THING,
}
SPEAKER = "me"  # who says "I" without being known by a name, as the graph's own reader calls them

Ending = Callable[[Transaction, Mapping[str, Any]], Awaitable[None]]  # Any: a job's JSON result


class Mirror:
    """Carries facts into the graph: the server first, then the rows that end the job."""

    def __init__(self, *, database: Database, graph: Graph, ids: Ids) -> None:
        self._database, self._graph, self._rows = database, graph, GraphRows(ids)

    async def mirror(self, fact_ids: Sequence[str], end: Ending) -> None:
        """Tell of facts as they are now, and end the job that asked for it."""
        async with self._database.reading() as connection:
            fact_ids = await _with_company(connection, fact_ids)
            told = await self._edges(connection, fact_ids)
            former = await self._former(connection, fact_ids)
        if told or former:
            await self._graph.mirror([*former, *(edge for _, edge in told)])
            await self._take_back([edge for _, edge in told])
        async with self._database.transaction() as tx:
            # As they are at the commit: whatever changes them later promises a job of its own.
            await held(tx, [edge.message_id for _, edge in told])
            told = await self._edges(tx.connection, fact_ids)
            await self._rows.mirror(tx, await self._unmoved(tx.connection, fact_ids))
            nodes = await self._rows.mirror(tx, [edge for _, edge in told])
            for (fact_id, edge), (subject_id, object_id) in zip(told, nodes, strict=True):
                await tx.execute(
                    update(facts)
                    .where(facts.c.owner_id == edge.owner_id, facts.c.id == fact_id)
                    .values(subject_id=subject_id, object_id=object_id)
                )
            await end(tx, {"mirrored": len(told), "graph": self._graph.name})

    async def _take_back(self, edges: Sequence[Edge]) -> None:
        """Delete from the server what was forgotten while it was told of."""
        said_in = sorted({edge.message_id for edge in edges})
        async with self._database.reading() as connection:
            alive = await there(connection, said_in) | await _known_facts(connection, said_in)
        if gone := [each for each in said_in if each not in alive]:
            await self._graph.delete(gone)

    async def _edges(
        self, connection: AsyncConnection, fact_ids: Sequence[str]
    ) -> list[tuple[str, Edge]]:
        """Return facts with what they say of two concepts, one for each source."""
        return [
            (row.id, await self._edge(connection, row, _subject(row)))
            for row in await _sources(connection, fact_ids)
        ]

    async def _former(self, connection: AsyncConnection, fact_ids: Sequence[str]) -> list[Edge]:
        """Return what was told of the same facts by other names, or less exactly."""
        found: list[Edge] = []
        for row in await _sources(connection, fact_ids):
            now = folded(row.subject), folded(row.qualifier)
            others = await _undone(connection, row) if row.subject != ONESELF else []
            if row.name != ONESELF and (folded(row.name), folded(row.said_which)) != now:
                others.append(Concept(ConceptKind.PERSON, row.name, folded(row.said_which)))
            for other in others:
                edge = await self._edge(connection, row, other)
                found.append(replace(edge, is_gone=True))
            if folded(row.said_object) != folded(row.object):
                edge = await self._edge(connection, row, _subject(row))
                kind = NODES[predicate(row.predicate).kind]
                less_exact = await self._known(
                    connection, edge.owner_id, Concept(kind, row.said_object)
                )
                found.append(replace(edge, object=less_exact, is_gone=True))
        return found

    async def _unmoved(self, connection: AsyncConnection, fact_ids: Sequence[str]) -> list[Edge]:
        """Return those of former names whose rows no merge has moved to the name that is kept."""
        found: list[Edge] = []
        for edge in await self._former(connection, fact_ids):
            merged = select(concepts.c.id).where(
                concepts.c.owner_id == edge.owner_id,
                concepts.c.key == edge.subject.key,
                concepts.c.qualifier == folded(edge.subject.qualifier),
                concepts.c.merged_into != "",
            )
            if (await connection.execute(merged)).first() is None:
                found.append(edge)
        return found

    async def _edge(self, connection: AsyncConnection, row: Row[Any], named: Concept) -> Edge:
        owner_id, kind = OwnerId(row.owner_id), NODES[predicate(row.predicate).kind]
        return Edge(
            owner_id=owner_id,
            subject=await self._known(connection, owner_id, named),
            predicate=row.predicate,
            object=await self._known(connection, owner_id, Concept(kind, row.object)),
            message_id=row.said_in or row.id,
            valid_from=Instant(row.valid_from),
            valid_to=None if row.valid_to is None else Instant(row.valid_to),
            is_gone=row.is_withdrawn or row.retracted_as in NEVER_TRUE,
        )

    async def _known(
        self, connection: AsyncConnection, owner_id: OwnerId, named: Concept
    ) -> Concept:
        """Return what bears this name already, so that Lisbon is not a place and a thing."""
        rows = await connection.execute(
            select(concepts.c.kind, concepts.c.name, concepts.c.qualifier)
            .where(concepts.c.owner_id == owner_id, concepts.c.key == named.key)
            .order_by(concepts.c.kind != named.kind.value, concepts.c.id)
        )
        for row in rows:
            if row.qualifier == folded(named.qualifier):
                return Concept(ConceptKind(row.kind), row.name, row.qualifier)
        return named


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


def _subject(row: Row[Any]) -> Concept:  # Any: SQLAlchemy's row
    name = row.subject if row.subject != ONESELF else row.speaker or SPEAKER
    return Concept(ConceptKind.PERSON, name, row.qualifier)


async def _sources(
    connection: AsyncConnection, fact_ids: Sequence[str]
) -> list[Row[Any]]:  # Any: SQLAlchemy's row
    """Return facts that link two concepts, once with each source."""
    found: list[Row[Any]] = []  # Any: the same
    for batch in batches(fact_ids):
        rows = await connection.execute(
            select(
                facts,
                sources.c.message_id.label("said_in"),
                sources.c.name,
                sources.c.object.label("said_object"),
                sources.c.qualifier.label("said_which"),
                sources.c.speaker,
                sources.c.is_withdrawn,
            )
            .join(sources, sources.c.fact_id == facts.c.id)
            .where(facts.c.id.in_(batch), sources.c.owner_id == facts.c.owner_id)
            .order_by(sources.c.said_at, sources.c.id)
        )
        found += [row for row in rows if predicate(row.predicate).kind in NODES]
    return found


async def _known_facts(connection: AsyncConnection, ids: Sequence[str]) -> frozenset[str]:
    """Return which of these are facts: what nobody said in a message bears its fact's own id."""
    found: set[str] = set()
    for batch in batches(ids):
        query = select(facts.c.id).where(facts.c.id.in_(batch))
        found.update((await connection.execute(query)).scalars())
    return frozenset(found)


async def _undone(connection: AsyncConnection, row: Row[Any]) -> list[Concept]:
    """Return the names under which a fact's subject was known until a merge was undone."""
    gone, kept = concepts.alias("gone"), concepts.alias("kept")
    rows = await connection.execute(
        select(kept.c.kind, kept.c.name, kept.c.qualifier)
        .join(merges, merges.c.kept_id == kept.c.id)
        .join(gone, gone.c.id == merges.c.merged_id)
        .where(
            merges.c.owner_id == row.owner_id,
            merges.c.undone_at.is_not(None),
            gone.c.merged_into == "",
            gone.c.key == folded(row.subject),
            gone.c.qualifier == folded(row.qualifier),
        )
    )
    return [Concept(ConceptKind(each.kind), each.name, each.qualifier) for each in rows]
