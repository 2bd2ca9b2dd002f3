"""What the companion says of its own accord on a line; short, and known by heart before a call."""

from backend.characters import COMPANION
from backend.conversation.reasoning import called

FILLER = "One moment."
STILL_THERE = "Are you still there?"
NOT_UNDERSTOOD = "Sorry, I didn't catch that."
FAREWELL_SILENCE = "I'll hang up now. Goodbye."
FAREWELL_LIMIT = "We have to stop here. Goodbye."
RECORDED = "This call is recorded."
BUSY = "All lines are busy right now. Please try again in a moment."
DEAF = "I can't hear anything here right now. Please write to me instead."
SORRY = "I'm sorry, something went wrong on my side. Please call again."

STANDING = (FILLER, STILL_THERE, NOT_UNDERSTOOD, FAREWELL_SILENCE, FAREWELL_LIMIT)

# Said to show that one listens; over our own words they ask for nothing.
NODS = frozenset({"mm", "mmm", "mhm", "mm-hm", "mm-hmm", "mhmm", "hm", "hmm", "uh-huh", "uh huh"})


def is_nod(words: str) -> bool:
    """Say whether somebody only shows that they listen."""
    return words.lower().strip(" .,!?…") in NODS


def greeting(name: str, *, is_recorded: bool) -> str:
    """Return the first words on a line."""
    first = COMPANION.greet(called(name))
    return f"{first} {RECORDED}" if is_recorded else first
