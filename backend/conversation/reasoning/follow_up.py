"""Reads an answer to what we have just asked: after "What shall I write down?" it is the note."""

from collections.abc import Sequence
from dataclasses import replace

from backend.conversation.reasoning.context import Line
from backend.conversation.reasoning.noting import ASK_MEMORY, ASK_NOTE
from backend.conversation.reasoning.understanding import Intent, Understanding, understand

_ASKED = {ASK_MEMORY: Intent.REMEMBER, ASK_NOTE: Intent.NOTE}
# Whoever says one of these has changed their mind, or answers something else.
_OTHERWISE = frozenset(
    {
        Intent.REMEMBER,
        Intent.NOTE,
        Intent.NOTE_DONE,
        Intent.NOTES_LIST,
        Intent.HELP,
        Intent.REPEAT,
        Intent.GOODBYE,
        Intent.SILENCE,
        Intent.SMALL_TALK,
        Intent.OTHER_LANGUAGE,
    }
)


def understand_next(text: str, history: Sequence[Line]) -> Understanding:
    """Return what somebody wants, in the light of what was said before."""
    understood = understand(text)
    last = history[-1] if history else None
    wanted = _ASKED.get(last.text) if last is not None and last.speaker == "companion" else None
    if wanted is None or understood.intent in _OTHERWISE or understood.is_question:
        return understood
    kept = understand(f"Take a note: {text}")  # cleaned as if it had been said at once
    return replace(kept, intent=wanted, ends_exchange=understood.ends_exchange)
