"""What models were asked for: the costs stay counted, without the turn that they were for.

No text of a question or an answer is ever kept beside its cost.
"""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.forgetting import Kind, Scope, ids_of
from backend.kernel.ids import OwnerId
from backend.platform.database.batches import batches, count_named
from backend.platform.database.tables import ai_model_usage
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.port import Counts, Forgettable, Targets


class ModelUsage(Forgettable):
    """Cuts the thread between a cost and what it was for."""

    is_patient = True

    async def closure(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        """Return nothing: a cost has no words."""
        return frozenset()

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        """Forget for which turn it was."""
        unlinked = 0
        for batch in batches(ids_of(targets, Kind.TURN)):
            done = await tx.execute(
                update(ai_model_usage)
                .where(ai_model_usage.c.owner_id == owner_id, ai_model_usage.c.turn_id.in_(batch))
                .values(turn_id=None)
            )
            unlinked += done.rowcount
        return {"model usage": unlinked}

    async def traces(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Counts:
        """Count the costs that still name a turn."""
        turn_ids = ids_of(targets, Kind.TURN)
        found = await count_named(connection, owner_id, ai_model_usage.c.turn_id, turn_ids)
        return {"model usage": found}
