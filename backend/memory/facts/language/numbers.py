"""Reads numbers as people say and write them: counts, ordinals, years, digits that are spelt."""

from collections.abc import Sequence

from backend.memory.facts.language.words import Word

_SMALL_SAID = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
"""
_TENS_SAID = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS_SAID = """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
"""
SMALL = {word: number for number, word in enumerate(_SMALL_SAID.split())}
TENS = {word: (index + 2) * 10 for index, word in enumerate(_TENS_SAID.split())}
_ORDINALS = {word: number for number, word in enumerate(_ORDINALS_SAID.split(), 1)} | {
    "thirtieth": 30
}
DIGITS = {word: str(number) for word, number in SMALL.items() if number < 10} | {
    "oh": "0",
    "o": "0",
    "nought": "0",
    "null": "0",
}
YEARS = range(1900, 2101)


def _low(words: Sequence[Word], index: int) -> str:
    return words[index].low if 0 <= index < len(words) else ""


def count_of(words: Sequence[Word], index: int) -> tuple[int | None, int]:
    """Read "three", "42", "fifty two", "a hundred and five": the number and where it ends."""
    low = _low(words, index)
    if low.isdecimal() and low.isascii() and len(low) <= 6:
        return int(low), index + 1
    if low in {"a", "an"}:
        return (100, index + 2) if _low(words, index + 1) == "hundred" else (1, index + 1)
    tens, _, ones = low.partition("-")
    if tens in TENS and ones in SMALL:
        return TENS[tens] + SMALL[ones], index + 1
    if low in TENS:
        follows = SMALL.get(_low(words, index + 1), 0)
        return (TENS[low] + follows, index + 2) if 0 < follows < 10 else (TENS[low], index + 1)
    if low in SMALL:
        return SMALL[low], index + 1
    return None, index


def ordinal_of(words: Sequence[Word], index: int) -> tuple[int, int]:
    """Read the day of a month, "14th", "14", "fourteenth", "twenty-first": 0 when it is none."""
    low = _low(words, index)
    digits = low.rstrip("stndrh")
    if digits.isdecimal() and digits.isascii() and len(digits) <= 2:
        return (int(digits), index + 1) if 1 <= int(digits) <= 31 else (0, index)
    if low in _ORDINALS:
        return _ORDINALS[low], index + 1
    tens, _, ones = low.partition("-")
    if tens in {"twenty", "thirty"}:
        second = ones or _low(words, index + 1)
        number = TENS[tens] + _ORDINALS.get(second, 99)
        return (number, index + (1 if ones else 2)) if number <= 31 else (0, index)
    return 0, index


def year_of(words: Sequence[Word], index: int) -> tuple[int, int]:
    """Read "1980", "nineteen eighty", "two thousand and five": 0 when it is none."""
    low = _low(words, index)
    if low.isdecimal() and low.isascii() and len(low) == 4:
        return (int(low), index + 1) if int(low) in YEARS else (0, index)
    if low == "two" and _low(words, index + 1) == "thousand":
        at = index + 2 + (_low(words, index + 2) == "and")
        rest, end = count_of(words, at)
        return (2000 + rest, end) if rest is not None and rest < 100 else (2000, index + 2)
    if low in {"nineteen", "twenty"}:
        rest, end = count_of(words, index + 1)
        if rest is not None and 10 <= rest < 100:
            return (1900 if low == "nineteen" else 2000) + rest, end
    return 0, index


def digits_of(words: Sequence[Word], index: int) -> tuple[str, int]:
    """Read digits that are written or spelt, with what stands between them; and where they end."""
    found: list[str] = []
    at, end = index, index
    while at < len(words) and at - index < 60:
        low = words[at].low
        plain = low.lstrip("+").replace(".", "").replace(",", "")
        if plain.isdecimal() and plain.isascii():
            found.append(("+" if low.startswith("+") and not found else "") + plain)
        elif low in DIGITS and (low not in {"o", "oh"} or found or _low(words, at + 1) in DIGITS):
            found.append(DIGITS[low])
        elif low in {"double", "triple"} and _low(words, at + 1) in DIGITS:
            found.append(DIGITS[_low(words, at + 1)] * (2 if low == "double" else 3))
            at += 1
        elif low == "plus" and not found:
            found.append("+")
        elif not (found and low in {"-", "\u2013", "(", ")", ","}):
            break
        at += 1
        if low not in {"-", "\u2013", "(", ")", ","}:
            end = at
    return "".join(found), end
