"""Who bears a name, as the facts tell them apart: known with the very words that introduce them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import OwnerId
from backend.memory.facts.asking import NEVER_TRUE
from backend.memory.facts.predicates import KIN
from backend.memory.facts.sameness import object_key
from backend.memory.facts.types import ONESELF
from backend.memory.graph.types import folded
from backend.platform.database.tables import facts


@dataclass(frozen=True, slots=True)
class Namesake:
    """One of several with a name."""

    name: str
    which: str  # folded: "sister", "from work"
    fact_id: str  # one that tells of them


async def namesakes(
    connection: AsyncConnection, owner_id: OwnerId, namespace: str, name: str
) -> Sequence[Namesake]:
    """Return everybody of a name who is told from others, in the order they were told of."""
    key = folded(name)
    if not key:
        return []
    is_kin = and_(facts.c.subject_key == ONESELF, facts.c.predicate.in_(sorted(KIN)))
    is_named = or_(
        and_(facts.c.subject_key == key, facts.c.qualifier != ""),
        and_(is_kin, facts.c.object_key == object_key(key)),
    )
    query = (
        select(facts)
        .where(facts.c.owner_id == owner_id, facts.c.namespace == namespace, is_named)
        .where(facts.c.retracted_as.not_in(NEVER_TRUE))
        .order_by(facts.c.learnt_at, facts.c.id)
    )
    return _each(list(await connection.execute(query)))


async def told_of(
    connection: AsyncConnection, owner_id: OwnerId, fact_ids: Sequence[str]
) -> Sequence[Namesake]:
    """Return those of whom facts tell; what was forgotten meanwhile is left out."""
    query = select(facts).where(facts.c.owner_id == owner_id, facts.c.id.in_(fact_ids))
    found = {each.fact_id: each for each in _each(list(await connection.execute(query)))}
    return [found[each] for each in fact_ids if each in found]


def _each(rows: Sequence[Row[Any]]) -> Sequence[Namesake]:  # Any: SQLAlchemy's
    found: dict[str, Namesake] = {}
    for row in rows:
        is_kin = row.subject_key == ONESELF
        name, which = (row.object, row.predicate) if is_kin else (row.subject, row.qualifier)
        found.setdefault(folded(which), Namesake(name, folded(which), row.id))
    return list(found.values())
