"""How a question is answered from what is remembered: quoted, with its source, nothing inferred."""

import re

from backend.conversation.reasoning import manners, overview, refusing, telling, wording
from backend.conversation.reasoning.about import is_about
from backend.conversation.reasoning.context import Context
from backend.conversation.reasoning.understanding import Intent, understand, without_opening
from backend.kernel.people import Assurance
from backend.memory import Recollection
from backend.memory.facts.service import OWN_NAMES
from backend.memory.graph.types import folded

CITED_MAX = 2
ALSO_FROM = 0.85  # share of the best one's score from which a second is told too
CITED_CHARACTERS_MAX = 400
_OF_ONESELF = re.compile(r"\b(?:i|my|mine|me|myself)\b", re.IGNORECASE)
OWN_NAME = "What is my name?"  # what "Who am I?" asks of the memory


def question(context: Context) -> list[str]:
    """Answer from what is held, else from what was said, else not at all."""
    if not context.may_recall:
        return refusing.may_not_recall(context)
    if context.which:
        return telling.which(context)
    if context.answer and context.overview is not None:
        return overview.answer(context)
    if context.answer:
        return telling.answer(context)
    # What put it right tells how it is, not how it was.
    cited = [] if context.corrected else _answering(context)
    context.trace.cited = cited
    if not cited:
        return _unknown(context)
    best, *others = cited
    return [*_cited(best, context), *(_cited_too(each, best, context) for each in others)]


def _unknown(context: Context) -> list[str]:
    """Say that nothing is known, or no more than what was said and put right."""
    if context.corrected:
        return telling.corrected(context)
    is_before = context.is_before and bool(context.last_told)
    unknown = "I don't know how it was before that." if is_before else "I don't know that."
    return [unknown, "You haven't told me anything that answers it."]


def who_am_i(context: Context) -> list[str]:
    """Say what they are called."""
    if context.may_recall and context.answer:
        return telling.answer(context)
    cited = _answering(context, OWN_NAME) if context.may_recall else []
    context.trace.cited = cited
    if cited:
        return _cited(cited[0], context)
    name = wording.called(context.name)
    return [f"You're {name}."] if name else ["I don't know your name.", "Tell me, if you like."]


def how_known(context: Context) -> list[str]:
    """Say where the last reply was known from."""
    if not context.may_recall:
        return refusing.may_not_recall(context)
    return telling.how_known(context)


def correct(context: Context) -> list[str]:
    """Confirm what they have put right."""
    righting = context.righting
    return telling.righted(context, righting) if righting else manners.silence(context)


def _answering(context: Context, question: str = "") -> list[Recollection]:
    """Return what answers the question: the latest first, since people correct themselves."""
    asked = question or context.heard
    found = [
        each
        for each in context.recollections
        if is_about(asked, each) and not _is_of_another(asked, each, context)
    ]
    if not found:
        return []
    best = found[0]
    near = [best] + [each for each in found[1:] if _stands_beside(each, best)]
    return sorted(_distinct(near)[:CITED_MAX], key=lambda each: each.said_at, reverse=True)


def _stands_beside(other: Recollection, best: Recollection) -> bool:
    """Say whether it is as good as the best, or may correct it: later, of the same matter."""
    if other.score >= ALSO_FROM * best.score:
        return True
    is_same_matter = other.signals.get("coverage", 0.0) >= best.signals.get("coverage", 1.0)
    return is_same_matter and other.said_at > best.said_at


def _distinct(cited: list[Recollection]) -> list[Recollection]:
    by_words = {wording.clause(each.text).casefold(): each for each in reversed(cited)}
    return list(reversed(by_words.values()))


def _cited(recollection: Recollection, context: Context) -> list[str]:
    """Say what is known, then where it is known from."""
    read = understand(recollection.text)
    told = without_opening(read.content or recollection.text)
    words = wording.clause(wording.shortened(told, CITED_CHARACTERS_MAX))
    when = wording.when_said(recollection.said_at, context.now, context.zone)
    channel = wording.channel_said(recollection.channel)
    source = f"{when}, {channel}" if channel else when
    if not _is_theirs(recollection, context):
        speaker = recollection.speaker or "Somebody"
        is_owners = speaker == wording.UNNAMED or _is_owners_elsewhere(recollection)
        who = "My owner" if is_owners else speaker
        return [f"{who} said {source}: {words}."]
    if read.intent is Intent.NOTE:
        return [wording.sentence(f"{source}, you asked me to note: {words}")]
    return [wording.sentence(wording.to_listener(words)), f"You told me so {source}."]


def _cited_too(other: Recollection, best: Recollection, context: Context) -> str:
    """Say a second thing that is known; when it is the older one, that it came before."""
    if not _is_theirs(other, context) or understand(other.text).intent is Intent.NOTE:
        return " ".join(_cited(other, context))
    read = understand(other.text)
    told = wording.shortened(without_opening(read.content or other.text), CITED_CHARACTERS_MAX)
    when = wording.when_said(other.said_at, context.now, context.zone)
    is_same_day = when == wording.when_said(best.said_at, context.now, context.zone)
    began = "Before that" if other.said_at < best.said_at else "Besides"
    at = "" if is_same_day else f" {when}"
    return f"{began} you told me{at}: {wording.to_listener(wording.clause(told))}."


def _is_of_another(asked: str, recollection: Recollection, context: Context) -> bool:
    """Say whether somebody else speaks of themselves where we are asked about whoever asks.

    "My name is Owner" from a guest is no answer to "What is my name?"; "What did Martin say of my
    car?" names whose words are asked for.
    """
    speaker = recollection.speaker
    is_brought_in = recollection.channel == "api" and recollection.assurance is Assurance.HELD
    if is_brought_in or _is_theirs(recollection, context) or not speaker:
        return False
    if speaker.casefold() in asked.casefold() or (context.is_owner and speaker == wording.UNNAMED):
        return False
    return bool(_OF_ONESELF.search(asked)) and bool(_OF_ONESELF.search(recollection.text))


def _is_theirs(recollection: Recollection, context: Context) -> bool:
    if _is_owners_elsewhere(recollection):
        return context.is_owner
    return recollection.channel != "api" and recollection.speaker in {context.name, "caller"}


def _is_owners_elsewhere(recollection: Recollection) -> bool:
    """Say whether the owner said it to another program, which calls them "me" or "user"."""
    is_held = recollection.assurance is Assurance.HELD
    return is_held and folded(recollection.speaker) in OWN_NAMES
