"""What was told and then put right: never told as having been so, only as having been said."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import OwnerId
from backend.memory.facts.types import FactView, Retraction
from backend.memory.facts.views import view_of
from backend.platform.database.tables import facts
from backend.platform.forgetting.hiding import is_shown

CORRECTED_MAX = 4  # of what is told in one answer


async def corrected(
    connection: AsyncConnection, owner_id: OwnerId, fact_ids: Sequence[str]
) -> tuple[FactView, ...]:
    """Return what had been said where facts stand now, the newest first."""
    query = (
        select(facts)
        .where(
            facts.c.owner_id == owner_id,
            facts.c.superseded_by.in_(fact_ids),
            facts.c.retracted_as == Retraction.CORRECTED.value,
            is_shown(facts.c.learnt_at, owner_id),
        )
        .order_by(facts.c.retracted_at.desc(), facts.c.id)
        .limit(CORRECTED_MAX)
    )
    return tuple(view_of(row, ()) for row in await connection.execute(query))
