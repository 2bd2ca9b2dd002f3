"""The mind that needs no key and no network: it keeps, finds and tells, and claims nothing else.

It is the last level on every channel, so it never fails. What it says of the past is quoted from
what was said, with its source; it infers nothing. Its table says which room answers what.
"""

from collections.abc import AsyncIterator, Callable, Mapping

from backend.conversation.reasoning import (
    manners,
    noting,
    omission,
    overview,
    recalling,
    secrets,
    serving,
    undoing,
    which,
)
from backend.conversation.reasoning.context import Context
from backend.conversation.reasoning.understanding import Intent
from backend.conversation.reasoning.unsure import impossible_day

NAME = "offline"


class OfflineMind:
    """Answers by rules, in sentences that are meant to be heard."""

    name = NAME

    async def reply(self, context: Context) -> AsyncIterator[str]:
        """Give the reply, one sentence at a time."""
        context.trace.engine = NAME
        sentences = _answer(context)
        if context.understanding.ends_exchange and context.understanding.intent != Intent.GOODBYE:
            sentences = [*sentences, manners.goodbye(context)[0]]
        for index, sentence in enumerate(sentences):
            yield sentence if index == 0 else f" {sentence}"


def _answer(context: Context) -> list[str]:
    if day := impossible_day(context.understanding, context.heard):
        return [f"There is no {day}. Which day do you mean?"]
    return _ANSWERS[context.understanding.intent](context)


_ANSWERS: Mapping[Intent, Callable[[Context], list[str]]] = {
    Intent.REMEMBER: noting.remember,
    Intent.PIN: noting.pin,
    Intent.CORRECT: recalling.correct,
    Intent.OVERVIEW: overview.answer,
    Intent.HOW_KNOWN: recalling.how_known,
    Intent.SECRET: secrets.answer,
    Intent.FORGET: omission.answer,
    Intent.WHOSE: which.whose,
    Intent.UNDO: undoing.undo,
    Intent.JOIN: undoing.join,
    Intent.NOTE: noting.note,
    Intent.NOTE_DONE: noting.note_done,
    Intent.NOTES_LIST: noting.notes_list,
    Intent.QUESTION: recalling.question,
    Intent.TIME: serving.hour,
    Intent.DATE: serving.day,
    Intent.SUM: serving.total,
    Intent.GREETING: manners.greeting,
    Intent.HOW_ARE_YOU: manners.how_are_you,
    Intent.THANKS: manners.thanks,
    Intent.IDENTITY: manners.identity,
    Intent.HELP: serving.abilities,
    Intent.LINE_CHECK: manners.line_check,
    Intent.UNSUPPORTED: serving.unsupported,
    Intent.SMALL_TALK: manners.chat,
    Intent.REPEAT: manners.repeat,
    Intent.CONTINUE: manners.go_on,
    Intent.HOLD_ON: manners.hold_on,
    Intent.TRANSFER: serving.transfer,
    Intent.TEXT_ME: serving.text_me,
    Intent.WHO_AM_I: recalling.who_am_i,
    Intent.OTHER_LANGUAGE: manners.other_language,
    Intent.UNCLEAR: manners.unclear,
    Intent.GOODBYE: manners.goodbye,
    Intent.STATEMENT: manners.statement,
    Intent.SILENCE: manners.silence,
}
