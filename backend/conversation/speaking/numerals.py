"""Numbers as English words."""

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
LARGEST = 10**15


def cardinal(number: int) -> str:
    """Return 42 as "forty-two"; what is larger than trillions is read digit by digit."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    if number >= LARGEST:
        return digits(str(number))
    for scale, name in _SCALES:
        if number >= scale:
            return _with_rest(f"{cardinal(number // scale)} {name}", number % scale)
    if number >= 100:
        return _with_rest(f"{_ONES[number // 100]} hundred", number % 100)
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")


def ordinal(number: int) -> str:
    """Return 42 as "forty-second"."""
    words = cardinal(number)
    at = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[at:]
    regular = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return words[:at] + _ORDINALS.get(last, regular)


def year(number: int) -> str:
    """Return 1987 as "nineteen eighty-seven", 2005 as "two thousand five"."""
    century, rest = divmod(number, 100)
    if not 11 <= century <= 99 or (century % 10 == 0 and rest < 10):
        return cardinal(number)
    if not rest:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def digits(text: str) -> str:
    """Return every digit as its own word."""
    return " ".join(_ONES[int(character)] for character in text if character.isdecimal())


def _with_rest(words: str, rest: int) -> str:
    return f"{words} {cardinal(rest)}" if rest else words


_PLURALS = {"penny": "pence", "paisa": "paise", "grosz": "groszy", "foot": "feet"}
_UNCHANGED = frozenset(["yen", "won", "percent", "hertz", "kilohertz", "megahertz", "gigahertz"])


def counted(number: int, unit: str) -> str:
    """Return a unit as so many of it are called."""
    if number == 1 or unit in _UNCHANGED:
        return unit
    first, *rest = unit.split(" ") if " per " in unit or unit.startswith("degree") else [unit]
    return " ".join([_PLURALS.get(first) or plural(first), *rest])


def plural(word: str) -> str:
    """Return twenty as "twenties", dollar as "dollars"."""
    return f"{word[:-1]}ies" if word.endswith("ty") else f"{word}s"
