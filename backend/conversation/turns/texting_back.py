"""Texts a caller what they have not heard: because they asked for it, or because the call ended.

It goes to the number that they call from, and only when that is enrolled as theirs: whoever forged
it gets nothing, and what is sent was being said to them already.
"""

from dataclasses import replace

from sqlalchemy import Select, select

from backend.conversation.reasoning import Forward, Understanding
from backend.conversation.sessions import Background, Party
from backend.conversation.turns.types import Draft
from backend.delivery import Delivery, DeliveryRow, Text
from backend.delivery.service import raised_if_refused
from backend.kernel.people import Action
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations
from backend.platform.database.transaction import Transaction
from backend.trust import Trust

REST_WORDS_MIN = 3  # less than that is not worth a text when nobody asked for it
REST = ("rest", "remainder", "left")


class TextingBack:
    """Weighs a wish for a text inside a turn, and promises it with the turn."""

    def __init__(
        self, *, delivery: Delivery, database: Database, trust: Trust, finishes: bool = False
    ) -> None:
        """`finishes`: what a call that ends in mid-sentence left unsaid is texted unasked."""
        self._delivery, self._database, self._trust = delivery, database, trust
        self._finishes = finishes

    async def weigh(
        self, party: Party, understood: Understanding, background: Background
    ) -> Forward:
        """Say what goes to whom; the problem, when nothing does, is told in words by the mind."""
        if party.carrier != "phone" or not self._delivery.is_ready:
            return Forward(problem="channel")
        if not self._trust.may(party.actor, Action.ANSWER):
            return Forward(problem="forbidden")
        text = background.unheard
        if not understood.content.endswith(REST):
            text = f"{_last_words(background)} {text}".strip()
        if not text:
            return Forward(problem="nothing")
        async with self._database.reading() as connection:
            number = str((await connection.execute(_remote(party))).scalar() or "")
        if not number or not isinstance(self._delivery.limits.destination(number), str):
            return Forward(problem="number")
        return Forward(number, text)

    async def begin(self, tx: Transaction, draft: Draft, forward: Forward) -> None:
        """Promise the text in the turn's own transaction; a refusal undoes the turn."""
        raised_if_refused(await self._promise(tx, draft, forward.number, forward.text))

    async def finish(self, tx: Transaction, draft: Draft, unheard: str) -> None:
        """Promise what a call that ended left unsaid, where that is wished; a refusal is kept."""
        is_wanted = self._finishes and self._delivery.is_ready and draft.party.carrier == "phone"
        is_trifle = draft.is_farewell or len(unheard.split()) < REST_WORDS_MIN
        may = self._trust.may(draft.party.actor, Action.ANSWER)
        if not is_wanted or is_trifle or not may or draft.effects.forward is not None:
            return
        number = str((await tx.execute(_remote(draft.party))).scalar() or "")
        if number:
            await self._promise(tx, draft, number, unheard)

    async def _promise(self, tx: Transaction, draft: Draft, number: str, text: str) -> DeliveryRow:
        wanted = Text(
            number=number,
            body=text,
            cause=f"rest:{draft.heard.turn_id}",
            is_urgent=True,  # they are on the telephone, so they are awake
            is_answer=True,
        )
        return await self._delivery.text(tx, draft.party.actor, wanted)


def taken_down(draft: Draft, forward: Forward) -> None:
    """Have a turn text something when it is kept."""
    draft.effects = replace(draft.effects, forward=forward)


def _last_words(background: Background) -> str:
    """Return what we said last, as far as it was heard."""
    said = (line.text for line in reversed(background.history) if line.speaker == "companion")
    return next(said, "")


def _remote(party: Party) -> Select[tuple[str]]:
    return select(conversations.c.remote).where(
        conversations.c.id == party.conversation_id,
        conversations.c.owner_id == party.actor.owner_id,
    )
