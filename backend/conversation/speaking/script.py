"""A phrase on its way through the voices: what was written, what is spoken, and how far it is."""

import re
from collections.abc import Sequence

from backend.conversation.speaking.speakable import speakable
from backend.conversation.speaking.words import aligned
from backend.kernel.audio import WordEnd

SENTENCE_END = re.compile(r"(?<=[.!?…;:])\s+")
SENTENCE_LETTERS_MIN = 12  # what is shorter is spoken together with what follows


class Script:
    """Counts the spoken words and tells which written ones have ended with them."""

    def __init__(self, text: str) -> None:
        self._written = text.split()
        spoken = speakable(text)
        self.sentences = _sentences(spoken)
        words = [word for sentence in self.sentences for word in sentence.split()]
        self._last_word = aligned(self._written, words)  # of the spoken, for each written one
        self._spoken = self._told = 0

    def pass_words(self, count: int) -> None:
        """Count words as spoken whose times nobody told."""
        self._spoken += count

    def timed(self, words: Sequence[WordEnd]) -> tuple[WordEnd, ...]:
        """Turn the ends of spoken words into those of written ones; call it in their order."""
        ends = self._ended(0)  # what was spoken before this sound began
        for word in words:
            self._spoken += 1
            ends += self._ended(word.end_ms)
        return tuple(ends)

    def _ended(self, at_ms: int) -> list[WordEnd]:
        ends: list[WordEnd] = []
        while self._told < len(self._written) and self._last_word[self._told] < self._spoken:
            ends.append(WordEnd(self._written[self._told], at_ms))
            self._told += 1
        return ends


def _sentences(spoken: str) -> list[str]:
    """Cut where a speaker breathes; each piece has something to be heard."""
    found: list[str] = []
    waiting = ""
    for piece in SENTENCE_END.split(spoken):
        waiting = f"{waiting} {piece}".strip()
        if len(waiting) >= SENTENCE_LETTERS_MIN and _is_heard(waiting):
            found.append(waiting)
            waiting = ""
    if _is_heard(waiting):
        found.append(waiting)
    return found


def _is_heard(text: str) -> bool:
    return any(character.isalnum() for character in text)
