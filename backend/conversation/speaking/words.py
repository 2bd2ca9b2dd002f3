"""Which word ends when: joins what was written, what is spoken, and the times an engine tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

from backend.kernel.audio import WordEnd

PAUSES = frozenset(",;:\u2014\u2013.!?…")


def aligned(first: Sequence[str], second: Sequence[str]) -> list[int]:
    """For each word of the first, say with which word of the second it ends.

    Words that are the same hold the two together; between them letters are taken as evenly spread.
    """
    if not first or not second:
        return [0] * len(first)
    if len(first) == len(second):
        return list(range(len(first)))
    ends: list[int] = []
    blocks = SequenceMatcher(None, _bare(first), _bare(second), autojunk=False)
    at_first = at_second = 0
    for block in blocks.get_matching_blocks():
        ends += _spread(first[at_first : block.a], second[at_second : block.b], at_second)
        ends += range(block.b, block.b + block.size)
        at_first, at_second = block.a + block.size, block.b + block.size
    return ends


def clauses(phonemes: Sequence[str], longest: int) -> list[list[str]]:
    """Cut a sentence's phonemes at its pauses, so that no stretch is much longer than that."""
    stretches: list[list[str]] = [[]]
    for phoneme in phonemes:
        last = stretches[-1]
        if phoneme == " " and len(last) > longest // 2 and last[-1] in PAUSES:
            stretches.append([])
            continue
        if phoneme == " " and len(last) >= longest:
            stretches.append([])
            continue
        last.append(phoneme)
    return [stretch for stretch in stretches if stretch]


@dataclass(frozen=True, slots=True)
class StretchWords:
    """The written words that end in one stretch of phonemes, each with its last phoneme."""

    ends: tuple[tuple[str, int], ...]

    def at(self, phoneme_ends_ms: Sequence[int]) -> tuple[WordEnd, ...]:
        """Give them their times."""
        return tuple(WordEnd(text, phoneme_ends_ms[index]) for text, index in self.ends)


def word_ends(words: Sequence[str], stretches: Sequence[Sequence[str]]) -> list[StretchWords]:
    """Say which words end in which stretch, and with which of its phonemes."""
    spoken: list[str] = []  # the words as phonemes
    places: list[tuple[int, int]] = []  # where each of them ends: stretch, phoneme
    for number, stretch in enumerate(stretches):
        word = ""
        for index, phoneme in enumerate(stretch):
            is_last = index == len(stretch) - 1
            word += "" if phoneme == " " else phoneme
            if word and (is_last or stretch[index + 1] == " "):
                spoken.append(word)
                places.append((number, index))
                word = ""
    found: list[list[tuple[str, int]]] = [[] for _ in stretches]
    for text, at in zip(words, aligned(words, spoken), strict=True):
        if places:
            number, index = places[at]
            found[number].append((text, index))
    return [StretchWords(tuple(ends)) for ends in found]


def _bare(words: Sequence[str]) -> list[str]:
    return [word.strip(".,;:!?…\"'()").lower() for word in words]


def _spread(first: Sequence[str], second: Sequence[str], offset: int) -> list[int]:
    """Spread some words over others by their letters; the last ends with the last."""
    if not second:  # it is not spoken at all: it is over with what came before
        return [max(0, offset - 1)] * len(first)
    total_first = sum(len(word) + 1 for word in first)
    total_second = sum(len(word) + 1 for word in second)
    passed = list(accumulate(len(word) + 1 for word in second))
    ends: list[int] = []
    for reached in accumulate(len(word) + 1 for word in first):
        share = reached / total_first * total_second
        nearest = min(range(len(second)), key=lambda index: abs(passed[index] - share))
        ends.append(offset + nearest)
    if ends:
        ends[-1] = offset + len(second) - 1
    return ends
