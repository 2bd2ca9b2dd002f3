"""Words as they are counted: no case, no punctuation, and every number digit by digit."""

import re
from collections.abc import Iterator, Sequence

from backend.conversation.speaking.numerals import cardinal

_ONES = {cardinal(value): value for value in range(20)}
_TENS = {cardinal(value): value for value in range(20, 100, 10)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_IRREGULAR = {
    "first": "one",
    "second": "two",
    "third": "three",
    "fifth": "five",
    "eighth": "eight",
    "ninth": "nine",
    "twelfth": "twelve",
}
_MONEY = re.compile(r"([$€£])\s?(\d[\d,]*(?:\.\d+)?)")
_CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds"}
_WRITTEN_OUT = {"%": " percent ", "°c": " degrees ", "°": " degrees ", "&": " and "}
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_FULL_HOUR = re.compile(r"\b(\d{1,2}):00\b")
_OCLOCK = re.compile(r"\bo'? ?clock\b")
_MINUS = re.compile(r"(?:(?<=\s)|^)[-\u2212](?=\d)")
_SUM = re.compile(r"(?<=\d)\s*([+*\u00d7x])\s*(?=\d)")
_SIGNS = {"+": " plus ", "*": " times ", "\u00d7": " times ", "x": " times "}
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_WORD = re.compile(r"\d|[^\W\d_]+")


def words(text: str) -> list[str]:
    """Return the words to compare; "5:30", "five thirty" and "five-thirty" are the same."""
    return list(_with_digits(_WORD.findall(_plain(text))))


def errors(said: str, heard: str) -> tuple[int, int]:
    """Return how many words differ, and of how many."""
    expected, got = words(said), words(heard)
    return _distance(expected, got), len(expected)


def _plain(text: str) -> str:
    text = _MONEY.sub(lambda found: f"{found[2]} {_CURRENCIES[found[1]]}", text.lower())
    for sign, name in _WRITTEN_OUT.items():
        text = text.replace(sign, name)
    text = _MINUS.sub(" minus ", _SUM.sub(lambda found: _SIGNS[found[1]], text))
    text = _FULL_HOUR.sub(r"\1", _THOUSANDS.sub("", text))
    return _OCLOCK.sub(" ", _ORDINAL.sub(r"\1", text)).replace("'", "").replace("\u2019", "")


def _with_digits(found: Sequence[str]) -> Iterator[str]:
    """Give the words, with every spoken number as its digits."""
    at = 0
    while at < len(found):
        value, after = _number(found, at)
        if after > at:
            yield from str(value)
            at = after
        else:
            is_zero = found[at] in {"oh", "o"} and _is_beside_a_number(found, at)
            yield "0" if is_zero else found[at]
            at += 1


def _number(found: Sequence[str], at: int) -> tuple[int, int]:
    """Return the number that is spoken from here, and where it ends."""
    total, part, after, open_below = 0, 0, at, 10**9
    while after < len(found):
        word = _cardinal(found[after])
        if word in _ONES and (10 if _ONES[word] < 10 else 100) <= open_below:
            part, open_below = part + _ONES[word], 1
        elif word in _TENS and open_below >= 100:
            part, open_below = part + _TENS[word], 10
        elif word in _SCALES and part:
            scale = _SCALES[word]
            if scale == 100:
                part, open_below = part * 100, 100
            else:
                total, part, open_below = total + part * scale, 0, 1_000
        elif word == "and" and open_below >= 100 and after > at and _starts(found, after + 1):
            pass
        else:
            break
        after += 1
    return total + part, after


def _starts(found: Sequence[str], at: int) -> bool:
    return at < len(found) and (_cardinal(found[at]) in _ONES or _cardinal(found[at]) in _TENS)


def _cardinal(word: str) -> str:
    """Return "four" for "fourth", "twenty" for "twentieth"."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ieth"):
        return word[:-4] + "y"
    if word.endswith("th") and word[:-2] in _ONES:
        return word[:-2]
    return word


def _is_beside_a_number(found: Sequence[str], at: int) -> bool:
    around = [*found[max(0, at - 1) : at], *found[at + 1 : at + 2]]
    return any(word.isdigit() or word in _ONES for word in around)


def _distance(expected: Sequence[str], got: Sequence[str]) -> int:
    """Return the fewest words to change, leave out or put in."""
    row = list(range(len(got) + 1))
    for index, wanted in enumerate(expected, start=1):
        before, row[0] = row[0], index
        for column, word in enumerate(got, start=1):
            change = before + (wanted != word)
            before = row[column]
            row[column] = min(row[column] + 1, row[column - 1] + 1, change)
    return row[-1]
