"""Rings by a text to the operator's number."""

from backend.console.watch.alarms import sentence
from backend.delivery import Delivery, Text
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.platform.database.engine import Database
from backend.platform.health.types import Change
from backend.trust.identity import Identity


class TextAlarm:
    """Texts each change; the same change is never texted twice."""

    name = "text"

    def __init__(
        self, number: str, *, delivery: Delivery, database: Database, identity: Identity
    ) -> None:
        self._number, self._delivery = number, delivery
        self._database, self._identity = database, identity

    async def ring(self, change: Change) -> None:
        """Promise a text; the ledger carries it out."""
        owner = await self._identity.owner()
        actor = Actor(
            owner_id=owner.owner_id,
            kind=ActorKind.COMPANION,
            assurance=Assurance.HELD,
            role=owner.role,
            person_id=owner.id,
        )
        text = Text(
            number=self._number,
            body=sentence(change),
            cause=f"health:{change.part}:{change.is_ok}:{change.at}",
            is_urgent=True,
        )
        async with self._database.transaction() as tx:
            await self._delivery.text(tx, actor, text)
