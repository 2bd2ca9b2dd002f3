"""Cuts a text into words that know where they stand: contractions parted, nothing else changed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

TEXT_CHARACTERS_MAX = 4000
SENTENCES_MAX = 300

# Every repetition is bounded and no two share a letter: a text costs what it is long.
_TOKEN = re.compile(
    r"(?P<mail>[^\W_][\w.+-]{0,63}@[^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){1,4})"
    r"|(?P<number>\+?\d{1,20}(?:[.,:]\d{1,20}){0,3}(?:st|nd|rd|th)?(?![^\W_]))"
    # "The U.S." is one word; the point behind it may be the sentence's as well.
    r"|(?P<short>(?:[A-Z]\.){1,3}[A-Z](?=[.\s]|$))"
    # An accent may be a sign of its own behind its letter, as some keyboards write it.
    r"|(?P<word>[^\W_](?:[^\W_]|[\u0300-\u036f]){0,39}"
    r"(?:['\u2019-][^\W_](?:[^\W_]|[\u0300-\u036f]){0,39}){0,4})"
    r"|(?P<mark>[.!?\u2026\u3002\uff1f\uff01\u061f]{1,40}|[\r\n]{1,40}|[,;:()\"\u201c\u201d\u2013\u2014-])"
)
_ENDINGS = {
    "'m": "am",
    "'re": "are",
    "'ve": "have",
    "'ll": "will",
    "'d": "would",
    "'s": "'s",
}
_NEGATED = {
    "can't": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "cannot": ("can", "not"),
    "ain't": ("am", "not"),
}
_HASTY = {
    "im": (1, "i", "am"),
    "ive": (1, "i", "have"),
    "dont": (2, "do", "not"),
    "doesnt": (4, "does", "not"),
    "didnt": (3, "did", "not"),
    "isnt": (2, "is", "not"),
    "arent": (3, "are", "not"),
    "wasnt": (3, "was", "not"),
    "havent": (4, "have", "not"),
    "hasnt": (3, "has", "not"),
    "cant": (2, "can", "not"),
    "shes": (3, "she", "'s"),
    "hes": (2, "he", "'s"),
}
ENDS = frozenset(".!?\u2026\u3002\uff1f\uff01\u061f\r\n")
_TITLES = frozenset({"dr", "mr", "mrs", "ms", "st", "prof"})


@dataclass(frozen=True, slots=True)
class Word:
    """One word, number or mark."""

    text: str
    low: str  # in lower case, contractions in full: "'m" is "am"
    start: int
    end: int

    @property
    def is_mark(self) -> bool:
        """Say whether it is no word at all."""
        return not self.low or not (self.low[0].isalnum() or self.low[0] in "'+")

    @property
    def is_capital(self) -> bool:
        """Say whether it begins with a capital letter, or in a script that has none."""
        first = self.text[:1]
        return first.isupper() or (first.isalpha() and first.lower() == first.upper())


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words between two ends, and whether the mark behind them asks."""

    words: tuple[Word, ...]
    is_asked: bool


def words_of(text: str, *, is_whole: bool = False) -> list[Word]:
    """Return the words and marks of a text: as far as facts are read, or all of it."""
    found: list[Word] = []
    for match in _TOKEN.finditer(text if is_whole else text[:TEXT_CHARACTERS_MAX]):
        if match.lastgroup == "word":
            found.extend(_parted(match[0], match.start()))
        else:
            found.append(Word(match[0], match[0].lower(), match.start(), match.end()))
    return found


def sentences_of(words: Sequence[Word]) -> list[Sentence]:
    """Cut words at what ends a sentence."""
    found: list[Sentence] = []
    current: list[Word] = []
    for word in words:
        if word.text[0] not in ENDS:
            current.append(word)
        elif not (current and current[-1].low in _TITLES and word.text == "."):
            found.append(
                Sentence(tuple(current), is_asked=bool(set(word.text) & set("?\uff1f\u061f")))
            )
            current = []
    found.append(Sentence(tuple(current), is_asked=False))
    # One word tells nothing; nobody says more sentences than that within the limit of a text.
    return [sentence for sentence in found if len(sentence.words) > 1][:SENTENCES_MAX]


def slice_of(text: str, words: Sequence[Word]) -> str:
    """Return the stretch of a text from the first of these words to the last."""
    return text[words[0].start : words[-1].end] if words else ""


def _parted(text: str, start: int) -> list[Word]:
    low = text.lower().replace("\u2019", "'")
    if low in _NEGATED:
        first, second = _NEGATED[low]
        return _pair(
            text, start, len(first) if low == "cannot" else low.index("'") - 1, (first, second)
        )
    if low in _HASTY:
        cut, first, second = _HASTY[low]
        return _pair(text, start, cut, (first, second))
    if low.endswith("n't") and len(low) > 3:
        return _pair(text, start, len(low) - 3, (low[:-3], "not"))
    head, apostrophe, tail = low.rpartition("'")
    ending = _ENDINGS.get(apostrophe + tail)
    if head and ending is not None:
        return _pair(text, start, len(head), (head, ending))
    return [Word(text, low, start, start + len(text))]


def _pair(text: str, start: int, cut: int, lows: tuple[str, str]) -> list[Word]:
    return [
        Word(text[:cut], lows[0], start, start + cut),
        Word(text[cut:], lows[1], start + cut, start + len(text)),
    ]
