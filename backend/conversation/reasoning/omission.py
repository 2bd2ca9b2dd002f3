"""What is said of forgetting: how much would go, that it is gone; never again what it is."""

from backend.conversation.reasoning import wording
from backend.conversation.reasoning.context import Context

_NAMES = {"fact": "fact", "turn": "thing you said", "note": "note"}
_PLURALS = {"thing you said": "things you said"}
_PROBLEMS = {
    "nothing": ["I find nothing like that to forget."],
    "kept": ["All right, I keep it."],
    "everything": [
        "I don't forget everything by word of mouth.",
        "Whoever runs me can do it with: ringback forget everything.",
    ],
    "many": [
        "That is more than I forget at one word.",
        "Whoever runs me can do it with: ringback forget person, or: ringback forget period.",
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
    if omission.is_done:
        return ["It's forgotten, for good: no backup brings it back."]
    parts = [_counted(count, _NAMES[kind]) for kind, count in omission.counts.items()]
    return [f"That would forget {wording.listed(parts)}, for good.", "Shall I?"]


def _counted(count: int, noun: str) -> str:
    number = wording.NUMBERS[count] if count < len(wording.NUMBERS) else str(count)
    return f"{number} {noun if count == 1 else _PLURALS.get(noun, f'{noun}s')}"
