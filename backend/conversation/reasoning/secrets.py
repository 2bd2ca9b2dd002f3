"""What is said of secrets: that they are sealed, or left out, and theirs when they ask for it."""

from backend.conversation.reasoning import wording
from backend.conversation.reasoning.context import Context


def answer(context: Context) -> list[str]:
    """Tell a secret, or why not; or confirm what became of one that was told."""
    secret = context.secret
    if secret is not None and secret.value:
        context.trace.told, context.trace.cited = [], []
        return [f"Your {secret.name} is {secret.value}."]
    if secret is not None:
        return [
            f"I keep the {secret.name} sealed, and tell it only to whose it is.",
            "Ask me on a call that I can be sure of, or in the app.",
        ]
    if not context.left_out:
        return ["I've heard you."]
    names = wording.listed([f"the {name}" for name in context.left_out])
    if not context.may_note:
        return ["I can't keep anything for you on this line."]
    if context.is_sealed:
        return [f"I've sealed {names} in the vault.", "Ask me for it when you need it."]
    return [f"I've left out {names}: I don't keep such things.", "I'll remember the rest."]
