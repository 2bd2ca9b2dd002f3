"""Which words of a phrase were heard after so many milliseconds of its sound."""

from bisect import bisect_right
from collections.abc import Sequence
from difflib import SequenceMatcher

from backend.kernel.audio import WordEnd

ROUNDING_MS = 1.0  # clocks are floats: a word that ends now has ended


def words_heard(
    words: Sequence[str], heard_ms: float, total_ms: float, known: Sequence[WordEnd] = ()
) -> int:
    """Return how many words have wholly passed."""
    return bisect_right(word_ends(words, total_ms, known), heard_ms + ROUNDING_MS)


def word_ends(words: Sequence[str], total_ms: float, known: Sequence[WordEnd] = ()) -> list[float]:
    """Return where each word ends: by what the engine knows, spread evenly between.

    An engine speaks of "twenty-two euros" where the phrase has "€22", so its words are matched to
    the phrase's where both are the same.
    """
    ends: list[float] = []
    for first, last, begin_ms, end_ms in _stretches(words, total_ms, known):
        letters = [len(word) + 1 for word in words[first:last]]
        passed = 0
        for each in letters:
            passed += each
            share = passed / sum(letters)
            ends.append(begin_ms + share * (end_ms - begin_ms))
    return ends


def _stretches(
    words: Sequence[str], total_ms: float, known: Sequence[WordEnd]
) -> list[tuple[int, int, float, float]]:
    """Cut the words at those whose end is known: first, last, from, to."""
    stretches: list[tuple[int, int, float, float]] = []
    done, at_ms = 0, 0.0
    for index, end_ms in _anchors(words, known):
        if at_ms <= end_ms <= total_ms:
            stretches.append((done, index + 1, at_ms, end_ms))
            done, at_ms = index + 1, end_ms
    stretches.append((done, len(words), at_ms, max(at_ms, total_ms)))
    return stretches


def _anchors(words: Sequence[str], known: Sequence[WordEnd]) -> list[tuple[int, float]]:
    if not known:
        return []
    ours, theirs = [_plain(word) for word in words], [_plain(each.text) for each in known]
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    return [
        (block.a + offset, float(known[block.b + offset].end_ms))
        for block in matcher.get_matching_blocks()
        for offset in range(block.size)
        if ours[block.a + offset]
    ]


def _plain(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())
