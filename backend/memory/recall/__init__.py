"""From a question to what was said about it: by meaning and by words, or silence."""

from backend.memory.recall.service import Question, Recall

__all__ = ["Question", "Recall"]
