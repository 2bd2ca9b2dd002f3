"""The mind that needs no key and no network: it keeps, finds and tells, and claims nothing else.

It is the last level on every channel, so it never fails. What it says of the past is quoted from
what was said, with its source; it infers nothing.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta

from backend.conversation.reasoning import dates, omission, secrets, small_talk, telling, wording
from backend.conversation.reasoning.about import is_about
from backend.conversation.reasoning.context import Context
from backend.conversation.reasoning.understanding import Intent, understand, without_opening
from backend.memory import Recollection

NAME = "offline"
NOTES_ALOUD_MAX = 5
CITED_MAX = 2
ALSO_FROM = 0.85  # share of the best one's score from which a second is told too
CITED_CHARACTERS_MAX = 400
ECHO_CHARACTERS_MAX = 200  # a confirmation that is longer is no confirmation
OWN_NAME = "What is my name?"  # what "Who am I?" asks of the memory
ASK_MEMORY = "What shall I remember?"
ASK_NOTE = "What shall I write down?"

CAN_DO = (
    "I can remember what you tell me, find it again, keep your notes, tell the time and the date,"
    " and do sums."
)

KEPT = (
    "All right, I'll keep that in mind.",
    "Good to know. I'll remember it.",
    "I've taken that in.",
)


class OfflineMind:
    """Answers by rules, in sentences that are meant to be heard."""

    name = NAME

    async def reply(self, context: Context) -> AsyncIterator[str]:
        """Give the reply, one sentence at a time."""
        context.trace.engine = NAME
        sentences = _ANSWERS[context.understanding.intent](context)
        if context.understanding.ends_exchange and context.understanding.intent != Intent.GOODBYE:
            sentences = [*sentences, _goodbye(context)[0]]
        for index, sentence in enumerate(sentences):
            yield sentence if index == 0 else f" {sentence}"


def _remember(context: Context) -> list[str]:
    if not context.may_note:
        return _may_not_keep(context)
    content = wording.clause(context.understanding.content)
    if not content:
        return [ASK_MEMORY]
    if len(content) > ECHO_CHARACTERS_MAX:
        return ["All right, I'll remember all of that."]
    return [f"I'll remember that {wording.to_listener(content)}."]


def _note(context: Context) -> list[str]:
    if not context.may_note:
        return _may_not_keep(context)
    content = wording.clause(context.understanding.content)
    if not content:
        return [ASK_NOTE]
    if len(content) > ECHO_CHARACTERS_MAX:
        return ["I've made a note of all that."]
    return [f"I've made a note: {content}."]


def _note_done(context: Context) -> list[str]:
    if not context.may_note:
        return _may_not_keep(context)
    if not context.may_recall:
        return _may_not_recall(context)
    if not context.ticked:
        missed = ["I can't tell which of your notes that is."] if context.notes else []
        return [*missed, *_notes_list(context)]
    if len(context.ticked) == len(context.notes) > 1:
        count = wording.counted(len(context.ticked), "note")
        return [f"I've ticked off all {count}; your list is empty."]
    return [f"I've ticked off: {wording.listed([wording.clause(n) for n in context.ticked])}."]


def _may_not_keep(context: Context) -> list[str]:
    if not context.name:
        return ["I don't know this number, so I can't keep anything for you."]
    return ["I can't keep anything for you on this line."]


def _may_not_recall(context: Context) -> list[str]:
    if not context.name:
        return [
            "I don't know this number, so I keep what I remember to myself.",
            "Whoever runs me can add you.",
        ]
    return [
        "I can't share what I remember on this line, because I can't be sure that it's you.",
        "Send me a text, or use the app, and I'll answer there.",
    ]


def _notes_list(context: Context) -> list[str]:
    if not context.may_recall:
        return _may_not_recall(context)
    notes = [wording.clause(note) for note in context.notes if note.strip()]
    if not notes:
        return ["You have no notes."]
    if len(notes) <= NOTES_ALOUD_MAX:
        return [f"You have {wording.counted(len(notes), 'note')}: {wording.listed(notes)}."]
    more = len(notes) - NOTES_ALOUD_MAX
    return [
        f"You have {wording.counted(len(notes), 'note')}.",
        f"The latest are: {wording.listed(notes[-NOTES_ALOUD_MAX:])}.",
        f"The other {wording.NUMBERS[more]} are older."
        if more in range(2, 13)
        else "More are older.",
    ]


def _question(context: Context) -> list[str]:
    if not context.may_recall:
        return _may_not_recall(context)
    if context.which:
        return telling.which(context)
    if context.answer:
        return telling.answer(context)
    cited = _answering(context)
    context.trace.cited = cited
    if not cited:
        return ["I don't know that.", "You haven't told me anything that answers it."]
    best, *others = cited
    return [*_cited(best, context), *(_cited_too(each, best, context) for each in others)]


def _answering(context: Context, question: str = "") -> list[Recollection]:
    """Return what answers the question: the latest first, since people correct themselves."""
    asked = question or context.heard
    found = [each for each in context.recollections if is_about(asked, each)]
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
        who = "My owner" if speaker == wording.UNNAMED else speaker
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


def _is_theirs(recollection: Recollection, context: Context) -> bool:
    return recollection.channel != "api" and recollection.speaker in {context.name, "caller"}


def _time(context: Context) -> list[str]:
    return [f"It's {wording.time_said(wording.local(context.now, context.zone))}."]


def _date(context: Context) -> list[str]:
    today = wording.local(context.now, context.zone).date()
    match context.understanding.content:
        case "tomorrow":
            return [f"Tomorrow is {wording.day_said(today + timedelta(days=1))}."]
        case "yesterday":
            return [f"Yesterday was {wording.day_said(today - timedelta(days=1))}."]
        case asked if reckoned := dates.reckon(asked, today):
            return [reckoned]
        case _:
            return [f"Today is {wording.day_said(today, with_year=True)}."]


def _sum(context: Context) -> list[str]:
    if context.understanding.content == "undefined":
        return ["That has no answer."]
    return [f"That makes {context.understanding.content}."]


def _greeting(context: Context) -> list[str]:
    return [_by_name("Hello", context), "What can I do for you?"]


def _how_are_you(context: Context) -> list[str]:
    return ["I'm well, thank you.", "What's on your mind?"]


def _thanks(context: Context) -> list[str]:
    return ["You're welcome."]


def _identity(context: Context) -> list[str]:
    return [
        f"I'm {context.character.name}, a companion you can call.",
        "I'm a machine, and I remember what you tell me.",
    ]


def _help(context: Context) -> list[str]:
    return [CAN_DO, "Try: take a note, buy oat milk."]


def _line_check(context: Context) -> list[str]:
    return ["Yes, I hear you."]


def _unsupported(context: Context) -> list[str]:
    if context.understanding.is_question and context.may_recall and context.recollections:
        return _question(context)
    return wording.cannot(context.understanding.content) or ["I can't do that yet.", CAN_DO]


def _statement(context: Context) -> list[str]:
    if not context.may_note:
        return ["I hear you.", *_may_not_keep(context)]
    name = wording.own_name(context.heard)
    if name:
        return [f"Nice to meet you, {name}.", "I'll remember that."]
    return [KEPT[len(context.history) // 2 % len(KEPT)]]


def _small_talk(context: Context) -> list[str]:
    return [small_talk.answer(context.understanding.content)]


def _repeat(context: Context) -> list[str]:
    last = next((line for line in reversed(context.history) if line.speaker == "companion"), None)
    return [last.text] if last is not None else _silence(context)


def _continue(context: Context) -> list[str]:
    if context.unfinished:
        return [f"I was saying: {context.unfinished}"]
    return ["I had said all of it.", "What would you like to know?"]


def _hold_on(context: Context) -> list[str]:
    return ["Take your time."]


def _transfer(context: Context) -> list[str]:
    handover = context.handover
    if handover is None or handover.problem == "channel":
        return ["I can put you through only when you call me."]
    name = wording.called(handover.name) or "them"
    if not handover.problem:
        return [f"One moment, I'll put you through to {name}."]
    told = {
        "forbidden": ["I can't put you through, because I can't be sure that it's you."],
        "unknown": [f"I don't know how to reach {name}.", "Whoever runs me can add their number."],
        "number": [f"I'm not allowed to ring {name}'s number."],
    }
    return told.get(handover.problem, ["I can't put you through."])


def _text_me(context: Context) -> list[str]:
    forward = context.forward
    if forward is None or forward.problem == "channel":
        return ["I can text you only when you call me."]
    if not forward.problem:
        is_rest = context.understanding.content.endswith(("rest", "remainder", "left"))
        return ["I'll text you the rest." if is_rest else "I'll text you that."]
    told = {
        "forbidden": "I don't know this number, so I can't text you.",
        "nothing": "There is nothing left that I could text you.",
        "number": "I'm not able to text this number.",
    }
    return [told[forward.problem]]


def _how_known(context: Context) -> list[str]:
    if not context.may_recall:
        return _may_not_recall(context)
    return telling.how_known(context)


def _correct(context: Context) -> list[str]:
    return telling.righted(context, context.righting) if context.righting else _silence(context)


def _pin(context: Context) -> list[str]:
    if not context.may_note:
        return _may_not_keep(context)
    content = wording.clause(context.understanding.content)
    if not content:
        return telling.pinned(context)
    if len(content) > ECHO_CHARACTERS_MAX:
        return ["All right, I'll never forget any of that."]
    return [f"I'll never forget that {wording.to_listener(content)}."]


def _who_am_i(context: Context) -> list[str]:
    if context.may_recall and context.answer:
        return telling.answer(context)
    cited = _answering(context, OWN_NAME) if context.may_recall else []
    context.trace.cited = cited
    if cited:
        return _cited(cited[0], context)
    name = wording.called(context.name)
    return [f"You're {name}."] if name else ["I don't know your name.", "Tell me, if you like."]


def _other_language(context: Context) -> list[str]:
    return ["I'm sorry, I understand only English so far."]


def _unclear(context: Context) -> list[str]:
    return ["I'm not sure what to make of that.", "Could you say it in a sentence?"]


def _goodbye(context: Context) -> list[str]:
    return [_by_name("Goodbye,", context)]


def _by_name(words: str, context: Context) -> str:
    name = wording.called(context.name)
    return f"{words} {name}." if name else f"{words.rstrip(',')}."


def _silence(context: Context) -> list[str]:
    return ["I didn't catch that.", "Could you say it again?"]


_ANSWERS: Mapping[Intent, Callable[[Context], list[str]]] = {
    Intent.REMEMBER: _remember,
    Intent.PIN: _pin,
    Intent.CORRECT: _correct,
    Intent.HOW_KNOWN: _how_known,
    Intent.SECRET: secrets.answer,
    Intent.FORGET: omission.answer,
    Intent.NOTE: _note,
    Intent.NOTE_DONE: _note_done,
    Intent.NOTES_LIST: _notes_list,
    Intent.QUESTION: _question,
    Intent.TIME: _time,
    Intent.DATE: _date,
    Intent.SUM: _sum,
    Intent.GREETING: _greeting,
    Intent.HOW_ARE_YOU: _how_are_you,
    Intent.THANKS: _thanks,
    Intent.IDENTITY: _identity,
    Intent.HELP: _help,
    Intent.LINE_CHECK: _line_check,
    Intent.UNSUPPORTED: _unsupported,
    Intent.SMALL_TALK: _small_talk,
    Intent.REPEAT: _repeat,
    Intent.CONTINUE: _continue,
    Intent.HOLD_ON: _hold_on,
    Intent.TRANSFER: _transfer,
    Intent.TEXT_ME: _text_me,
    Intent.WHO_AM_I: _who_am_i,
    Intent.OTHER_LANGUAGE: _other_language,
    Intent.UNCLEAR: _unclear,
    Intent.GOODBYE: _goodbye,
    Intent.STATEMENT: _statement,
    Intent.SILENCE: _silence,
}
