"""The graph by the relation tables themselves: no server, and always as new as the truth.

One recursive query gives every relation within reach of a name; the way to each is found in it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Row,
    and_,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.forgetting import Kind
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
from backend.memory.graph.walk import walk, way, weighed
from backend.platform.database.engine import Database
from backend.platform.database.tables import concepts, mentions, relations
from backend.platform.forgetting.hiding import is_kept

STEPS_MAX = 2000  # whoever knows more people is asked about the nearest

_subject = concepts.alias("subject")
_object = concepts.alias("object")


class TablesGraph:
    """Walks by a recursive query."""

    name = "tables"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def relate(self, items: Sequence[MessageConcepts]) -> None:
        """Do nothing: the rows that are committed beside it are the graph."""

    async def mirror(self, edges: Sequence[Edge]) -> None:
        """Do nothing: the rows that are committed beside it are the graph."""

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Do nothing: the rows that are deleted beside it were the graph."""

    async def known(self, message_ids: Sequence[str]) -> int:
        """Return nothing beside the rows, which are counted where they are deleted."""
        return 0

    async def related(
        self, owner_id: OwnerId, name: str, *, hops: int = 2, at: Instant | None = None
    ) -> list[Related]:
        """Walk from a name."""
        hops = min(hops, HOPS_MAX)
        async with self._database.reading() as connection:
            reached = walk(name, hops, await _steps(connection, owner_id, name, hops, at))
            weights = await _weights(connection, owner_id, [each.concept for each in reached])
        return weighed(reached, weights)

    async def path(
        self, owner_id: OwnerId, start: str, *, end: str, at: Instant | None = None
    ) -> list[Step]:
        """Walk as far as ever, and keep the way to the end."""
        async with self._database.reading() as connection:
            steps = await _steps(connection, owner_id, start, HOPS_MAX, at)
        return way(walk(start, HOPS_MAX, steps), end)


async def _steps(
    connection: AsyncConnection, owner_id: OwnerId, name: str, hops: int, at: Instant | None
) -> list[Step]:
    """Return every relation that touches what lies nearer than so many hops, the nearest first."""
    near = _reach(owner_id, name, hops - 1, at)
    touching = (
        select(relations.c.id, func.min(near.c.hop).label("hop"))
        .join(
            near,
            or_(relations.c.subject_id == near.c.id, relations.c.object_id == near.c.id),
        )
        .where(relations.c.owner_id == owner_id, holds(owner_id, at))
        .group_by(relations.c.id)
        .subquery()
    )
    query = (
        select(
            _subject.c.kind.label("subject_kind"),
            _subject.c.name.label("subject_name"),
            _subject.c.qualifier.label("subject_qualifier"),
            relations.c.predicate,
            _object.c.kind.label("object_kind"),
            _object.c.name.label("object_name"),
            _object.c.qualifier.label("object_qualifier"),
            relations.c.message_id,
            relations.c.valid_from,
            relations.c.valid_to,
        )
        .join(touching, touching.c.id == relations.c.id)
        .join(_subject, _subject.c.id == relations.c.subject_id)
        .join(_object, _object.c.id == relations.c.object_id)
        .order_by(touching.c.hop, relations.c.valid_from, relations.c.message_id, relations.c.id)
        .limit(STEPS_MAX)
    )
    return [_step(row) for row in await connection.execute(query)]


def _reach(owner_id: OwnerId, name: str, hops: int, at: Instant | None) -> CTE:
    """Return the recursive query: every concept within so many relations, and how far it is."""
    key, qualifier = asked(name)
    begins = select(concepts.c.id.label("id"), literal(0).label("hop")).where(
        concepts.c.owner_id == owner_id, concepts.c.key == key
    )
    if qualifier is not None:
        begins = begins.where(concepts.c.qualifier == qualifier)
    reach = begins.cte("reach", recursive=True)
    both_ways = union_all(
        select(relations.c.subject_id.label("near"), relations.c.object_id.label("far")).where(
            relations.c.owner_id == owner_id, holds(owner_id, at)
        ),
        select(relations.c.object_id, relations.c.subject_id).where(
            relations.c.owner_id == owner_id, holds(owner_id, at)
        ),
    ).subquery("both_ways")
    # UNION, not UNION ALL: who was reached at a distance is reached there once, so circles end.
    return reach.union(
        select(both_ways.c.far, reach.c.hop + literal_column("1"))
        .join(reach, reach.c.id == both_ways.c.near)
        .where(reach.c.hop < hops)
    )


async def _weights(
    connection: AsyncConnection, owner_id: OwnerId, reached: Sequence[Concept]
) -> dict[tuple[str, str], float]:
    wanted = list({each.identity for each in reached})
    if not wanted:
        return {}
    found = await connection.execute(
        select(concepts.c.key, concepts.c.qualifier, func.sum(mentions.c.weight).label("weight"))
        .join(mentions, mentions.c.concept_id == concepts.c.id)
        .where(
            concepts.c.owner_id == owner_id,
            mentions.c.owner_id == owner_id,
            tuple_(concepts.c.key, concepts.c.qualifier).in_(wanted),
        )
        .group_by(concepts.c.key, concepts.c.qualifier)
    )
    return {(row.key, row.qualifier): float(row.weight) for row in found}


def holds(owner_id: OwnerId, at: Instant | None) -> ColumnElement[bool]:
    """Return which relations hold, now or at a moment that is asked about, and may be shown."""
    shown = is_kept(Kind.MESSAGE, relations.c.message_id, owner_id)
    if at is None:
        return and_(relations.c.valid_to.is_(None), shown)
    return and_(
        shown,
        relations.c.valid_from <= at,
        or_(relations.c.valid_to.is_(None), relations.c.valid_to > at),
    )


def _step(row: Row[*tuple[Any, ...]]) -> Step:  # Any: SQLAlchemy's row of a join
    return Step(
        subject=Concept(ConceptKind(row.subject_kind), row.subject_name, row.subject_qualifier),
        predicate=row.predicate,
        object=Concept(ConceptKind(row.object_kind), row.object_name, row.object_qualifier),
        message_id=row.message_id,
        valid_from=Instant(row.valid_from),
        valid_to=None if row.valid_to is None else Instant(row.valid_to),
    )
