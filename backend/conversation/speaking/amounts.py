"""Says money, measures, fractions, telephone numbers, codes and plain numbers as people do."""

import re

from backend.conversation.speaking.markup import Step
from backend.conversation.speaking.numerals import cardinal, counted, digits, ordinal

# Sign or code → one of it, one hundredth of it.
CURRENCIES = {
    "$": ("dollar", "cent"),
    "US$": ("dollar", "cent"),
    "USD": ("dollar", "cent"),
    "C$": ("Canadian dollar", "cent"),
    "CAD": ("Canadian dollar", "cent"),
    "A$": ("Australian dollar", "cent"),
    "AUD": ("Australian dollar", "cent"),
    "\u20ac": ("euro", "cent"),
    "EUR": ("euro", "cent"),
    "\u00a3": ("pound", "penny"),
    "GBP": ("pound", "penny"),
    "\u00a5": ("yen", ""),
    "JPY": ("yen", ""),
    "\u20b9": ("rupee", "paisa"),
    "INR": ("rupee", "paisa"),
    "CHF": ("Swiss franc", "centime"),
    "\u20a9": ("won", ""),
    "PLN": ("zloty", "grosz"),
    "SEK": ("Swedish krona", ""),
    "NOK": ("Norwegian krone", ""),
    "DKK": ("Danish krone", ""),
}
SCALES = {"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion"}
UNITS = {
    "km/h": "kilometer per hour",
    "kph": "kilometer per hour",
    "mph": "mile per hour",
    "m/s": "meter per second",
    "km": "kilometer",
    "cm": "centimeter",
    "mm": "millimeter",
    "m\u00b2": "square meter",
    "km\u00b2": "square kilometer",
    "m\u00b3": "cubic meter",
    "m": "meter",
    "mi": "mile",
    "ft": "foot",
    "kg": "kilogram",
    "mg": "milligram",
    "g": "gram",
    "lbs": "pound",
    "lb": "pound",
    "oz": "ounce",
    "ml": "milliliter",
    "l": "liter",
    "kWh": "kilowatt hour",
    "kW": "kilowatt",
    "W": "watt",
    "V": "volt",
    "KB": "kilobyte",
    "MB": "megabyte",
    "GB": "gigabyte",
    "TB": "terabyte",
    "kHz": "kilohertz",
    "MHz": "megahertz",
    "GHz": "gigahertz",
    "Hz": "hertz",
    "ms": "millisecond",
    "sec": "second",
    "s": "second",
    "min": "minute",
    "hrs": "hour",
    "hr": "hour",
    "h": "hour",
    "\u00b0C": "degree Celsius",
    "\u00b0F": "degree Fahrenheit",
    "\u00b0": "degree",
    "%": "percent",
}
FRACTIONS = {
    "1/2": "one half",
    "1/3": "one third",
    "2/3": "two thirds",
    "1/4": "one quarter",
    "3/4": "three quarters",
    "24/7": "twenty-four seven",
}
SIGNS = {
    "\u00bd": " one half",
    "\u00bc": " one quarter",
    "\u00be": " three quarters",
    "&": " and ",
    "%": " percent",
    "\u00b1": " plus or minus ",
    "\u2248": " about ",
    "\u2264": " at most ",
    "\u2265": " at least ",
    "\u00f7": " divided by ",
    "\u00a7": " section ",
    "@": " at ",
}


def _money(match: re.Match[str]) -> str:
    unit, small = CURRENCIES[match["currency"]]
    scale = (match["scale"] or "").strip()
    fraction = match["fraction"] or ""
    if scale or not small:
        point = f" point {digits(fraction)}" if fraction else ""
        return f"{_whole(match)}{point} {SCALES.get(scale.lower(), scale)}".strip() + (
            f" {counted(2, unit)}"
        )
    whole, cents = _whole(match), int(fraction.ljust(2, "0")[:2]) if fraction else 0
    has_whole = whole != "zero" or not cents
    parts = [f"{whole} {counted(1 if whole == 'one' else 2, unit)}"] if has_whole else []
    parts += [f"{cardinal(cents)} {counted(cents, small)}"] if cents else []
    return " and ".join(parts)


def _measure(match: re.Match[str]) -> str:
    sign = "minus " if match["sign"] else ""
    is_one = match["whole"] == "1" and not match["fraction"]
    return f"{sign}{_decimal(match)} {counted(1 if is_one else 2, UNITS[match['unit']])}"


def _fraction(match: re.Match[str]) -> str:
    known = FRACTIONS.get(match[0])
    return known or f"{cardinal(int(match[1]))} over {cardinal(int(match[2]))}"


def _telephone(match: re.Match[str]) -> str:
    groups = [group for group in re.split(r"\D+", match[0]) if group]
    spoken = ", ".join(digits(part) for group in groups for part in _in_threes(group))
    return ("plus " if match[0].startswith("+") else "") + spoken


def _code(match: re.Match[str]) -> str:
    return match["name"] + ", ".join(digits(part) for part in _in_threes(match["digits"]))


def _long(match: re.Match[str]) -> str:
    """Read what is no round number digit by digit: it is somebody's number, not an amount."""
    if match[0].endswith("000"):
        return match[0]
    return ", ".join(digits(part) for part in _in_threes(match[0]))


def _in_threes(text: str) -> list[str]:
    """Cut digits into groups that can be written down: threes, and a last one of up to four."""
    threes = max(0, len(text) - 2) // 3
    return [text[3 * n : 3 * n + 3] for n in range(threes)] + [text[3 * threes :]]


def _version(match: re.Match[str]) -> str:
    return " point ".join(_amount(part) for part in match[0].split("."))


def _number(match: re.Match[str]) -> str:
    sign = "minus " if match["sign"] else ""
    return f"{sign}{_decimal(match)}{' ' + match['tail'] if match['tail'] else ''}"


def _decimal(match: re.Match[str]) -> str:
    return _whole(match) + (f" point {digits(match['fraction'])}" if match["fraction"] else "")


def _whole(match: re.Match[str]) -> str:
    return _amount(match["whole"].replace(",", ""))


def _amount(text: str) -> str:
    """Say a number; a leading nought is a code, and nobody hears what is beyond trillions."""
    if len(text) > 15 or (len(text) > 1 and text.startswith("0")):
        return ", ".join(digits(part) for part in _in_threes(text))
    return cardinal(int(text))


def _any_of(names: dict[str, str] | dict[str, tuple[str, str]]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_AMOUNT = r"(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<fraction>\d+))?"
_SCALE = r"(?P<scale>\s?(?:thousand|million|billion|trillion)\b|(?:k|K|M|mn|bn|B)\b)?"
_CODES = (
    "code|pin|passcode|password|account|reference|confirmation|ticket|extension|ext|zip|postcode"
)

TELEPHONES: tuple[Step, ...] = (
    (re.compile(r"(?<![\w.])\+\d[\d ()-]{6,}\d(?!\w)"), _telephone),
    (re.compile(r"(?<![\w.])\(?\d{3}\)?[ -]\d{3}[ -]\d{4}(?!\w)"), _telephone),
    (re.compile(r"(?<![\w.-])\d{3}-\d{4}(?![\w-])"), _telephone),
    (
        re.compile(
            rf"(?P<name>\b(?:{_CODES})(?:\.? (?:number|is|was))*:? )(?P<digits>\d{{3,}})\b",
            re.IGNORECASE,
        ),
        _code,
    ),
)
AMOUNTS: tuple[Step, ...] = (
    (re.compile(rf"(?P<currency>{_any_of(CURRENCIES)})\s?{_AMOUNT}{_SCALE}"), _money),
    (
        re.compile(rf"(?<![\w.]){_AMOUNT}{_SCALE}\s?(?P<currency>{_any_of(CURRENCIES)})(?!\w)"),
        _money,
    ),
    (re.compile(r"(?:#|\bNo\. ?|\u2116 ?)(?=\d)"), "number "),
    (re.compile(r"~\s?(?=\d)"), "about "),
    (re.compile(r"<\s?(?=\d)"), "less than "),
    (re.compile(r">\s?(?=\d)"), "more than "),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b"), lambda match: ordinal(int(match[1][:15]))),
    (re.compile(r"(?<![\w./])(\d{1,3})/(\d{1,3})(?![\w/])"), _fraction),
    (re.compile(r"\b\d+(?:\.\d+){2,}\b"), _version),
    (re.compile(r"(?<![\w.,])\d{7,15}(?![\w.,%\u00b0]?\d|\w)"), _long),
    (re.compile(r"(?<=\d)\s?[-\u2013]\s?(?=\d)"), " to "),
    (re.compile(r"(?<=\d)\s?[*\u00d7]\s?(?=\d)"), " times "),
    (re.compile(r"(?<=[\d\s])[+](?=[\d\s])"), " plus "),
    (re.compile(r"(?<=[\w\s])=(?=[\w\s-])"), " equals "),
    (
        re.compile(
            rf"(?:(?<![\w.-])(?P<sign>[-\u2212]))?(?<![\d.]){_AMOUNT}\s?"
            rf"(?P<unit>{_any_of(UNITS)})(?![\w/])"
        ),
        _measure,
    ),
    (
        re.compile(rf"(?:(?<![\w.-])(?P<sign>[-\u2212]))?(?<!\d){_AMOUNT}(?P<tail>[A-Za-z])?"),
        _number,
    ),
    (re.compile("|".join(map(re.escape, SIGNS))), lambda match: SIGNS[match[0]]),
)
