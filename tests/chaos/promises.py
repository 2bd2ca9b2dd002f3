"""What a storm remembers of its own: each word, and what was answered about it."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.chaos.plan import Act


class Fate(StrEnum):
    """What must be found of a word."""

    OPEN = "open"  # cut off: it is there whole and once, or not at all
    KEPT = "kept"  # acknowledged
    LEAVING = "leaving"  # forgetting it was cut off: there as before, or gone
    GONE = "gone"  # its forgetting was acknowledged


@dataclass(slots=True)
class Word:
    """A word that nobody else says, and how it was said."""

    text: str
    act: Act
    reference: str = ""  # what names it at the doors: a text's sid, a note's id, a line's moment
    fate: Fate = Fate.OPEN
    is_taken: bool = False  # somebody is about to have it forgotten


class Promises:
    """Every word of a storm; many callers write at once."""

    def __init__(self) -> None:
        self.words: dict[str, Word] = {}
        self.imports: dict[str, Sequence[str]] = {}  # job that was promised → what it brings
        self.receipts: list[str] = []  # of what was forgotten
        self.journal: list[str] = []
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def say(self, act: Act, texts: Sequence[str], references: Sequence[str]) -> None:
        """Write down what is about to be said."""
        with self._lock:
            for text, reference in zip(texts, references, strict=True):
                self.words[text] = Word(text, act, reference)

    def keep(self, texts: Sequence[str]) -> None:
        """Write down what was acknowledged."""
        with self._lock:
            for text in texts:
                self.words[text].fate = Fate.KEPT

    def call_off(self, job_id: str) -> None:
        """Write down that an import stopped where it stood."""
        for text in self.imports.get(job_id, ()):
            if self.words[text].fate is Fate.KEPT:
                self.words[text].fate = Fate.OPEN

    def take(self, chance: float, *acts: Act) -> Word | None:
        """Return a word that was acknowledged, for one caller to have it forgotten."""
        with self._lock:
            there = [
                word
                for word in self.words.values()
                if word.act in acts and word.fate is Fate.KEPT and not word.is_taken
            ]
            if not there:
                return None
            word = there[int(chance * len(there))]
            word.is_taken = True
            return word

    def note(self, line: str) -> None:
        """Write a line of the journal, which is printed when the storm ends badly."""
        with self._lock:
            self.journal.append(f"{time.monotonic() - self._began:6.1f} s  {line}")

    def with_fate(self, *fates: Fate) -> list[Word]:
        """Return the words of some fates."""
        return [word for word in self.words.values() if word.fate in fates]
