"""What was told and then put right, or said against by the one who it is about.

Neither is told as having been so, only as having been said.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import OwnerId
from backend.memory.facts.types import ONESELF, FactView, Retraction, SourceView
from backend.memory.facts.views import WITH_SOUND, source_of, view_of
from backend.memory.graph.types import folded
from backend.platform.database.engine import Database
from backend.platform.database.tables import facts, sources
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


async def with_disputes(
    database: Database, owner_id: OwnerId, told: Sequence[FactView]
) -> tuple[FactView, ...]:
    """Return facts with what the one whom they are about said against them last."""
    about = [fact for fact in told if fact.subject != ONESELF]
    if not about:
        return tuple(told)
    query = (
        WITH_SOUND.add_columns(facts.c.superseded_by.label("against"))
        .join(facts, facts.c.id == sources.c.fact_id)
        .where(
            facts.c.owner_id == owner_id,
            sources.c.owner_id == owner_id,
            facts.c.superseded_by.in_([fact.id for fact in about]),
            facts.c.retracted_as == Retraction.REFUSED.value,
            sources.c.is_withdrawn.is_(False),
            is_shown(facts.c.learnt_at, owner_id),
        )
        .order_by(sources.c.said_at.desc(), sources.c.id)
    )
    async with database.reading() as connection:
        rows = [(row.against, source_of(row)) for row in await connection.execute(query)]
    return tuple(replace(fact, disputed=_against(fact, rows)) for fact in told)


def _against(fact: FactView, said: Sequence[tuple[str, SourceView]]) -> tuple[SourceView, ...]:
    """Return their last words against a fact, unless they said so themselves since."""
    who = folded(fact.subject)
    theirs = [each for against, each in said if against == fact.id and folded(each.speaker) == who]
    agreed = [
        each.said_at for each in fact.sources if folded(each.speaker) == who and not each.is_ended
    ]
    return tuple(each for each in theirs[:1] if each.said_at > max(agreed, default=0))
