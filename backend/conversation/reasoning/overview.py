"""What is told when they ask for all that is known: how much, the most telling of it, and the rest.

"What do you know about me?" is answered by rules, since it is counted; the list of it is elsewhere.
"""

from collections.abc import Iterable

from backend.conversation.reasoning import refusing, telling, wording
from backend.conversation.reasoning.context import Context, Overview
from backend.memory.facts import FactView
from backend.memory.facts.predicates import KIN

ALOUD_MAX = 4  # what an ear keeps in mind
WRITTEN_MAX = 10
_RANKS = "name|lives in|works as|works at|works in|allergic to|diet|birthday|studies at|speaks|has"
_TELLING = {predicate: rank for rank, predicate in enumerate(_RANKS.split("|"))}
_MORE_ALOUD = (
    "The page lists all of it.",
    "Ask me about any of it, or say: forget, and what.",
)
_MORE_WRITTEN = (
    "All of it is on the page, and in: ringback facts list.",
    "Ask me about any of it, or say: forget, and what.",
)


def most_telling(facts: Iterable[FactView]) -> tuple[FactView, ...]:
    """Return facts in the order in which a person would tell them; what is pinned comes first."""
    return tuple(sorted(facts, key=lambda fact: (not fact.is_pinned, _rank(fact))))


def _rank(fact: FactView) -> int:
    if fact.predicate in KIN:
        return _TELLING["birthday"]
    return _TELLING.get(fact.predicate, len(_TELLING))


def answer(context: Context) -> list[str]:
    """Tell how much is known, and the most telling of it."""
    overview = context.overview
    if not context.may_recall or overview is None:
        return refusing.may_not_recall(context)
    shown = context.answer[: ALOUD_MAX if context.is_spoken else WRITTEN_MAX]
    context.trace.told, context.trace.cited = list(shown), []
    if not shown:
        return _nothing(overview)
    told = [telling.statement(fact, context) for fact in shown]
    return [_counted(overview, is_all=len(shown) == overview.count), *told, *_more(context)]


def _nothing(overview: Overview) -> list[str]:
    if overview.others:
        facts = _number(overview.others)
        return [f"I know nothing about you yourself yet, but {facts} that you told me of others."]
    return ["I know nothing about you yet.", "Tell me something, and I'll remember it."]


def _counted(overview: Overview, *, is_all: bool) -> str:
    others = f", and {_number(overview.others)} about others" if overview.others else ""
    colon = "." if is_all else ". Above all:"
    about = overview.name or "you"
    return f"I know {_number(overview.count)} about {about}{others}{colon}"


def _number(count: int) -> str:
    if count == 1:
        return "one thing"
    return f"{wording.NUMBERS[count] if count < len(wording.NUMBERS) else count} things"


def _more(context: Context) -> tuple[str, ...]:
    return _MORE_ALOUD if context.is_spoken else _MORE_WRITTEN
