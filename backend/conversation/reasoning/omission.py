"""What is said of forgetting: how much would go, that it is gone; never again what it is."""

from backend.conversation.reasoning import wording
from backend.conversation.reasoning.context import Context, Omission
from backend.conversation.reasoning.which import called

_NAMES = {"fact": "fact", "turn": "thing you said", "note": "note"}
_PLURALS = {"thing you said": "things you said"}
_PROBLEMS = {
    "nothing": ["I find nothing like that to forget."],
    "kept": ["All right, I keep it."],
    "unclear": ["I can't tell which one you mean, so I forget nothing."],
    "everything": [
        "I don't forget everything by word of mouth.",
        "Whoever runs me can do it with: ringback forget everything.",
    ],
    "many": [
        "That is more than I forget at one word.",
        "Whoever runs me can do it with: ringback forget person, or: ringback forget period.",
    ],
    "guest": [
        "I forget only for whose memory it is.",
        "Let them say that it's them again, and then what to forget.",
    ],
    "forbidden": [
        "I forget only for whose memory it is, on a line where I'm sure of it.",
        "Give me your PIN on a call, or use the app.",
    ],
}


def answer(context: Context) -> list[str]:
    """Ask before anything goes, or say what became of it."""
    omission = context.omission
    if omission is None or omission.problem:
        return _PROBLEMS[omission.problem if omission is not None else "nothing"]
    context.trace.told, context.trace.cited = [], []
    if omission.which and not omission.counts:
        return _which(omission)
    if omission.is_done:
        return ["It's forgotten, for good: no backup brings it back."]
    parts = [_counted(count, _NAMES[kind]) for kind, count in omission.counts.items()]
    if not omission.which:
        return [f"That would forget {wording.listed(parts)}, for good.", "Shall I?"]
    who = wording.listed([_called(omission, each) for each in omission.which])
    stays = [_left(omission)] if omission.unclear else []
    who = f"{who[:1].upper()}{who[1:]}"
    return [f"{who}: that would forget {wording.listed(parts)}, for good.", *stays, "Shall I?"]


def _which(omission: Omission) -> list[str]:
    """Ask whom of several they mean: nothing is counted before they have said."""
    several = [_called(omission, each) for each in omission.which]
    number = wording.NUMBERS[len(several)] if len(several) < len(wording.NUMBERS) else "several"
    return [
        f"I know {number} people called {omission.name}: {', and '.join(several)}.",
        "Which one shall I forget?",
    ]


def _called(omission: Omission, which: str) -> str:
    return called(omission.name, which)


def _left(omission: Omission) -> str:
    few = wording.NUMBERS[omission.unclear] if omission.unclear < len(wording.NUMBERS) else ""
    number = few or str(omission.unclear)
    says, stays = ("says", "stays") if omission.unclear == 1 else ("say", "stay")
    return f"{number.capitalize()} more only {says} {omission.name}, and {stays}."


def _counted(count: int, noun: str) -> str:
    number = wording.NUMBERS[count] if count < len(wording.NUMBERS) else str(count)
    return f"{number} {noun if count == 1 else _PLURALS.get(noun, f'{noun}s')}"
