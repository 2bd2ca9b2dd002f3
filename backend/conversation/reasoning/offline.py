"""The mind that needs no key and no network: it keeps, finds and tells, and claims nothing else.

It is the last level on every channel, so it never fails. What it says of the past is quoted from
what was said, with its source; it infers nothing.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta

from backend.conversation.reasoning import wording
from backend.conversation.reasoning.context import Context
from backend.conversation.reasoning.understanding import Intent, understand
from backend.memory import Recollection

NAME = "offline"
NOTES_ALOUD_MAX = 5
CITED_MAX = 2
ALSO_FROM = 0.85  # share of the best one's score from which a second is told too
CITED_CHARACTERS_MAX = 400

CAN_DO = (
    "I can remember what you tell me, find it again, keep your notes, tell the time and the date,"
    " and do sums."
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
        return ["What shall I remember?"]
    return [f"I'll remember that {wording.to_listener(content)}."]


def _note(context: Context) -> list[str]:
    if not context.may_note:
        return _may_not_keep(context)
    content = wording.clause(context.understanding.content)
    if not content:
        return ["What shall I write down?", "Say, for example: take a note, buy oat milk."]
    return [f"I've made a note: {content}."]


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
    if not context.recollections:
        return ["I don't know that.", "You haven't told me anything that answers it."]
    best = context.recollections[0].score
    cited = [
        recollection
        for recollection in context.recollections[:CITED_MAX]
        if recollection.score >= ALSO_FROM * best
    ]
    return [
        sentence for recollection in _distinct(cited) for sentence in _cited(recollection, context)
    ]


def _distinct(cited: list[Recollection]) -> list[Recollection]:
    by_words = {wording.clause(each.text).casefold(): each for each in reversed(cited)}
    return list(reversed(by_words.values()))


def _cited(recollection: Recollection, context: Context) -> list[str]:
    """Say what is known, then where it is known from."""
    read = understand(recollection.text)
    words = wording.clause((read.content or recollection.text)[:CITED_CHARACTERS_MAX])
    when = wording.when_said(recollection.said_at, context.now, context.zone)
    channel = wording.channel_said(recollection.channel)
    source = f"{when}, {channel}" if channel else when
    is_theirs = recollection.channel != "api" and recollection.speaker in {context.name, "caller"}
    if not is_theirs:
        speaker = recollection.speaker or "Somebody"
        return [f"{speaker} said {source}: {words}."]
    if read.intent is Intent.NOTE:
        return [wording.sentence(f"{source}, you asked me to note: {words}")]
    return [wording.sentence(wording.to_listener(words)), f"You told me so {source}."]


def _time(context: Context) -> list[str]:
    return [f"It's {wording.time_said(wording.local(context.now, context.zone))}."]


def _date(context: Context) -> list[str]:
    today = wording.local(context.now, context.zone).date()
    match context.understanding.content:
        case "tomorrow":
            return [f"Tomorrow is {wording.day_said(today + timedelta(days=1))}."]
        case "yesterday":
            return [f"Yesterday was {wording.day_said(today - timedelta(days=1))}."]
        case _:
            return [f"Today is {wording.day_said(today, with_year=True)}."]


def _sum(context: Context) -> list[str]:
    if context.understanding.content == "undefined":
        return ["That has no answer."]
    return [f"That makes {context.understanding.content}."]


def _greeting(context: Context) -> list[str]:
    return [f"Hello {context.name}.".replace(" .", "."), "What can I do for you?"]


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
    return ["I can't do that yet.", CAN_DO]


def _statement(context: Context) -> list[str]:
    if not context.may_note:
        return ["I hear you.", *_may_not_keep(context)]
    return ["All right, I'll keep that in mind."]


def _goodbye(context: Context) -> list[str]:
    return [f"Goodbye, {context.name}." if context.name else "Goodbye."]


def _silence(context: Context) -> list[str]:
    return ["I didn't catch that.", "Could you say it again?"]


_ANSWERS: Mapping[Intent, Callable[[Context], list[str]]] = {
    Intent.REMEMBER: _remember,
    Intent.NOTE: _note,
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
    Intent.GOODBYE: _goodbye,
    Intent.STATEMENT: _statement,
    Intent.SILENCE: _silence,
}
