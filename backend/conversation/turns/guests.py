"""Who speaks from this turn on: somebody who says that it is they, or whose line it is, again."""

from collections.abc import Sequence

from backend.conversation.guests import as_guest
from backend.conversation.reasoning.at_the_line import A_GUEST, AtTheLine, at_the_line
from backend.conversation.turns.believing import Believing
from backend.conversation.turns.types import Draft
from backend.memory.graph.types import folded


async def welcome(draft: Draft, believing: Believing) -> AtTheLine | None:
    """Lay the turn's words to whoever says that they speak now; None when nobody new does."""
    line, said = draft.line, at_the_line(draft.heard.text)
    if line is None or said is None or line.actor.role is None:
        return None
    names = await believing.names(line)
    own = frozenset(map(folded, names))
    if said.is_again or said.is_host(own):
        return _back(draft, names, said) if draft.guest else None
    is_known = not said.is_sure and bool(said.name) and await believing.is_known(line, said.name)
    if not said.is_guest(own, is_known=is_known):
        return None
    name = said.name or A_GUEST
    if name == draft.guest:
        return None
    draft.party, draft.guest = as_guest(line, name), name
    host = next(iter(names), said.host) or "my owner"
    told = "yours" if said.name else "a guest's"
    hello = f"Hello {said.name}." if said.name else "Hello."
    draft.welcome = f"{hello} I'll keep what you tell me as {told}, not as {host}'s."
    return said


def _back(draft: Draft, names: Sequence[str], said: AtTheLine) -> AtTheLine:
    draft.party, draft.guest = draft.line or draft.party, ""
    name = next(iter(names), "")
    draft.welcome = f"Welcome back, {name}." if name else "Welcome back."
    return said
