"""Reads digits out of spoken words: "one two three four", "twelve thirty-four", "double five"."""

import re

_UNITS = {
    "zero": 0, "oh": 0, "o": 0, "nought": 0, "null": 0, "one": 1, "two": 2, "three": 3, "four": 4,
    "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "niner": 9,
}  # fmt: skip
_TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1000}
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
# What an ear writes for a digit when it expects words; only believed among other digits.
_SOUNDS_LIKE = {"to": "two", "too": "two", "for": "four", "fore": "four", "won": "one",
                "ate": "eight", "tree": "three", "sex": "six", "fife": "five"}  # fmt: skip

_HESITATIONS = frozenset({"uh", "um", "uhm", "er", "erm", "hm", "hmm", "mm"})

_TOKEN = re.compile(r"\d+|[^\W\d_]+")


def digits_in(text: str) -> str:
    """Return the digits that these words say, in their order; empty when there are none."""
    tokens = _tokens(text)
    digits, at = [], 0
    while at < len(tokens):
        said, used = _read(tokens, at)
        digits.append(said)
        at += used
    return "".join(digits)


def only_digits(text: str) -> str:
    """Return the digits of words that say nothing else; empty when they say anything besides."""
    tokens = [token for token in _tokens(text) if token not in _HESITATIONS]
    digits, at = [], 0
    while at < len(tokens):
        said, used = _read(tokens, at)
        if not said:
            return ""
        digits.append(said)
        at += used
    return "".join(digits)


def _tokens(text: str) -> list[str]:
    found = _TOKEN.findall(text.lower())
    are_digits = [_is_digit(token) for token in found]
    tokens = []
    for at, token in enumerate(found):
        has_digit_beside = any(are_digits[max(0, at - 1) : at + 2])
        is_number_of_one = token in _SOUNDS_LIKE and has_digit_beside
        tokens.append(_SOUNDS_LIKE[token] if is_number_of_one and _fits(found, at) else token)
    return tokens


def _fits(found: list[str], at: int) -> bool:
    """Say whether a word that only sounds like a digit stands where a digit stands."""
    # "My code for today is 4 8": there the word leads away from the digits.
    after = found[at + 1] if at + 1 < len(found) else ""
    return not after or _is_digit(after) or after in _SOUNDS_LIKE


def _is_digit(token: str) -> bool:
    return token.isdecimal() or token in _UNITS or token in _TEENS or token in _TENS


def _read(tokens: list[str], at: int) -> tuple[str, int]:
    """Return the digits that begin here, and how many words they took."""
    token = tokens[at]
    if token in _REPEATS and at + 1 < len(tokens):
        said, used = _read(tokens, at + 1)
        return (said * _REPEATS[token], used + 1) if len(said) == 1 else ("", 1)
    if token.isdecimal():
        return token, 1
    value, used = _below_hundred(tokens, at)
    if value is None:
        return "", 1
    return _scaled(tokens, at, value, used)


def _below_hundred(tokens: list[str], at: int) -> tuple[int | None, int]:
    token = tokens[at]
    if token in _UNITS:
        return _UNITS[token], 1
    if token in _TEENS:
        return _TEENS[token], 1
    if token not in _TENS:
        return None, 0
    unit = _UNITS.get(tokens[at + 1], 0) if at + 1 < len(tokens) else 0
    return _TENS[token] + unit, 2 if unit else 1


def _scaled(tokens: list[str], at: int, value: int, used: int) -> tuple[str, int]:
    """Take what follows into the number: "four thousand eight hundred and fifteen"."""
    total, step = value, None
    while at + used < len(tokens) and tokens[at + used] in _SCALES:
        scale = _SCALES[tokens[at + used]]
        if step is not None and scale >= step:
            break
        head = total - value
        total, step, used = head + value * scale, scale, used + 1
        next_at = at + used + (1 if tokens[at + used : at + used + 1] == ["and"] else 0)
        more, taken = _below_hundred(tokens, next_at) if next_at < len(tokens) else (None, 0)
        if more is None:
            break
        follows = tokens[next_at + taken : next_at + taken + 1]
        if more >= scale or (follows and follows[0] in _SCALES and _SCALES[follows[0]] >= scale):
            break
        total, value, used = total + more, more, next_at + taken - at
    return str(total), used
