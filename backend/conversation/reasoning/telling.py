"""How facts are told aloud: to whose they are, with where they are known from and since when."""

import re
from collections.abc import Sequence

from backend.conversation.reasoning import wording
from backend.conversation.reasoning.context import Context, Righting
from backend.conversation.reasoning.until import foreseen
from backend.kernel.clock import DAY, Instant
from backend.memory.facts import ONESELF, FactView, Retraction, SaidBy, SourceView
from backend.memory.facts.correction_words import CorrectionKind
from backend.memory.facts.corrections import Part
from backend.memory.facts.predicates import KIN, STANDING, predicate, told
from backend.memory.facts.service import OWN_NAMES
from backend.memory.graph.types import folded

TOLD_ALOUD_MAX = 3
ALL_ALOUD_MAX = 6
QUOTE_CHARACTERS_MAX = 200
YEAR = 365 * DAY + DAY // 4  # who was 40 then is older by now
_AGE = re.compile(r"\d{1,3} years old")
_UNTIL = re.compile(
    r"\b(?:until|till) (?P<until>(?:the (?:end|middle|beginning) of )?(?:next )?"
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|spring|summer|autumn|winter|week|month|year|Christmas|Easter)(?: \d{4})?|\d{4})\b",
    re.IGNORECASE,
)
_IS_IT_SO = re.compile(r"\W*(?:and |so |but )?(?:am|is|are|do|does|have|has|can)\b")
DAYS_SINCE_MIN = 2  # a fact that is true for longer than since it was told says since when


def answer(context: Context) -> list[str]:
    """Tell the facts that answer, then where they are known from."""
    facts = context.answer[: ALL_ALOUD_MAX if len(context.answer) > TOLD_ALOUD_MAX else None]
    context.trace.told, context.trace.cited = list(facts), []
    # What two say alike is told once.
    stated = dict.fromkeys(statement(fact, context) for fact in facts)
    told = [*stated, *_source(facts[0], context)]
    said = [_otherwise(fact, context) for fact in facts if fact.disputed]
    if said:
        if not any(_is_by_listener(fact, context) for fact in facts):
            return [*told, *said]
        whose = _owner_of(facts[0]) or "my owner"
        return [*said, f"What {whose} told me says otherwise, and I may not change it.", *told]
    is_over = not facts[0].holds_at(context.now) and not facts[0].was_never_true
    return ["Not any more.", *told] if is_over and _IS_IT_SO.match(context.heard.lower()) else told


def which(context: Context) -> list[str]:
    """Ask whom they mean: "Anna your sister, or Anna from work?"."""
    # One of each comes first: of the rest only so much is remembered until they answer.
    told = dict.fromkeys((*context.which, *context.answer))
    context.trace.told, context.trace.cited = list(told), []
    options = [_told_apart(fact) for fact in context.which]
    return [f"Which one do you mean: {', or '.join(options)}?"]


def how_known(context: Context) -> list[str]:
    """Tell date, channel and words of what was said last."""
    facts = [fact for fact in context.answer if fact.sources]
    context.trace.told, context.trace.cited = facts, []
    if context.words:
        return [_in_words(context.words[0], context), *_listen(context)]
    if not facts:
        return ["I'm not sure what you mean.", "Ask me something, and then how I know it."]
    newest, *older = facts[0].sources
    told_first = min(older, key=lambda source: source.said_at, default=None)
    sentences = [_in_words(newest, context)]
    if told_first is not None and newest.said_at - told_first.said_at >= DAY:
        sentences.append(f"The first time was {_when(told_first, context)}.")
    if context.is_played:
        sentences += _listen(context)
    elif newest.has_recording:
        where = f": ringback facts show {facts[0].id}" if context.channel == "talk" else ""
        sentences.append(f"There is a recording of it{where}.")
    return sentences


def quoted_first(answer: Sequence[FactView], words: Sequence[SourceView]) -> SourceView | None:
    """Return whose words are quoted when they ask how something is known."""
    if words:
        return words[0]
    return next((fact.sources[0] for fact in answer if fact.sources), None)


def _listen(context: Context) -> list[str]:
    return ["Listen."] if context.is_played else []


def righted(context: Context, righting: Righting) -> list[str]:
    """Confirm what is held from now on: the new and the old."""
    fact = righting.fact
    old = fact.subject if righting.part is Part.SUBJECT else fact.object
    if righting.problem:
        return _left(context, righting, old)
    match righting.kind:
        case CorrectionKind.CORRECTED:
            return [f"All right: {righting.value}, not {old}."]
        case CorrectionKind.CHANGED:
            return [f"All right: {righting.value} now, no longer {old}."]
        case CorrectionKind.ENDED:
            facts = (fact, *righting.also)
            said = [wording.clause(statement(each, context)) for each in facts]
            said = [said[0], *(_within(each) for each in said[1:])]
            return [f"All right, that's over: {wording.listed(said)}."]
        case _:
            facts = (fact, *righting.also)
            said = [_within(wording.clause(statement(each, context))) for each in facts]
            asks = [] if righting.is_whole else ["How is it really?"]
            return [f"All right, then it isn't so that {wording.listed(said)}.", *asks]


def corrected(context: Context) -> list[str]:
    """Tell what had been said of something, and that it was put right: it never was so."""
    said = wording.listed([each.object for each in context.corrected])
    return [f"You had said {said}, and corrected it.", "I know of nothing before that."]


def _left(context: Context, righting: Righting, old: str) -> list[str]:
    """Say why nothing was changed; of what they asked us to keep, ask whether to."""
    if righting.problem == "forbidden":
        return ["I've heard you, but only whose memory it is can change that."]
    if righting.problem == "same":
        return [f"Yes, {old}: that's what I have."]
    context.trace.told = [righting.fact]
    said = _within(wording.clause(statement(righting.fact, context)))
    if righting.problem == "left":
        return [f"All right, I keep it: {said}."]
    is_by_nature = predicate(righting.fact.predicate).is_pinned  # an allergy, a name
    began = "I hold on to it that" if is_by_nature else "You asked me never to forget that"
    return [f"{began} {said}.", "Shall I change it?"]


def pinned(context: Context) -> list[str]:
    """Confirm that facts are kept at hand."""
    if not context.answer and context.last_told and not context.is_owner:
        return ["I've heard you, but only whose memory it is can have me keep that for good."]
    if not context.answer:
        return ["What shall I never forget?"]
    said = [_within(wording.clause(statement(fact, context))) for fact in context.answer]
    return [f"I'll never forget that {wording.listed(said)}."]


# ── one fact ─────────────────────────────────────────────────────────────────────────────────
def statement(fact: FactView, context: Context) -> str:
    """Return a fact as a sentence to whoever listens, in the past when it is over."""
    is_past = not fact.holds_at(context.now) and not fact.was_never_true
    if fact.predicate == STANDING and fact.subject == ONESELF and context.is_owner:
        return f"You asked me never to forget: {wording.to_listener(fact.object)}."
    if fact.subject == ONESELF and context.is_owner:
        said = told(ONESELF, fact.predicate, fact.object, oneself="You", is_past=is_past)
    else:
        said = told(_called(fact, context), fact.predicate, fact.object, is_past=is_past)
    said = said[:1].upper() + said[1:]
    years = _years_since(fact, context)
    if years is not None:
        return _grown_older(said, years, fact, context)
    return f"{said.removesuffix('.')}{_stretch(fact, context)}."


def _years_since(fact: FactView, context: Context) -> int | None:
    """Return how many whole years ago an age was told; None: it is still so, or was no age."""
    if fact.predicate != "age" or not fact.holds_at(context.now) or not _AGE.fullmatch(fact.object):
        return None
    told_at = max((source.said_at for source in fact.sources), default=fact.learnt_at)
    return max(0, (context.now - told_at) // YEAR) or None


def _grown_older(said: str, years: int, fact: FactView, context: Context) -> str:
    """Tell an age that was told long ago as it was then, and what it makes by now."""
    told_at = max((source.said_at for source in fact.sources), default=fact.learnt_at)
    age = int(fact.object.partition(" ")[0]) + years
    said = said.removesuffix(".").replace(" are ", " were ", 1).replace(" is ", " was ", 1)
    return f"{said} in {_month(told_at, context)}: that makes {age} or {age + 1} by now."


def told_to_model(fact: FactView, context: Context) -> str:
    """Return a fact with where it is known from, as a model is given it."""
    source = [*_source(fact, context), *([_otherwise(fact, context)] if fact.disputed else [])]
    return " ".join([statement(fact, context), *source])


def _called(fact: FactView, context: Context) -> str:
    """Return a subject as the listener would call it."""
    owner = _owner_of(fact)
    if fact.subject == ONESELF:
        return owner or "My owner"
    mine = "your" if context.is_owner else f"{owner}'s" if owner else "the"
    which, own = folded(fact.qualifier), f"{folded(context.name)}'s "
    if not context.is_owner and context.name and which.startswith(own):
        mine, which = "your", which.removeprefix(own)  # theirs, and they are not the owner
    if folded(fact.subject) in KIN:
        return which if "'s " in which else f"{mine} {fact.subject}"
    if which in KIN:
        return f"{mine} {which} {fact.subject}"
    if which.startswith(("from ", "at ", "in ")):
        return f"{fact.subject} {fact.qualifier}"
    return fact.subject


def _owner_of(fact: FactView) -> str:
    """Return the owner's name as the source has it; empty where somebody else told it."""
    if fact.said_by is not SaidBy.OWNER:
        return ""
    return next((source.speaker for source in fact.sources), "")


def _told_apart(fact: FactView) -> str:
    which = folded(fact.qualifier)
    if not which:
        return f"the other {fact.subject}"
    if which in KIN:
        return f"{fact.subject}, your {which}"
    return f"{fact.subject} {fact.qualifier}"


def _stretch(fact: FactView, context: Context) -> str:
    """Return since when it is so, or until when it was, where that was said or is known."""
    first = min((source.said_at for source in fact.sources), default=fact.valid_from)
    is_told = abs(first - fact.valid_from) >= DAYS_SINCE_MIN * DAY
    since = f" since {_month(fact.valid_from, context)}" if is_told else ""
    if fact.holds_at(context.now) or fact.valid_to is None:
        return (f",{since}" if since else "") + _end_said(fact, context)
    is_by_itself = not fact.retracted_as  # its day has come, and nobody said anything of it since
    over = foreseen(fact, fact.valid_to, context) if is_by_itself else ""
    until = f" until {over or _month(fact.valid_to, context)}"
    if fact.valid_from == fact.valid_to and fact.retracted_as == Retraction.ENDED:
        return f",{until}" if is_told else ""  # since when, and perhaps until when, nobody has told
    return f", from {_month(fact.valid_from, context)}{until}" if is_told else f",{until}"


def _end_said(fact: FactView, context: Context) -> str:
    """Return until when they said that it would be so: it may be over without a word."""
    if fact.valid_to is not None:
        is_told = " until " in fact.object  # a plan has it in its words
        return "" if is_told else f", until {foreseen(fact, fact.valid_to, context)} as you said"
    quote = fact.sources[0].quote if fact.sources else ""
    found = _UNTIL.search(quote)
    is_its = found is not None and fact.object.casefold() in quote[: found.start()].casefold()
    return f", until {found['until']} as you said" if found is not None and is_its else ""


def _month(at: Instant, context: Context) -> str:
    then, today = (wording.local(moment, context.zone) for moment in (at, context.now))
    if (today.date() - then.date()).days < 7:
        return wording.when_said(at, context.now, context.zone).removeprefix("on ")
    if (then.month, then.day, then.hour) == (1, 1, 0):
        return f"{then:%Y}"  # a year that was told begins so
    return f"{then:%B}" if then.year == today.year else f"{then:%B %Y}"


def _source(fact: FactView, context: Context) -> list[str]:
    if not fact.sources:
        return []
    source = fact.sources[0]
    who = _who(source, context)
    return [f"{who} {_when(source, context)}."]


def _is_by_listener(fact: FactView, context: Context) -> bool:
    """Say whether it is the listener who says that it is otherwise."""
    return any(folded(each.speaker) == folded(context.name) for each in fact.disputed)


def _otherwise(fact: FactView, context: Context) -> str:
    """Tell what the one who it is about says against it: it changes nothing, and stands beside."""
    said = fact.disputed[0]
    words = wording.shortened(said.quote.strip().rstrip(".!"), QUOTE_CHARACTERS_MAX)
    if _is_by_listener(fact, context):
        return f"You told me {_when(said, context)}, in these words: {words}."
    return f"{said.speaker} told me otherwise {_when(said, context)}, in these words: {words}."


def _in_words(source: SourceView, context: Context) -> str:
    words = wording.shortened(source.quote.strip().rstrip(".!"), QUOTE_CHARACTERS_MAX)
    who = _who(source, context)
    if not words:  # a value that was put right by hand was never said
        whose = who.removesuffix(" told me so")
        return f"{whose} put it right by hand {_when(source, context)}."
    return f"{who} {_when(source, context)}, in these words: {words}."


def _who(source: SourceView, context: Context) -> str:
    if source.channel == "api":
        return "It's from what was brought in: it was said"
    if folded(source.speaker) in OWN_NAMES:  # as another program called them
        return "You told me so" if context.is_owner else "My owner told me so"
    mine = {context.name, "caller"} if context.name else {"caller"}
    if source.speaker in mine or (source.speaker == "Owner" and context.is_owner):
        return "You told me so"
    return f"{'My owner' if source.speaker == wording.UNNAMED else source.speaker} told me so"


def _when(source: SourceView, context: Context) -> str:
    when = wording.when_said(source.said_at, context.now, context.zone)
    channel = wording.channel_said(source.channel)
    return f"{when}, {channel}" if channel else when


def _within(said: str) -> str:
    """Return a sentence as it stands behind "that"."""
    first, _, rest = said.partition(" ")
    return f"{first.lower()} {rest}" if first in {"You", "Your", "The"} else said
