"""Ends what words from elsewhere say is over, as of the day on which they were said.

Who talks with us is heard at once, against what is held by then. What was brought in is read later:
it ends what was so on its own day, and nothing that was told since.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.memory.facts.asking import NEVER_TRUE
from backend.memory.facts.predicates import told
from backend.memory.facts.reading.endings import Ending
from backend.memory.facts.store import Memoir
from backend.memory.facts.types import FactSource, FactView, ReadFact
from backend.memory.facts.views import view_of
from backend.memory.graph.types import folded
from backend.platform.database.tables import facts
from backend.platform.forgetting.hiding import is_shown

CONFIDENCE = 0.85
ENDED_MAX = 12  # facts that one ending can end


@dataclass(frozen=True, slots=True)
class Bygone:
    """Words that say what is over, and what else they tell."""

    source: FactSource
    endings: Sequence[Ending]
    read: Sequence[ReadFact]


async def over_by(connection: AsyncConnection, bygone: Bygone) -> tuple[ReadFact, ...]:
    """Return what was so when the words were said, and is over by them."""
    source = bygone.source
    memoir = Memoir(source.owner_id, source.namespace)
    told_anew = {
        (folded(each.subject), each.predicate) for each in bygone.read if not each.is_ended
    }
    found: dict[str, ReadFact] = {}
    for ending in bygone.endings:
        held = await _held(connection, memoir, ending, source.said_at)
        over = [fact for fact in held if ending.is_of(fact)][:ENDED_MAX]
        found |= {
            fact.id: _ended(fact, ending)
            for fact in over
            if (folded(fact.subject), fact.predicate) not in told_anew
        }
    return tuple(found.values())


async def _held(
    connection: AsyncConnection, memoir: Memoir, ending: Ending, at: Instant
) -> Iterator[FactView]:
    query = select(facts).where(
        facts.c.owner_id == memoir.owner_id,
        facts.c.namespace == memoir.namespace,
        facts.c.subject_key == folded(ending.subject),
        facts.c.predicate.in_(sorted(ending.predicates)),
        facts.c.retracted_as.not_in(NEVER_TRUE),
        facts.c.valid_from < at,
        or_(facts.c.valid_to.is_(None), facts.c.valid_to > at),
        is_shown(facts.c.learnt_at, memoir.owner_id),
    )
    rows = await connection.execute(query.order_by(facts.c.valid_from, facts.c.id))
    return (view_of(row, ()) for row in rows.all())


def _ended(fact: FactView, ending: Ending) -> ReadFact:
    return ReadFact(
        subject=fact.subject,
        predicate=fact.predicate,
        object=fact.object,
        statement=told(fact.subject, fact.predicate, fact.object, is_past=True),
        quote=ending.quote,
        confidence=CONFIDENCE,
        is_ended=True,
        qualifier=fact.qualifier,
    )
