"""What needs no memory: the clock, sums, who is put through, and what is beyond us."""

from datetime import timedelta

from backend.conversation.reasoning import dates, recalling, wording
from backend.conversation.reasoning.context import Context

CAN_DO = (
    "I can remember what you tell me, find it again, keep your notes, tell the time and the date,"
    " and do sums."
)


def hour(context: Context) -> list[str]:
    """Say what time it is."""
    return [f"It's {wording.time_said(wording.local(context.now, context.zone))}."]


def day(context: Context) -> list[str]:
    """Say which day it is, or was."""
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


def total(context: Context) -> list[str]:
    """Say what a sum comes to."""
    if context.understanding.content == "undefined":
        return ["That has no answer."]
    return [f"That makes {context.understanding.content}."]


def transfer(context: Context) -> list[str]:
    """Say to whom they are put through, or why not."""
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


def text_me(context: Context) -> list[str]:
    """Say what they are texted, or why not."""
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


def unsupported(context: Context) -> list[str]:
    """Say that it is beyond us, and what is not."""
    if context.understanding.is_question and context.may_recall and context.recollections:
        return recalling.question(context)
    return wording.cannot(context.understanding.content) or ["I can't do that yet.", CAN_DO]


def abilities(context: Context) -> list[str]:
    """Say what can be asked."""
    return [CAN_DO, "Try: take a note, buy oat milk."]
