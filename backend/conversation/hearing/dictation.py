"""Is somebody dictating: a number, letters, an address; and is that whole by now?"""

import re
from dataclasses import dataclass
from enum import StrEnum

from backend.conversation.hearing.vocabulary import FILLERS, MONTHS


class Dictation(StrEnum):
    """How far a dictation has come."""

    OPEN = "open"
    MAYBE_WHOLE = "maybe whole"
    WHOLE = "whole"


_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SINGLE = {word: str(value) for value, word in enumerate(_UNITS)} | {"oh": "0", "nought": "0"}
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_DOUBLE = (
    {word: str(value) for value, word in enumerate(_TEENS, 10)}
    | {"eighteen": "18", "nineteen": "19"}
    | {word: f"{value}0" for value, word in enumerate(_TENS, 2)}
)
_REPEATS = {"double": 2, "triple": 3}
_JOINTS = FILLERS | {"and", "dash", "hyphen", "space", "then", "slash"}
_ARTICLES = frozenset({"a", "i"})  # single letters that are words
_SPLIT = re.compile(r"[^\w+]+")

_SECRET = re.compile(r"\b(pin|passcode)\b")
_CODE = re.compile(r"\bcode\b")
_ZIP = re.compile(r"\b(zip|zip code|postal code)\b")
_CARD = re.compile(r"\bcard\b")
_NUMBER = re.compile(
    r"\b(numbers?|phone|telephone|mobile|dial|digits|extension|account|reference|serial|iban|plate"
    r"|write down|note down|take down|code|pin|passcode|password|zip|card"
    r"|reach (me|us|him|her|them) (at|on)|call \w+ on)\b"
)
_SPELLING = re.compile(r"\b(spel(led|t|ling|ls?)|letters?|plate|serial|reference|booking|iban)\b")
_ADDRESS = re.compile(r"\b(address(es)? (is|are|was)|lives? at|living at|located at)\b")
_STREET = re.compile(
    r"\b(street|st|road|rd|lane|avenue|ave|drive|square|way|place|court|boulevard|terrace|close"
    r"|alley|stra(ss|ß)e|weg|platz|gasse|rue|via|calle)\b"
)
_POSTCODE = re.compile(r"(\b\d{5}|\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})\W*$")
_MAIL = re.compile(r"\be-?mail( address)? (is|was)\b")
_MAIL_END = re.compile(r"(\.| dot )[a-z]{2,}\W*$")

PIN_DIGITS = 4
ZIP_DIGITS = 5
CARD_DIGITS = 16
CODE_DIGITS = frozenset({4, 6})
GROUPS_MIN = 2  # "5 5 5", "415 555": without a word like "number" one group is an amount
LONG_GROUP = 5
YEARS = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True, slots=True)
class _Run:
    """The digits and letters that a text ends with."""

    digits: str
    letters: int
    groups: int
    before: str  # the word before it
    has_plus: bool


def dictation(text: str, *, digits: int | None = None) -> Dictation | None:
    """Say how far a dictation has come; none when nothing is being dictated.

    `digits` is how many are expected, 0 when it may be any number of them.
    """
    lowered = text.lower()
    is_spelling = bool(_SPELLING.search(lowered))
    run = _run(lowered, articles=frozenset() if is_spelling else _ARTICLES)
    if digits is not None:
        return _expected(run, digits)
    if _MAIL.search(lowered):
        return Dictation.MAYBE_WHOLE if _MAIL_END.search(lowered) else Dictation.OPEN
    if _ADDRESS.search(lowered):
        return _address(lowered, run)
    return None if _is_date(run) else _digits(lowered, run, is_spelling=is_spelling)


def _digits(lowered: str, run: _Run, *, is_spelling: bool) -> Dictation | None:
    if run.letters >= GROUPS_MIN or (is_spelling and run.letters + len(run.digits)):
        return Dictation.OPEN
    if _is_number(lowered, run):
        return _whole(lowered, run)
    # "… is 8": it may be an age, and it may be the first of several digits.
    return Dictation.MAYBE_WHOLE if run.before == "is" and len(run.digits) == 1 else None


def _expected(run: _Run, digits: int) -> Dictation | None:
    if not run.digits:
        return None
    return Dictation.WHOLE if digits and len(run.digits) >= digits else Dictation.OPEN


def _is_date(run: _Run) -> bool:
    return bool(YEARS.fullmatch(run.digits)) and run.before in MONTHS | {"in", "since", "of"}


def _is_number(text: str, run: _Run) -> bool:
    if not run.digits:
        return False
    if _NUMBER.search(text):
        return True
    return (run.groups >= GROUPS_MIN and len(run.digits) > GROUPS_MIN) or (
        run.groups == 1 and len(run.digits) >= LONG_GROUP
    )


def _whole(text: str, run: _Run) -> Dictation:
    """Judge by how many digits such a number has."""
    count = len(run.digits)
    for pattern, usual in ((_SECRET, PIN_DIGITS), (_ZIP, ZIP_DIGITS), (_CARD, CARD_DIGITS)):
        if pattern.search(text):
            return Dictation.WHOLE if count == usual else Dictation.OPEN
    if _CODE.search(text):
        return Dictation.MAYBE_WHOLE if count in CODE_DIGITS else Dictation.OPEN
    if run.has_plus:
        return Dictation.MAYBE_WHOLE if count >= 11 else Dictation.OPEN
    # North America has ten digits, or eleven after a 1; where numbers begin with 0 it is eleven.
    usual = 11 if run.digits[0] in "01" else 10
    return Dictation.WHOLE if count == usual else Dictation.OPEN


def _address(text: str, run: _Run) -> Dictation | None:
    match = _ADDRESS.search(text)
    assert match is not None
    told = text[match.end() :]
    street = _STREET.search(told)
    if street is None:
        return Dictation.OPEN if run.digits or any(map(str.isdigit, told)) else None
    if _POSTCODE.search(told):
        return Dictation.WHOLE
    behind = [word for word in _SPLIT.split(told[street.end() :]) if word]
    return Dictation.MAYBE_WHOLE if behind else Dictation.OPEN


def _run(text: str, *, articles: frozenset[str]) -> _Run:
    """Read the text from its end for as long as there are digits and single letters."""
    tokens = [token for token in _SPLIT.split(text) if token]
    found: list[str] = []
    groups = letters = 0
    index = len(tokens)
    while index and (piece := _piece(tokens, index - 1)) is not None:
        index -= 1
        found.append(piece)
        groups += bool(piece)
        letters += piece.isalpha()
    # An article is no letter: "I bought a 4".
    while index < len(tokens) and tokens[index] in _JOINTS | articles and letters < GROUPS_MIN:
        letters -= tokens[index] in articles
        groups -= tokens[index] in articles
        index += 1
    digits = "".join(piece for piece in reversed(found) if piece.isdigit())
    before = tokens[index - 1] if index else ""
    return _Run(digits, max(0, letters), groups, before, "+" in text)


def _piece(tokens: list[str], index: int) -> str | None:
    """Return a token's digits, its letter, nothing for what joins them; none ends the run."""
    token = tokens[index].lstrip("+")
    if token.isascii() and token.isdigit():
        return token
    spoken = _SINGLE.get(token) or _DOUBLE.get(token)
    if spoken is not None:
        before = tokens[index - 1] if index else ""
        if before in _REPEATS:
            return spoken * _REPEATS[before]
        is_after_tens = before in _DOUBLE and before.endswith("ty") and token in _SINGLE
        return "" if is_after_tens else spoken
    if len(token) == 1 and token.isascii() and token.isalpha():
        return token
    return "" if token in _JOINTS or token in _REPEATS else None
