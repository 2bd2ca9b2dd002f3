"""Which of the words that are still being said can be counted on: those read the same twice."""

import re

_NO_WORD = re.compile(r"[^\w]+")


class Agreement:
    """Compares each reading of growing words with the one before; what agrees is stable."""

    def __init__(self) -> None:
        self._last: list[str] = []
        self._stable = 0  # words

    def take(self, text: str) -> str | None:
        """Return all words that are stable by now when they have become more, else nothing."""
        words = text.split()
        # The last word may be half of one, and what comes after may change the one before it.
        agreed = min(_agreed(self._last, words), len(words) - 1)
        self._last = words
        if agreed <= self._stable:
            return None
        self._stable = agreed
        return " ".join(words[:agreed])


def _agreed(before: list[str], now: list[str]) -> int:
    count = 0
    for one, other in zip(before, now, strict=False):
        if _plain(one) != _plain(other):
            break
        count += 1
    return count


def _plain(word: str) -> str:
    return _NO_WORD.sub("", word.casefold())
