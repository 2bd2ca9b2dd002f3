"""What is told and can't be so: it is asked back before anything is made of it."""

from backend.conversation.reasoning.understanding import Intent, Understanding
from backend.memory.facts.language.times import no_such_day
from backend.memory.facts.language.words import words_of


def impossible_day(understood: Understanding, heard: str) -> str:
    """Return a day that no calendar has, "31 February", where somebody tells of one.

    A note is theirs as they dictate it.
    """
    if not understood.tells_something or understood.intent is Intent.NOTE:
        return ""
    return no_such_day(words_of(heard))
