"""The graph on a Neo4j 5 server: Cypher over Bolt, every node and relation marked by its owner."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString

from neo4j import AsyncGraphDatabase, Record
from neo4j.exceptions import DriverError, Neo4jError

from backend.kernel.clock import SECOND, Instant
from backend.kernel.errors import Unavailable
from backend.kernel.ids import OwnerId
from backend.memory.graph.store import HOPS_MAX
from backend.memory.graph.types import (
    Concept,
    ConceptKind,
    Edge,
    MessageConcepts,
    Related,
    Step,
    folded,
)
from backend.memory.graph.walk import walk, way

CONNECT_S = 3.0
READ_S = 2.0
WRITE_S = 15.0
STEPS_MAX = 500

Parameters = Mapping[str, Any]  # Any: Bolt's values

# One constraint makes MERGE of the same concept by two workers one node, not two.
_PREPARE: tuple[LiteralString, ...] = (
    "CREATE CONSTRAINT concept_identity IF NOT EXISTS FOR (c:Concept) "
    "REQUIRE (c.owner_id, c.kind, c.key) IS UNIQUE",
    "CREATE CONSTRAINT message_identity IF NOT EXISTS FOR (m:Message) REQUIRE m.id IS UNIQUE",
    "CREATE INDEX relation_message IF NOT EXISTS FOR ()-[r:RELATES]-() ON (r.message_id)",
)
_MENTIONS: LiteralString = (
    "UNWIND $mentions AS each "
    "MERGE (m:Message {id: each.message_id}) "
    "SET m.owner_id = each.owner_id, m.said_at = each.said_at "
    "MERGE (c:Concept {owner_id: each.owner_id, kind: each.kind, key: each.key}) "
    "ON CREATE SET c.name = each.name "
    "MERGE (m)-[r:MENTIONS]->(c) SET r.weight = each.weight"
)
_RELATIONS: LiteralString = (
    "UNWIND $relations AS each "
    "MATCH (s:Concept {owner_id: each.owner_id, kind: each.subject_kind, key: each.subject_key}) "
    "MATCH (o:Concept {owner_id: each.owner_id, kind: each.object_kind, key: each.object_key}) "
    "MERGE (s)-[r:RELATES {predicate: each.predicate, message_id: each.message_id}]->(o) "
    "SET r.owner_id = each.owner_id, r.valid_from = each.said_at"
)
_NEIGHBOURS: LiteralString = (
    "MATCH (near:Concept {owner_id: $owner_id})-[r:RELATES {owner_id: $owner_id}]-() "
    "WHERE near.key IN $keys AND r.valid_to IS NULL WITH DISTINCT r "
    "RETURN startNode(r).kind AS subject_kind, startNode(r).name AS subject_name, "
    "r.predicate AS predicate, endNode(r).kind AS object_kind, endNode(r).name AS object_name, "
    "r.message_id AS message_id ORDER BY r.valid_from, message_id, predicate LIMIT $limit"
)
_MIRROR: tuple[LiteralString, ...] = (
    "UNWIND $edges AS each "
    "MERGE (s:Concept {owner_id: each.owner_id, kind: each.subject_kind, key: each.subject_key}) "
    "ON CREATE SET s.name = each.subject_name "
    "MERGE (o:Concept {owner_id: each.owner_id, kind: each.object_kind, key: each.object_key}) "
    "ON CREATE SET o.name = each.object_name "
    "MERGE (s)-[r:RELATES {predicate: each.predicate, message_id: each.message_id}]->(o) "
    "SET r.owner_id = each.owner_id, r.valid_from = each.valid_from "
    "WITH s, o, each MATCH (s)-[all:RELATES {message_id: each.message_id}]->(o) "
    "SET all.valid_to = each.valid_to",
    "UNWIND $gone AS each "
    "MATCH (s:Concept {owner_id: each.owner_id, kind: each.subject_kind, key: each.subject_key})"
    "-[r:RELATES {message_id: each.message_id}]->"
    "(o:Concept {owner_id: each.owner_id, kind: each.object_kind, key: each.object_key}) DELETE r",
)
_FORGET: tuple[LiteralString, ...] = (
    "MATCH ()-[r:RELATES]->() WHERE r.message_id IN $ids DELETE r",
    "MATCH (m:Message) WHERE m.id IN $ids DETACH DELETE m",
    "MATCH (c:Concept) WHERE NOT (c)--() DELETE c",
)


class Neo4jGraph:
    """Mirrors the relation tables; the job that mirrors is tried again while the server is away."""

    name = "neo4j"

    def __init__(self, uri: str, *, user: str, password: str) -> None:
        self._driver = AsyncGraphDatabase.driver(
            uri,
            auth=(user, password),
            connection_timeout=CONNECT_S,
            connection_acquisition_timeout=CONNECT_S,
            max_transaction_retry_time=0,  # the job ledger does the trying again
            telemetry_disabled=True,
        )
        self._is_prepared = False

    async def close(self) -> None:
        """Close every connection."""
        await self._driver.close()

    async def check(self) -> None:
        """Prove that the server answers."""
        await self._run(READ_S, [("RETURN 1", {})])

    async def relate(self, items: Sequence[MessageConcepts]) -> None:
        """Merge messages' concepts and relations in one transaction."""
        await self._prepare()
        await self._run(
            WRITE_S,
            [
                (_MENTIONS, {"mentions": [row for item in items for row in _mentions(item)]}),
                (_RELATIONS, {"relations": [row for item in items for row in _relations(item)]}),
            ],
        )

    async def mirror(self, edges: Sequence[Edge]) -> None:
        """Merge what facts say in one transaction; what was never so leaves."""
        await self._prepare()
        so, gone = _MIRROR
        await self._run(
            WRITE_S,
            [
                (so, {"edges": [_edge(edge) for edge in edges if not edge.is_gone]}),
                (gone, {"gone": [_edge(edge) for edge in edges if edge.is_gone]}),
            ],
        )

    async def related(self, owner_id: OwnerId, name: str, *, hops: int = 2) -> list[Related]:
        """Walk from a name."""
        return await self._walk(owner_id, name, min(hops, HOPS_MAX))

    async def path(self, owner_id: OwnerId, start: str, *, end: str) -> list[Step]:
        """Walk as far as ever: `shortestPath` fails when both ends are one."""
        return way(await self._walk(owner_id, start, HOPS_MAX), folded(end))

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Forget messages, their relations, and the concepts that are left alone."""
        ids = list(message_ids)
        await self._run(WRITE_S, [(statement, {"ids": ids}) for statement in _FORGET])

    async def _prepare(self) -> None:
        if self._is_prepared:
            return
        for statement in _PREPARE:
            await self._run(WRITE_S, [(statement, {})])
        self._is_prepared = True

    async def _walk(self, owner_id: OwnerId, name: str, hops: int) -> list[Related]:
        async def neighbours(keys: Collection[str]) -> list[Step]:
            wanted = {"owner_id": owner_id, "keys": list(keys), "limit": STEPS_MAX}
            return [_step(record) for record in await self._run(READ_S, [(_NEIGHBOURS, wanted)])]

        return await walk(folded(name), hops, neighbours)

    async def _run(
        self, deadline_s: float, statements: Sequence[tuple[LiteralString, Parameters]]
    ) -> list[Record]:
        """Run statements in one transaction, within a deadline, and return the last one's rows."""
        records: list[Record] = []
        try:
            async with (
                asyncio.timeout(deadline_s),
                self._driver.session() as session,
                await session.begin_transaction(timeout=deadline_s) as tx,
            ):
                for statement, parameters in statements:
                    result = await tx.run(statement, dict(parameters))
                    records = [record async for record in result]
                await tx.commit()
        except (TimeoutError, OSError, Neo4jError, DriverError) as failure:
            raise Unavailable(
                "Neo4j does not answer.", cure="check NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD"
            ) from failure
        return records


def _mentions(item: MessageConcepts) -> list[dict[str, Any]]:  # Any: Bolt's values
    return [
        {
            "message_id": item.message_id,
            "owner_id": item.owner_id,
            "said_at": _utc(item.said_at),
            "kind": mention.concept.kind.value,
            "key": mention.concept.key,
            "name": mention.concept.name,
            "weight": mention.weight,
        }
        for mention in item.extracted.mentions
    ]


def _relations(item: MessageConcepts) -> list[dict[str, Any]]:  # Any: Bolt's values
    return [
        {
            "message_id": item.message_id,
            "owner_id": item.owner_id,
            "said_at": _utc(item.said_at),
            "predicate": relation.predicate,
            "subject_kind": relation.subject.kind.value,
            "subject_key": relation.subject.key,
            "object_kind": relation.object.kind.value,
            "object_key": relation.object.key,
        }
        for relation in item.extracted.relations
    ]


def _edge(edge: Edge) -> dict[str, Any]:  # Any: Bolt's values
    return {
        "message_id": edge.message_id,
        "owner_id": edge.owner_id,
        "predicate": edge.predicate,
        "subject_kind": edge.subject.kind.value,
        "subject_key": edge.subject.key,
        "subject_name": edge.subject.name,
        "object_kind": edge.object.kind.value,
        "object_key": edge.object.key,
        "object_name": edge.object.name,
        "valid_from": _utc(edge.valid_from),
        "valid_to": None if edge.valid_to is None else _utc(edge.valid_to),
    }


def _utc(instant: Instant) -> datetime:
    # Neo4j matches a time without a zone with nothing.
    return datetime.fromtimestamp(instant / SECOND, tz=UTC)


def _step(record: Record) -> Step:
    return Step(
        subject=Concept(ConceptKind(record["subject_kind"]), record["subject_name"]),
        predicate=record["predicate"],
        object=Concept(ConceptKind(record["object_kind"]), record["object_name"]),
        message_id=record["message_id"],
    )
