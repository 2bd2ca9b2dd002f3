"""What a turn wants forgotten, else of whom of several with one name it tells."""

from dataclasses import replace
from typing import Protocol

from backend.conversation.reasoning import Intent, Understanding
from backend.conversation.reasoning.context import Omission, Whose
from backend.conversation.turns.knowing import Knowledge
from backend.conversation.turns.namesakes import Namesakes
from backend.conversation.turns.omitting import FORGET, Omitting, before
from backend.conversation.turns.types import Draft


class Parts(Protocol):
    """Who forgets, and who asks; each where there is one."""

    @property
    def omitting(self) -> Omitting | None:
        """Who weighs wishes to forget."""
        ...

    @property
    def namesakes(self) -> Namesakes | None:
        """Who asks which of several is meant."""
        ...


async def wish_or_whose(
    draft: Draft, known: Knowledge, parts: Parts | None
) -> tuple[Understanding, Omission | None, Whose | None]:
    """Return what is to be forgotten, or who is told of, with what the words are for then."""
    understood = known.understood
    if parts is None:
        return understood, None, None
    if parts.omitting is not None:
        wish = await _omission(draft, known, parts.omitting)
        if wish is not None:
            return replace(understood, intent=Intent.FORGET), wish, None
    namesakes = parts.namesakes
    whose = None if namesakes is None else await namesakes.weigh(draft, understood)
    if whose is not None:
        understood = replace(understood, intent=Intent.WHOSE)
    return understood, None, whose


async def _omission(draft: Draft, known: Knowledge, omitting: Omitting) -> Omission | None:
    """Decide what the turn forgets, or asks whether to."""
    last = known.last
    if known.understood.intent is Intent.FORGET:
        told = before((fact.id for fact in last.facts), last.messages, last.turn_id)
        return await omitting.weigh(draft, known.understood, told)
    if last.asks == FORGET:
        return await omitting.answered(draft, last.forgets, last.turn_id)
    return None
