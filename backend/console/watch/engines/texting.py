"""Rings by a text to the operator's number."""

from backend.console.watch.alarms import sentence
from backend.delivery import Delivery, Text
from backend.kernel.people import EVERYTHING, Actor, ActorKind, Assurance
from backend.platform.health.types import Change, Check
from backend.trust.identity import Identity


class TextAlarm:
    """Texts each change; the same change is never texted twice."""

    name = "text"

    def __init__(self, number: str, *, delivery: Delivery, identity: Identity) -> None:
        self._number, self._delivery, self._identity = number, delivery, identity

    async def check(self) -> Check:
        """Say whether a text could leave for the number; raise when none can leave at all."""
        refusal = await self._delivery.obstacle(self._number)
        if refusal is None:
            return Check(ok=True, detail=self.name)
        return Check(ok=False, detail=refusal.reason, cure=refusal.cure)

    async def ring(self, change: Change) -> None:
        """Promise a text, which the ledger carries out; raise when it is refused."""
        owner = await self._identity.owner()
        # The operator has set this number in the settings of the machine: it is their own standing
        # order, and nothing that the companion decides.
        actor = Actor(
            owner_id=owner.owner_id,
            kind=ActorKind.CLI,
            assurance=Assurance.HELD,
            role=owner.role,
            person_id=owner.id,
            scopes=EVERYTHING,
        )
        text = Text(
            number=self._number,
            body=sentence(change),
            cause=f"health:{change.part}:{change.is_ok}:{change.at}",
            is_urgent=True,
        )
        await self._delivery.ask_text(actor, text)
