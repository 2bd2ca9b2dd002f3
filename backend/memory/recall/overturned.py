"""What became of things that were said: whoever looks through them is told which are not so."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import OwnerId
from backend.memory.types import Recollection
from backend.platform.database.tables import facts, sources

NEVER_SO = frozenset({"corrected", "denied"})
_NO_MORE = frozenset({"superseded", "ended"})


async def with_what_became(
    connection: AsyncConnection, owner_id: OwnerId, found: Sequence[Recollection]
) -> list[Recollection]:
    """Return recollections with what became of them; what never was so comes last.

    Words of which something still holds are told as they are.
    """
    query = (
        select(sources.c.message_id, facts.c.retracted_as)
        .join(facts, (facts.c.id == sources.c.fact_id) & (facts.c.owner_id == sources.c.owner_id))
        .where(
            sources.c.owner_id == owner_id,
            sources.c.message_id.in_([each.message_id for each in found]),
            sources.c.is_ended.is_(False),
        )
    )
    states: dict[str, set[str]] = {}
    for row in await connection.execute(query):
        states.setdefault(row.message_id, set()).add(row.retracted_as)
    told = [replace(each, became=_became(states.get(each.message_id, set()))) for each in found]
    return sorted(told, key=lambda each: each.became in NEVER_SO)


def _became(states: set[str]) -> str:
    """Return what became of all that words have told; nothing when some of it holds."""
    if not states or states - NEVER_SO - _NO_MORE:
        return ""
    return min(states & NEVER_SO or states)
