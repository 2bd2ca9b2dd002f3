"""Could these words be all that somebody wanted to say?"""

from enum import StrEnum

OPEN_WORDS = frozenset({"a", "an", "and", "because", "but", "my", "of", "or", "the", "to", "uh"})


class Completeness(StrEnum):
    """What the words of a pause look like."""

    FAREWELL = "farewell"
    ANSWER = "answer"  # "yes", "the second one"
    QUESTION = "question"
    COMPLETE = "complete"
    WHOLE_NUMBER = "whole number"
    UNSURE = "unsure"
    UNFINISHED = "unfinished"
    DICTATING = "dictating"


def completeness(text: str, *, digits: int | None = None) -> Completeness:
    """Judge the words; `digits` is how many are expected (0: any number), none when none are."""
    words = text.lower().strip(" .!?…").split()
    if words and words[-1].strip(",") in OPEN_WORDS:
        return Completeness.UNFINISHED
    if text.rstrip().endswith("?"):
        return Completeness.QUESTION
    return Completeness.COMPLETE if text.rstrip().endswith((".", "!")) else Completeness.UNSURE
