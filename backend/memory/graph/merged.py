"""Whose name a name is by now: two became one because somebody said that they are."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import OwnerId
from backend.memory.graph.types import Concept, ConceptKind
from backend.platform.database.batches import batches
from backend.platform.database.tables import concepts

Identified = tuple[str, str, str]  # kind, key, which of several


async def merged_names(
    connection: AsyncConnection, owner_id: OwnerId, keys: Collection[str]
) -> dict[Identified, Concept]:
    """Return those with these folded names that were merged, each with whom it is now."""
    kept = concepts.alias("kept")
    query = (
        select(
            *(concepts.c[name] for name in ("kind", "key", "qualifier")),
            *(kept.c[name].label(f"kept_{name}") for name in ("kind", "name", "qualifier")),
        )
        .join(kept, kept.c.id == concepts.c.merged_into)
        .where(concepts.c.owner_id == owner_id)
    )
    now: dict[Identified, Concept] = {}
    wanted, seen = set(keys), set[str]()
    while wanted:  # who was merged may have been merged again
        more: dict[Identified, Concept] = {}
        for batch in batches(sorted(wanted)):
            for row in await connection.execute(query.where(concepts.c.key.in_(batch))):
                whom = Concept(ConceptKind(row.kept_kind), row.kept_name, row.kept_qualifier)
                more[row.kind, row.key, row.qualifier] = whom
        seen |= wanted
        wanted = {each.key for each in more.values()} - seen
        now |= more
    return {each: _last(now, whom) for each, whom in now.items()}


def _last(now: Mapping[Identified, Concept], whom: Concept) -> Concept:
    for _ in range(len(now)):
        further = now.get((whom.kind.value, *whom.identity))
        if further is None:
            break
        whom = further
    return whom
