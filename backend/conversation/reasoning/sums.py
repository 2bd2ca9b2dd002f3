"""Does a sum that was said in words or digits."""

import re
from decimal import Decimal, InvalidOperation

_UNITS_SAID = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
"""
_TENS_SAID = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {word: value for value, word in enumerate(_UNITS_SAID.split())}
_TENS = {word: 10 * value for value, word in enumerate(_TENS_SAID.split(), start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_OPERATORS = {
    "plus": "+",
    "minus": "-",
    "less": "-",
    "times": "*",
    "multiplied by": "*",
    "x": "*",
    "\u00d7": "*",
    "divided by": "/",
    "over": "/",
    "\u00f7": "/",
    "% of": "%",
    "percent of": "%",
    "per cent of": "%",
}
_ASKING = re.compile(
    r"(?:what(?:'s| is| are)|how much (?:is|are)|calculate|work out|compute|tell me)\s+"
    r"(?:the sum of\s+)?"
)
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d[\d,]*(?:\.\d+)?)"
    r"|(?P<operator>per ?cent of|% of|divided by|multiplied by"
    r"|(?:[-+*/\u00d7\u00f7x]|plus|minus|less|times|over)(?![a-z]))"
    r"|(?P<word>[a-z]+))"
)
# Unasked, "555-1234" is a telephone number and "12/5" a date.
_CLEARLY_A_SUM = re.compile(r"\d ?[*x\u00d7\u00f7] ?\d|\d\+\d| [-+/] | [a-z]")
_HALF = re.compile(r"(?P<asking>what(?:'s| is) )?half (?:of )?(?P<number>[\d.,]+)")
_SQUARED = re.compile(r"(?:what(?:'s| is) )?(?P<number>[\d.,]*\d|[a-z]+) squared")
_TERMS_MAX = 20
_DIGITS_MAX = 15


def solve(text: str) -> str | None:
    """Return the answer of a sum as it is said aloud, or None when this is no sum."""
    folded = _plain(text.lower().strip(" ?.!="))
    asked = _ASKING.match(folded)
    if asked is None and not _CLEARLY_A_SUM.search(folded):
        return None
    words = folded[asked.end() :] if asked else folded
    terms = _terms(re.sub(r"(?<=[a-z])-(?=[a-z])", " ", words))  # twenty-one is no difference
    if terms is None or len(terms) < 3 or len(terms) % 2 == 0 or len(terms) > _TERMS_MAX:
        return None
    try:
        return _spoken(_computed(terms))
    except (InvalidOperation, ZeroDivisionError):
        return "undefined"


def _plain(folded: str) -> str:
    """Return a sum that is asked in a way of its own as a usual one."""
    half = _HALF.fullmatch(folded)
    if half is not None:
        return f"{half['asking'] or 'what is '}{half['number']} divided by 2"
    square = _SQUARED.fullmatch(folded)
    if square is not None:
        return f"what is {square['number']} times {square['number']}"
    return folded


def _terms(text: str) -> list[Decimal | str] | None:
    """Split into numbers and operators in turn; anything else is no sum."""
    terms: list[Decimal | str] = []
    words: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return None
        position = match.end()
        if match["word"]:
            words.append(match["word"])
            continue
        if words and not _push(terms, _number(words)):
            return None
        words = []
        if match["number"]:
            if not _push(terms, _digits(match["number"])):
                return None
        elif not _push(terms, _OPERATORS.get(match["operator"], match["operator"])):
            return None
    if words and not _push(terms, _number(words)):
        return None
    return terms


def _push(terms: list[Decimal | str], term: Decimal | str | None) -> bool:
    """Add a term when it is the kind that must come next."""
    wants_number = len(terms) % 2 == 0
    if term is None or isinstance(term, Decimal) is not wants_number:
        return False
    terms.append(term)
    return True


def _digits(text: str) -> Decimal | None:
    plain = text.replace(",", "")
    return Decimal(plain) if len(plain) <= _DIGITS_MAX else None


def _number(words: list[str]) -> Decimal | None:
    """Read "two hundred and five"."""
    total = group = 0
    for word in words:
        if word in _UNITS:
            group += _UNITS[word]
        elif word in _TENS:
            group += _TENS[word]
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word in _SCALES:
            total, group = total + max(group, 1) * _SCALES[word], 0
        elif word != "and" or not (group or total):
            return None
    return Decimal(total + group)


def _computed(terms: list[Decimal | str]) -> Decimal:
    """Reckon with products before sums."""
    numbers = [term for term in terms if isinstance(term, Decimal)]
    operators = [term for term in terms if isinstance(term, str)]
    sums: list[Decimal] = [numbers[0]]
    for operator, number in zip(operators, numbers[1:], strict=True):
        if operator == "*":
            sums[-1] *= number
        elif operator == "/":
            sums[-1] /= number
        elif operator == "%":
            sums[-1] = sums[-1] * number / 100
        else:
            sums.append(number if operator == "+" else -number)
    return sum(sums, Decimal(0))


def _spoken(value: Decimal) -> str:
    rounded = round(value, 4)
    plain = f"{rounded:f}"
    text = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return f"minus {text[1:]}" if text.startswith("-") else text or "0"
