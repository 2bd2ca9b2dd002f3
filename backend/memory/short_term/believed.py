"""Has in mind what was settled: a fact as it holds now, never as it was before."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import or_, select

from backend.kernel.ids import OwnerId
from backend.memory.facts.types import ChangeKind, FactChange, Retraction, SaidBy
from backend.memory.short_term.service import ShortTerm
from backend.memory.short_term.types import Kind, NewItem
from backend.platform.database.batches import batches, of_owner
from backend.platform.database.tables import facts, sources
from backend.platform.database.transaction import Transaction

_MERGED: Final = Retraction.MERGED.value  # its words are another fact's now
# Said again, or not changed at all: nothing was settled by it.
NO_NEWS: Final = frozenset({ChangeKind.CONFIRMED, ChangeKind.REFUSED})


class FactsInMind:
    """Follows what becomes of facts, in the transaction in which it does."""

    def __init__(self, short_term: ShortTerm) -> None:
        self._short_term = short_term

    async def take(self, tx: Transaction, owner_id: OwnerId, changes: Sequence[FactChange]) -> None:
        """Put what a fact says now in the place of what was in mind of it."""
        changed = sorted({each.fact_id for each in changes if _is_news(each)})
        if not changed:
            return
        await self._short_term.end(tx, owner_id, Kind.DECISION, changed)
        # What they asked us to keep in mind is off it with what it said.
        words = await _words_of_what_is_over(tx, owner_id, changed)
        await self._short_term.end(tx, owner_id, Kind.DECISION, words)
        items: list[NewItem] = []
        for batch in batches(changed):
            found = await tx.execute(
                select(facts.c.id, facts.c.namespace, facts.c.statement).where(
                    of_owner(facts.c.id, owner_id),
                    facts.c.id.in_(batch),
                    facts.c.retracted_at.is_(None),
                    or_(facts.c.valid_to.is_(None), facts.c.valid_to > tx.at),
                )
            )
            items += [
                NewItem(owner_id, Kind.DECISION, row.id, row.statement, namespace=row.namespace)
                for row in found
            ]
        await self._short_term.keep(tx, items)


async def _words_of_what_is_over(
    tx: Transaction, owner_id: OwnerId, fact_ids: Sequence[str]
) -> list[str]:
    """Return the messages that said what does not hold any more; those that end it stay."""
    found: set[str] = set()
    for batch in batches(fact_ids):
        rows = await tx.execute(
            select(sources.c.message_id)
            .join(facts, facts.c.id == sources.c.fact_id)
            .where(
                facts.c.owner_id == owner_id,
                facts.c.id.in_(batch),
                or_(
                    facts.c.retracted_at.is_not(None) & (facts.c.retracted_as != _MERGED),
                    facts.c.valid_to <= tx.at,
                ),
                sources.c.owner_id == owner_id,
                sources.c.is_ended.is_(False),
            )
        )
        found.update(rows.scalars())
    return sorted(found - {""})


def _is_news(change: FactChange) -> bool:
    """Say whether something was settled just now: what was imported was so long before."""
    return change.kind not in NO_NEWS and not change.actor.startswith(SaidBy.IMPORT.value)
