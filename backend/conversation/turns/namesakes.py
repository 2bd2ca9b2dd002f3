"""Asks of whom something is told, where several bear the name: once, and takes the answer.

What was told is kept as it was said meanwhile, of nobody in particular; the answer attaches it.
"""

from collections.abc import Sequence
from dataclasses import replace

from backend.conversation.reasoning import Intent, Understanding
from backend.conversation.reasoning.context import Whose
from backend.conversation.reasoning.which import picked
from backend.conversation.turns.believing import source_of
from backend.conversation.turns.last_told import LastTurns
from backend.conversation.turns.types import Belief, Draft, Telling
from backend.memory.facts import ONESELF
from backend.memory.facts.service import is_guest
from backend.memory.forgetting.namesakes import namesakes, told_of
from backend.platform.cache import Cache
from backend.platform.database.engine import Database

WHOSE = "whose"  # what a reply has asked for
SEVERAL = 2
_TOLD = frozenset({Intent.STATEMENT, Intent.REMEMBER, Intent.PIN})


class Namesakes:
    """Facts of a bare name that several bear."""

    def __init__(self, *, database: Database, cache: Cache) -> None:
        self._database, self._turns = database, LastTurns(cache)

    async def weigh(self, draft: Draft, understood: Understanding) -> Whose | None:
        """Return who may be meant by what they tell, or by what they told before."""
        if is_guest(source_of(draft, is_explicit=True)):
            return None
        last = await self._turns.of(draft.party) if draft.background.history else None
        if last is not None and last.asks == WHOSE:
            return await self._answered(draft, last.told.get(WHOSE, ()))
        belief = draft.effects.belief
        if understood.intent not in _TOLD or belief.righting is not None:
            return None
        for each in belief.read:
            if each.subject != ONESELF and not each.qualifier:
                return await self._ask(draft, each.subject)
        return None

    async def _ask(self, draft: Draft, name: str) -> Whose | None:
        party = draft.party
        async with self._database.reading() as connection:
            known = await namesakes(connection, party.actor.owner_id, party.namespace, name)
        if len(known) < SEVERAL:
            return None
        draft.details.asks = WHOSE
        draft.details.told = {WHOSE: [draft.heard_id, *(each.fact_id for each in known)]}
        return Whose(known[0].name, tuple(each.which for each in known))

    async def _answered(self, draft: Draft, told: Sequence[str]) -> Whose | None:
        message_id, *fact_ids = told
        async with self._database.reading() as connection:
            known = await told_of(connection, draft.party.actor.owner_id, fact_ids)
        which = picked(draft.heard.text, [each.which for each in known])
        if len(which) != 1:
            return None
        draft.is_recallable = False
        telling = Telling(message_id, known[0].name, which[0])
        draft.effects = replace(draft.effects, belief=Belief(tells=telling))
        return Whose(known[0].name, which, is_told=True)
