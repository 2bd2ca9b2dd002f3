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
from backend.memory.graph.engines import neo4j_cypher as cypher
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
from backend.memory.graph.validity import alike
from backend.memory.graph.walk import walk, way, weighed

CONNECT_S = 3.0
READ_S = 2.0
WRITE_S = 15.0
STEPS_MAX = 2000

Parameters = Mapping[str, Any]  # Any: Bolt's values


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
        (record,) = await self._run(READ_S, [(cypher.COUNT, {})])
        return int(record["count"])

    async def sources(self, owner_id: OwnerId) -> frozenset[str]:
        """Collect what relations and messages are known from."""
        wanted = {"owner_id": owner_id}
        found = [await self._run(WRITE_S, [(statement, wanted)]) for statement in cypher.SOURCES]
        return frozenset(str(record["id"]) for records in found for record in records)

    async def relate(self, items: Sequence[MessageConcepts]) -> None:
        """Put messages' concepts and relations in place of what they were in one transaction."""
        await self._prepare()
        before = {"messages": [_now(item) for item in items], "groups": cypher.GROUPS}
        await self._run(
            WRITE_S,
            [
                *((statement, before) for statement in cypher.REPLACE),
                (cypher.MENTIONS, {"mentions": [row for item in items for row in _mentions(item)]}),
                (
                    cypher.RELATIONS,
                    {"relations": [row for item in items for row in _relations(item)]},
                ),
                (cypher.SETTLE, {"settled": [row for item in items for row in _settled(item)]}),
            ],
        )

    async def mirror(self, edges: Sequence[Edge]) -> None:
        """Merge what facts say in one transaction; what was never so leaves."""
        await self._prepare()
        so, gone, only = cypher.MIRROR
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
        found = await self._run(READ_S, [(cypher.WEIGHTS, wanted)]) if reached else []
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
        wanted = {"ids": ids, "groups": cypher.GROUPS}
        await self._run(WRITE_S, [(statement, wanted) for statement in cypher.FORGET])

    async def known(self, message_ids: Sequence[str]) -> int:
        """Count the relations and the nodes that bear these messages' ids."""
        wanted = {"ids": list(message_ids)}
        counted = [await self._run(WRITE_S, [(statement, wanted)]) for statement in cypher.KNOWN]
        return sum(int(record["count"]) for (record,) in counted)

    async def _prepare(self) -> None:
        if self._is_prepared:
            return
        for statement in cypher.PREPARE:
            await self._run(WRITE_S, [(statement, {})])
        self._is_prepared = True

    async def _steps(
        self, owner_id: OwnerId, name: str, hops: int, at: Instant | None
    ) -> list[Step]:
        """Return every relation that touches what lies nearer than so many hops."""
        key, qualifier = asked(name)
        meant = {"owner_id": owner_id, "key": key, "qualifier": qualifier}
        near = {
            (row["key"], row["qualifier"])
            for row in await self._run(READ_S, [(cypher.MEANT, meant)])
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
            found = [_step(record) for record in await self._run(READ_S, [(cypher.STEPS, wanted)])]
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


def _now(item: MessageConcepts) -> dict[str, Any]:  # Any: Bolt's values
    """Return what a message names and relates, as it is compared with what it did before."""
    said = item.extracted
    return {
        "id": item.message_id,
        "mentioned": [_named(mention.concept) for mention in said.mentions],
        "related": [
            [*_named(each.subject), each.predicate, *_named(each.object)] for each in said.relations
        ],
    }


def _named(concept: Concept) -> list[str]:
    return [concept.kind.value, *concept.identity]


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
