"""Makes written text fit to be read aloud: markdown, links, money, dates, times, numbers."""

import re
from collections.abc import Callable

from backend.conversation.speaking.numerals import cardinal, digits, ordinal, year

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
CURRENCIES = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")}
_PLURALS = {"penny": "pence"}
_WORDS = {"&": " and ", "%": " percent", "°C": " degrees Celsius", "°F": " degrees Fahrenheit"}

Step = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


def speakable(text: str) -> str:
    """Return the words that a voice should say."""
    for pattern, replacement in _STEPS:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())


def _address(match: re.Match[str]) -> str:
    """Say where a link leads, never its path."""
    host = re.sub(r"^(?:https?://)?(?:www\.)?", "", match["url"], flags=re.IGNORECASE)
    host = re.split(r"[/?#:]", host, maxsplit=1)[0]
    ending = "." if match["url"].endswith(".") else ""
    return host.strip(".").replace(".", " dot ") + ending


def _mail(match: re.Match[str]) -> str:
    return match[0].replace("@", " at ").replace(".", " dot ")


def _money(match: re.Match[str]) -> str:
    unit, small = CURRENCIES[match["currency"]]
    whole = int(match["whole"].replace(",", ""))
    if match["scale"]:
        fraction = f" point {digits(match['fraction'])}" if match["fraction"] else ""
        return f"{cardinal(whole)}{fraction} {match['scale']} {unit}s"
    cents = int((match["fraction"] or "0").ljust(2, "0")[:2])
    parts = [_counted(whole, unit)] if whole or not cents else []
    parts += [_counted(cents, small)] if cents else []
    return " and ".join(parts)


def _counted(number: int, unit: str) -> str:
    return f"{cardinal(number)} {unit if number == 1 else _PLURALS.get(unit, unit + 's')}"


def _date(match: re.Match[str]) -> str:
    month, day = int(match["month"]), int(match["day"])
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return match[0]
    return f"{MONTHS[month - 1]} {ordinal(day)}, {year(int(match['year']))}"


def _month_day(match: re.Match[str]) -> str:
    spoken_year = f", {year(int(match['year']))}" if match["year"] else ""
    return f"{match['month']} {ordinal(int(match['day']))}{spoken_year}"


def _day_month(match: re.Match[str]) -> str:
    spoken_year = f" {year(int(match['year']))}" if match["year"] else ""
    return f"{ordinal(int(match['day']))} of {match['month']}{spoken_year}"


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 23 or minute > 59:
        return match[0]
    half = (match["half"] or "").replace(".", "").upper() or ("PM" if hour >= 12 else "AM")
    spoken = cardinal(hour % 12 or 12)
    if minute:
        spoken += f" {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    return f"{spoken} {' '.join(half)}"


def _hour(match: re.Match[str]) -> str:
    return f"{cardinal(int(match['hour']))} {' '.join(match['half'].replace('.', '').upper())}"


def _telephone(match: re.Match[str]) -> str:
    groups = [digits(group) for group in re.split(r"\D+", match[0]) if group]
    return ("plus " if match[0].startswith("+") else "") + ", ".join(groups)


def _number(match: re.Match[str]) -> str:
    sign = "minus " if match["sign"] else ""
    whole = match["whole"].replace(",", "")
    # A leading nought is a code, not an amount.
    spoken = digits(whole) if whole.startswith("0") and len(whole) > 1 else cardinal(int(whole))
    fraction = f" point {digits(match['fraction'])}" if match["fraction"] else ""
    return f"{sign}{spoken}{fraction}{' ' + match['tail'] if match['tail'] else ''}"


_MONTH_NAMES = "|".join(MONTHS)
_AMOUNT = r"(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<fraction>\d+))?"

_STEPS: tuple[Step, ...] = (
    # Markdown, from the outside in.
    (re.compile(r"```.*?(?:```|$)", re.DOTALL), " "),
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"^\s*(?:#{1,6}|[-*+•]|>)\s+", re.MULTILINE), ""),
    (re.compile(r"^\s*\|?[\s:|-]{3,}\|?\s*$", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)[*_](?=\S)([^*_]+?)(?<=\S)[*_](?!\w)"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"\s*\|\s*"), ", "),
    # Addresses, before their dots and digits mean something else.
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _mail),
    (re.compile(r"(?P<url>(?:https?://|www\.)\S+)", re.IGNORECASE), _address),
    # Dates and times.
    (re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b"), _date),
    (
        re.compile(
            rf"\b(?P<month>{_MONTH_NAMES}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b"
            r"(?:,? (?P<year>\d{4})\b)?"
        ),
        _month_day,
    ),
    (
        re.compile(
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?P<month>{_MONTH_NAMES})\b"
            r"(?:,? (?P<year>\d{4})\b)?"
        ),
        _day_month,
    ),
    (
        re.compile(
            r"\b(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?"
            r"(?:\s?(?P<half>[AaPp](?:\.[Mm]\.|[Mm]))(?!\w))?(?![\d:])"
        ),
        _time,
    ),
    (re.compile(r"\b(?P<hour>\d{1,2})\s?(?P<half>[AaPp](?:\.[Mm]\.|[Mm]\b))"), _hour),
    # Amounts.
    (
        re.compile(
            rf"(?P<currency>[$€£])\s?{_AMOUNT}(?:\s?(?P<scale>thousand|million|billion|trillion)\b)?"
        ),
        _money,
    ),
    (re.compile(r"(?<![\w.])\+\d[\d ()-]{6,}\d(?!\w)"), _telephone),
    (re.compile(r"(?<![\w.])\(?\d{3}\)?[ -]\d{3}[ -]\d{4}(?!\w)"), _telephone),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b"), lambda match: ordinal(int(match[1]))),
    (re.compile(r"\b(1[1-9]\d\d|20\d\d)(?![\w.,:%/-]?\d)(?!\w|%|°)"), lambda m: year(int(m[1]))),
    (re.compile(r"(?<=\d)\s?[-\u2013]\s?(?=\d)"), " to "),
    (re.compile(r"(?<=\d)\s?[*\u00d7]\s?(?=\d)"), " times "),
    (re.compile(r"(?<=[\d\s])[+](?=[\d\s])"), " plus "),
    (re.compile(r"(?<=[\w\s])=(?=[\w\s-])"), " equals "),
    (re.compile(rf"(?:(?<![\w.-])(?P<sign>-))?(?<!\d){_AMOUNT}(?P<tail>[A-Za-z])?"), _number),
    (re.compile(r"°[CF]|[&%]"), lambda match: _WORDS[match[0]]),
    # What has no sound: pictures, arrows, control characters, stray markup.
    (re.compile(r"[\U0001F000-\U0001FAFF\u2190-\u21FF\u2600-\u27BF\uFE0F\u200D]"), " "),
    (re.compile(r"[\x00-\x08\x0b-\x1f\x7f<>{}\[\]\\^~#=*_`]"), " "),
    (re.compile(r"\s+([.,;:!?])"), r"\1"),
    (re.compile(r"([,;:])[,;:]+"), r"\1"),
)
