"""What is said of changes that are taken back, and of names that are said to be one."""

from backend.conversation.reasoning import refusing
from backend.conversation.reasoning.context import Context


def undo(context: Context) -> list[str]:
    """Say what was undone, or that there is nothing that could be."""
    if not context.may_note:
        return refusing.may_not_keep(context)
    if not context.changes_facts:
        return ["There is nothing to undo: I've changed nothing of what I know in this talk."]
    return ["All right, I've undone what I learnt or changed last."]


def join(context: Context) -> list[str]:
    """Say how two names become one: not by a word that may be misheard."""
    if not context.may_note:
        return refusing.may_not_keep(context)
    return [
        "I've not joined them: I don't do that in a talk.",
        "At the keyboard it goes so: ringback facts merge, the name that stays, the other one.",
    ]
