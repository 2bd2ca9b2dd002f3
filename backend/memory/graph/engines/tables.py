"""The graph by the relation tables themselves: no server, and always as new as the truth."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

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
from backend.platform.database.engine import Database
from backend.platform.database.tables import concepts, relations

STEPS_MAX = 500  # of one hop: whoever knows more people is asked about the nearest

_subject = concepts.alias("subject")
_object = concepts.alias("object")
_STEPS = (
    select(
        _subject.c.kind.label("subject_kind"),
        _subject.c.name.label("subject_name"),
        relations.c.predicate,
        _object.c.kind.label("object_kind"),
        _object.c.name.label("object_name"),
        relations.c.message_id,
    )
    .join(_subject, _subject.c.id == relations.c.subject_id)
    .join(_object, _object.c.id == relations.c.object_id)
    .where(relations.c.valid_to.is_(None))
    .order_by(relations.c.learnt_at, relations.c.id)
    .limit(STEPS_MAX)
)


class TablesGraph:
    """Walks one relation at a time, each hop a single query."""

    name = "tables"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def relate(self, items: Sequence[MessageConcepts]) -> None:
        """Do nothing: the rows that are committed beside it are the graph."""

    async def mirror(self, edges: Sequence[Edge]) -> None:
        """Do nothing: the rows that are committed beside it are the graph."""

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Do nothing: the rows that are deleted beside it were the graph."""

    async def related(self, owner_id: OwnerId, name: str, *, hops: int = 2) -> list[Related]:
        """Walk from a name."""
        async with self._database.reading() as connection:
            return await self._walk(connection, owner_id, name, min(hops, HOPS_MAX))

    async def path(self, owner_id: OwnerId, start: str, *, end: str) -> list[Step]:
        """Walk as far as ever, and keep the way to the end."""
        async with self._database.reading() as connection:
            return way(await self._walk(connection, owner_id, start, HOPS_MAX), folded(end))

    async def _walk(
        self, connection: AsyncConnection, owner_id: OwnerId, name: str, hops: int
    ) -> list[Related]:
        async def neighbours(keys: Collection[str]) -> list[Step]:
            near = select(concepts.c.id).where(
                concepts.c.owner_id == owner_id, concepts.c.key.in_(keys)
            )
            rows = await connection.execute(
                _STEPS.where(
                    relations.c.owner_id == owner_id,
                    or_(relations.c.subject_id.in_(near), relations.c.object_id.in_(near)),
                )
            )
            return [_step(row) for row in rows]

        return await walk(folded(name), hops, neighbours)


def _step(row: Row[*tuple[Any, ...]]) -> Step:  # Any: SQLAlchemy's row of a join
    return Step(
        subject=Concept(ConceptKind(row.subject_kind), row.subject_name),
        predicate=row.predicate,
        object=Concept(ConceptKind(row.object_kind), row.object_name),
        message_id=row.message_id,
    )
