"""The graph on a Neo4j 5 server: Cypher over Bolt, every node and relation marked by its owner."""

import asyncio
from collections.abc import Mapping, Sequence
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
    asked,
)
from backend.memory.graph.validity import SINGLE, alike
from backend.memory.graph.walk import walk, way, weighed

CONNECT_S = 3.0
READ_S = 2.0
WRITE_S = 15.0
STEPS_MAX = 2000

Parameters = Mapping[str, Any]  # Any: Bolt's values

# One constraint makes MERGE of the same concept by two workers one node, not two.
_PREPARE: tuple[LiteralString, ...] = (
    "DROP CONSTRAINT concept_identity IF EXISTS",  # of the time before qualifiers
    "MATCH (c:Concept) WHERE c.qualifier IS NULL SET c.qualifier = ''",
    "CREATE CONSTRAINT concept_qualified_identity IF NOT EXISTS FOR (c:Concept) "
    "REQUIRE (c.owner_id, c.kind, c.key, c.qualifier) IS UNIQUE",
    "CREATE CONSTRAINT message_identity IF NOT EXISTS FOR (m:Message) REQUIRE m.id IS UNIQUE",
    "CREATE INDEX relation_message IF NOT EXISTS FOR ()-[r:RELATES]-() ON (r.message_id)",
    "CREATE INDEX concept_key IF NOT EXISTS FOR (c:Concept) ON (c.owner_id, c.key)",
)
_MENTIONS: LiteralString = (
    "UNWIND $mentions AS each "
    "MERGE (m:Message {id: each.message_id}) "
    "SET m.owner_id = each.owner_id, m.said_at = each.said_at "
    "MERGE (c:Concept {owner_id: each.owner_id, kind: each.kind, key: each.key, "
    "qualifier: each.qualifier}) "
    "ON CREATE SET c.name = each.name "
    "MERGE (m)-[r:MENTIONS]->(c) SET r.weight = each.weight"
)
_RELATIONS: LiteralString = (
    "UNWIND $relations AS each "
    "MATCH (s:Concept {owner_id: each.owner_id, kind: each.subject_kind, key: each.subject_key, "
    "qualifier: each.subject_qualifier}) "
    "MATCH (o:Concept {owner_id: each.owner_id, kind: each.object_kind, key: each.object_key, "
    "qualifier: each.object_qualifier}) "
    "MERGE (s)-[r:RELATES {predicate: each.predicate, message_id: each.message_id}]->(o) "
    "SET r.owner_id = each.owner_id, r.valid_from = each.said_at"
)
# What was said last holds where only one thing can be true, in whatever order it is told.
_SETTLE: LiteralString = (
    "UNWIND $settled AS each "
    "MATCH (s:Concept {owner_id: each.owner_id, kind: each.kind, key: each.key, "
    "qualifier: each.qualifier})-[r:RELATES]->(o) WHERE r.predicate IN each.predicates "
    "WITH each, r, o ORDER BY r.valid_from, r.message_id "
    "WITH each, collect({r: r, object: elementId(o), since: r.valid_from}) AS said "
    "UNWIND range(0, size(said) - 1) AS place "
    "WITH said[place].r AS r, [later IN said[place + 1..] "
    "WHERE later.object <> said[place].object | later.since][0] AS until "
    "WITH r, until WHERE until IS NOT NULL AND (r.valid_to IS NULL OR r.valid_to > until) "
    "SET r.valid_to = until"
)
_STEPS: LiteralString = (
    "MATCH (near:Concept {owner_id: $owner_id})-[r:RELATES {owner_id: $owner_id}]-() "
    "WHERE [near.key, near.qualifier] IN $near AND "
    "CASE WHEN $at IS NULL THEN r.valid_to IS NULL "
    "ELSE r.valid_from <= $at AND (r.valid_to IS NULL OR r.valid_to > $at) END "
    "WITH DISTINCT r "
    "RETURN startNode(r) AS subject, endNode(r) AS object, r.predicate AS predicate, "
    "r.message_id AS message_id, r.valid_from AS valid_from, r.valid_to AS valid_to "
    "ORDER BY r.valid_from, message_id, predicate LIMIT $limit"
)
_MEANT: LiteralString = (
    "MATCH (c:Concept {owner_id: $owner_id, key: $key}) "
    "WHERE $qualifier IS NULL OR c.qualifier = $qualifier "
    "RETURN DISTINCT c.key AS key, c.qualifier AS qualifier"
)
_WEIGHTS: LiteralString = (
    "MATCH (c:Concept {owner_id: $owner_id})<-[r:MENTIONS]-() "
    "WHERE [c.key, c.qualifier] IN $near "
    "RETURN c.key AS key, c.qualifier AS qualifier, sum(r.weight) AS weight"
)
_MIRROR: tuple[LiteralString, ...] = (
    "UNWIND $edges AS each "
    "MERGE (s:Concept {owner_id: each.owner_id, kind: each.subject_kind, key: each.subject_key, "
    "qualifier: each.subject_qualifier}) ON CREATE SET s.name = each.subject_name "
    "MERGE (o:Concept {owner_id: each.owner_id, kind: each.object_kind, key: each.object_key, "
    "qualifier: each.object_qualifier}) ON CREATE SET o.name = each.object_name "
    "MERGE (s)-[r:RELATES {predicate: each.predicate, message_id: each.message_id}]->(o) "
    "SET r.owner_id = each.owner_id, r.valid_from = each.valid_from "
    "WITH s, o, each MATCH (s)-[all:RELATES {message_id: each.message_id}]->(o) "
    "SET all.valid_to = each.valid_to",
    "UNWIND $gone AS each "
    "MATCH (s:Concept {owner_id: each.owner_id, kind: each.subject_kind, key: each.subject_key, "
    "qualifier: each.subject_qualifier})-[r:RELATES {message_id: each.message_id}]->"
    "(o:Concept {owner_id: each.owner_id, kind: each.object_kind, key: each.object_key, "
    "qualifier: each.object_qualifier}) DELETE r",
    # What the same words were taken to say otherwise: Rome, where "Rome, Italy" is so.
    "UNWIND $told AS each "
    "MATCH (s:Concept {owner_id: each.owner_id, kind: each.subject_kind, key: each.subject_key, "
    "qualifier: each.subject_qualifier})-[r:RELATES {message_id: each.message_id}]->(o) "
    "WHERE r.predicate IN each.predicates AND NOT o.key IN each.objects DELETE r",
)
_FORGET: tuple[LiteralString, ...] = (
    "MATCH (s)-[gone:RELATES]->() WHERE gone.message_id IN $ids UNWIND $groups AS predicates "
    "WITH s, gone, predicates WHERE gone.predicate IN predicates "
    "MATCH (s)-[r:RELATES]->() WHERE r.predicate IN predicates AND r.valid_to = gone.valid_from "
    "SET r.valid_to = null",
    "MATCH ()-[r:RELATES]->() WHERE r.message_id IN $ids DELETE r",
    "MATCH (m:Message) WHERE m.id IN $ids DETACH DELETE m",
    "MATCH (c:Concept) WHERE NOT (c)--() DELETE c",
)
_KNOWN: tuple[LiteralString, ...] = (
    "MATCH ()-[r:RELATES]->() WHERE r.message_id IN $ids RETURN count(r) AS count",
    "MATCH (m:Message) WHERE m.id IN $ids RETURN count(m) AS count",
)
_SOURCES: tuple[LiteralString, ...] = (
    "MATCH ()-[r:RELATES {owner_id: $owner_id}]->() RETURN DISTINCT r.message_id AS id",
    "MATCH (m:Message {owner_id: $owner_id}) RETURN m.id AS id",
)
_COUNT: LiteralString = "MATCH ()-[r:RELATES]->() RETURN count(r) AS count"


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

    async def count(self) -> int:
        """Count the relations."""
        (record,) = await self._run(READ_S, [(_COUNT, {})])
        return int(record["count"])

    async def sources(self, owner_id: OwnerId) -> frozenset[str]:
        """Collect what relations and messages are known from."""
        wanted = {"owner_id": owner_id}
        found = [await self._run(WRITE_S, [(statement, wanted)]) for statement in _SOURCES]
        return frozenset(str(record["id"]) for records in found for record in records)

    async def relate(self, items: Sequence[MessageConcepts]) -> None:
        """Merge messages' concepts and relations in one transaction."""
        await self._prepare()
        await self._run(
            WRITE_S,
            [
                (_MENTIONS, {"mentions": [row for item in items for row in _mentions(item)]}),
                (_RELATIONS, {"relations": [row for item in items for row in _relations(item)]}),
                (_SETTLE, {"settled": [row for item in items for row in _settled(item)]}),
            ],
        )

    async def mirror(self, edges: Sequence[Edge]) -> None:
        """Merge what facts say in one transaction; what was never so leaves."""
        await self._prepare()
        so, gone, only = _MIRROR
        await self._run(
            WRITE_S,
            [
                (so, {"edges": [_edge(edge) for edge in edges if not edge.is_gone]}),
                (gone, {"gone": [_edge(edge) for edge in edges if edge.is_gone]}),
                (only, {"told": _told([edge for edge in edges if not edge.is_gone])}),
            ],
        )

    async def related(
        self, owner_id: OwnerId, name: str, *, hops: int = 2, at: Instant | None = None
    ) -> list[Related]:
        """Walk from a name."""
        hops = min(hops, HOPS_MAX)
        reached = walk(name, hops, await self._steps(owner_id, name, hops, at))
        wanted = {"owner_id": owner_id, "near": [list(each.concept.identity) for each in reached]}
        found = await self._run(READ_S, [(_WEIGHTS, wanted)]) if reached else []
        weights = {(row["key"], row["qualifier"]): float(row["weight"]) for row in found}
        return weighed(reached, weights)

    async def path(
        self, owner_id: OwnerId, start: str, *, end: str, at: Instant | None = None
    ) -> list[Step]:
        """Walk as far as ever: `shortestPath` fails when both ends are one."""
        steps = await self._steps(owner_id, start, HOPS_MAX, at)
        return way(walk(start, HOPS_MAX, steps), end)

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Forget messages, their relations, and the concepts that are left alone."""
        ids = list(message_ids)
        wanted = {"ids": ids, "groups": [sorted(group) for group in SINGLE]}
        await self._run(WRITE_S, [(statement, wanted) for statement in _FORGET])

    async def known(self, message_ids: Sequence[str]) -> int:
        """Count the relations and the nodes that bear these messages' ids."""
        wanted = {"ids": list(message_ids)}
        counted = [await self._run(WRITE_S, [(statement, wanted)]) for statement in _KNOWN]
        return sum(int(record["count"]) for (record,) in counted)

    async def _prepare(self) -> None:
        if self._is_prepared:
            return
        for statement in _PREPARE:
            await self._run(WRITE_S, [(statement, {})])
        self._is_prepared = True

    async def _steps(
        self, owner_id: OwnerId, name: str, hops: int, at: Instant | None
    ) -> list[Step]:
        """Return every relation that touches what lies nearer than so many hops."""
        key, qualifier = asked(name)
        meant = {"owner_id": owner_id, "key": key, "qualifier": qualifier}
        near = {
            (row["key"], row["qualifier"]) for row in await self._run(READ_S, [(_MEANT, meant)])
        }
        steps: dict[Step, None] = {}
        seen = set(near)
        for _ in range(hops):
            if not near:
                break
            wanted = {
                "owner_id": owner_id,
                "near": [list(each) for each in sorted(near)],
                "at": None if at is None else _utc(at),
                "limit": STEPS_MAX,
            }
            found = [_step(record) for record in await self._run(READ_S, [(_STEPS, wanted)])]
            steps.update(dict.fromkeys(found))
            ends = {end.identity for step in found for end in (step.subject, step.object)}
            near = ends - seen
            seen |= ends
        return list(steps)

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
            "qualifier": mention.concept.identity[1],
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
            "subject_qualifier": relation.subject.identity[1],
            "object_kind": relation.object.kind.value,
            "object_key": relation.object.key,
            "object_qualifier": relation.object.identity[1],
        }
        for relation in item.extracted.relations
    ]


def _settled(item: MessageConcepts) -> list[dict[str, Any]]:  # Any: Bolt's values
    return [
        {
            "owner_id": item.owner_id,
            "kind": relation.subject.kind.value,
            "key": relation.subject.key,
            "qualifier": relation.subject.identity[1],
            "predicates": sorted(predicates),
        }
        for relation in item.extracted.relations
        if (predicates := alike(relation.predicate))
    ]


def _edge(edge: Edge) -> dict[str, Any]:  # Any: Bolt's values
    return {
        "message_id": edge.message_id,
        "owner_id": edge.owner_id,
        "predicate": edge.predicate,
        "subject_kind": edge.subject.kind.value,
        "subject_key": edge.subject.key,
        "subject_qualifier": edge.subject.identity[1],
        "subject_name": edge.subject.name,
        "object_kind": edge.object.kind.value,
        "object_key": edge.object.key,
        "object_qualifier": edge.object.identity[1],
        "object_name": edge.object.name,
        "valid_from": _utc(edge.valid_from),
        "valid_to": None if edge.valid_to is None else _utc(edge.valid_to),
    }


def _told(edges: Sequence[Edge]) -> list[dict[str, Any]]:  # Any: Bolt's values
    """Return all objects that the same words say of a subject, and the predicates they fill."""
    found: dict[tuple[str, Concept, str], dict[str, Any]] = {}  # Any: the same
    for edge in edges:
        same_words = edge.owner_id, edge.subject, edge.message_id
        each = found.setdefault(same_words, _edge(edge) | {"predicates": [], "objects": []})
        each["predicates"] += sorted(alike(edge.predicate))
        each["objects"].append(edge.object.key)
    return [each for each in found.values() if each["predicates"]]


def _utc(instant: Instant) -> datetime:
    # Neo4j matches a time without a zone with nothing.
    return datetime.fromtimestamp(instant / SECOND, tz=UTC)


def _step(record: Record) -> Step:
    return Step(
        subject=_concept(record["subject"]),
        predicate=record["predicate"],
        object=_concept(record["object"]),
        message_id=record["message_id"],
        valid_from=_instant(record["valid_from"]) or Instant(0),
        valid_to=_instant(record["valid_to"]),
    )


def _concept(node: Any) -> Concept:  # Any: Bolt's node
    return Concept(ConceptKind(node["kind"]), node["name"], node["qualifier"] or "")


def _instant(moment: Any) -> Instant | None:  # Any: Bolt's moment
    return None if moment is None else Instant(round(moment.to_native().timestamp() * SECOND))
