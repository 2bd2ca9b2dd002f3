"""What is said of secrets: that they are sealed, or left out, and theirs when they ask for it."""

from backend.conversation.reasoning import wording
from backend.conversation.reasoning.context import Context, Told

WHICH_KEY = "Which key do you mean?"


def answer(context: Context) -> list[str]:
    """Tell a secret, or why not; or confirm what became of one that was told."""
    context.trace.told, context.trace.cited = [], []
    return _kept(context) if context.secret is None else _asked(context.secret, context)


def _asked(secret: Told, context: Context) -> list[str]:
    if secret.several:
        return [f"I keep several: {wording.listed(secret.several)}.", WHICH_KEY]
    if secret.value:
        return [f"Your {secret.name} is {secret.value}."]
    if not secret.is_left_out:
        return [
            f"I keep the {secret.name} sealed, and tell it only to whose it is.",
            "Ask me on a call that I can be sure of, or in the app.",
        ]
    if context.is_sealed:
        return [f"I have no {secret.name} in the vault.", "Tell it to me, and I'll seal it."]
    return [
        f"I don't have the {secret.name}: I don't keep such things.",
        "Whoever runs me can have them sealed instead, by the setting memory.secrets: vault.",
    ]


def _kept(context: Context) -> list[str]:
    if not context.left_out:
        return ["I've heard you."]
    names = wording.listed([f"the {name}" for name in context.left_out])
    if not context.may_note:
        return ["I can't keep anything for you on this line."]
    if context.is_sealed:
        return [f"I've sealed {names} in the vault.", "Ask me for it on a call when you need it."]
    return [f"I've left out {names}: I don't keep such things.", "I'll remember the rest."]
