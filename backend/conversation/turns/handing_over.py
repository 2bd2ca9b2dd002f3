"""Decides in a turn whether a caller is put through to somebody, and writes it down with the turn.

What follows is the carrier's: it asks what is next when our stream is over (`transferring`).
"""

from dataclasses import replace

from sqlalchemy import select

from backend.conversation.reasoning import Handover, Understanding
from backend.conversation.sessions import Party
from backend.conversation.turns.types import Draft
from backend.delivery import Delivery, NewTransfer
from backend.delivery.service import raised_if_refused
from backend.kernel.people import Action, Person
from backend.platform.database.tables import conversations
from backend.platform.database.transaction import Transaction
from backend.trust import Trust
from backend.trust.identity import Identity

NAME_CHARACTERS_MAX = 80


class HandingOver:
    """Only people who are enrolled are rung, and only for callers who have proved who they are."""

    def __init__(
        self, *, delivery: Delivery, identity: Identity, trust: Trust, is_warm: bool = True
    ) -> None:
        self._delivery, self._identity, self._trust = delivery, identity, trust
        self._is_warm = is_warm

    async def weigh(self, party: Party, understood: Understanding) -> Handover:
        """Say to whom a call may go; the problem, when it can't, is told in words by the mind."""
        asked = understood.content.strip()[:NAME_CHARACTERS_MAX]
        if party.carrier != "phone":
            return Handover(asked, problem="channel")
        if not self._trust.may(party.actor, Action.TRANSFER):
            return Handover(asked, problem="forbidden")
        person = await self._person(party, asked)
        if person is None:
            return Handover(asked.title(), problem="unknown")
        limits = self._delivery.limits
        may_ring = (each for each in person.numbers if isinstance(limits.destination(each), str))
        number = next(may_ring, "")
        if not number:
            return Handover(person.name, problem="number")
        return Handover(person.name, number=number, summary=self._summary(party, understood))

    async def begin(self, tx: Transaction, draft: Draft, handover: Handover) -> None:
        """Promise the hand-over in the turn's own transaction; a refusal undoes the turn."""
        party = draft.party
        query = select(conversations.c.carrier_ref).where(
            conversations.c.id == party.conversation_id
        )
        wanted = NewTransfer(
            number=handover.number,
            cause=f"turn:{draft.heard.turn_id}",
            call_sid=str((await tx.execute(query)).scalar_one()),
            conversation_id=party.conversation_id,
            name=handover.name,
            summary=handover.summary,
        )
        raised_if_refused(await self._delivery.transfer(tx, party.actor, wanted))

    async def _person(self, party: Party, asked: str) -> Person | None:
        """Return whom they mean: somebody who shares their memory, and not themselves."""
        person = await self._identity.person_named(asked) if asked else None
        if person is None or person.owner_id != party.actor.owner_id:
            return None
        return person if person.id != party.actor.person_id and person.numbers else None

    def _summary(self, party: Party, understood: Understanding) -> str:
        if not self._is_warm:
            return ""
        about = f" It is about {understood.detail}." if understood.detail else ""
        return f"{party.name or 'Somebody'} is on the line for you.{about}"


def taken_up(draft: Draft, handover: Handover) -> None:
    """Have a turn hand the call over when it is kept, and end our part in it."""
    draft.effects = replace(draft.effects, handover=handover)
    draft.is_farewell = True
