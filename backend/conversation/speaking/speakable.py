"""Makes written text fit to be read aloud: markdown, links, money, dates, times, numbers."""

import re

from backend.conversation.speaking.amounts import AMOUNTS, TELEPHONES
from backend.conversation.speaking.markup import BLOCKS, REST, Step
from backend.conversation.speaking.moments import DATES, TIMES, YEARS

ABBREVIATIONS = {
    "Mr.": "Mister",
    "Mrs.": "Missus",
    "Ms.": "Miz",
    "Dr.": "Doctor",
    "Prof.": "Professor",
    "Jr.": "Junior",
    "Sr.": "Senior",
    "e.g.": "for example",
    "i.e.": "that is",
    "a.k.a.": "also known as",
    "vs.": "versus",
    "approx.": "approximately",
    "Dept.": "Department",
    "dept.": "department",
    "Ave.": "Avenue",
    "Rd.": "Road",
    "Blvd.": "Boulevard",
    "tel.": "telephone",
    "w/o": "without",
    "w/": "with ",
    "and/or": "and or",
}
# They may end a sentence, whose full stop they carry then.
ENDING_ABBREVIATIONS = {"etc.": "et cetera", "Inc.": "Incorporated", "Ltd.": "Limited"}
TOP_DOMAINS = "com|org|net|edu|gov|info|io|dev|app|ai|co|uk|de|fr|at|ch|nl|eu|us|ca|au|in|example"


def speakable(text: str) -> str:
    """Return the words that a voice should say; never nothing for a text with letters."""
    spoken = text
    for pattern, replacement in _STEPS:
        spoken = pattern.sub(replacement, spoken)
    spoken = " ".join(spoken.split())
    if not any(sign.isalnum() for sign in spoken) and any(sign.isalpha() for sign in text):
        spoken = " ".join(re.sub(r"[\W_]", " ", text).split())  # better plain than silent
    return spoken


def _address(match: re.Match[str]) -> str:
    """Say where a link leads, never its path."""
    host = re.sub(r"^(?:https?://)?(?:www\.)?", "", match["url"], flags=re.IGNORECASE)
    host = re.split(r"[/?#:]", host, maxsplit=1)[0]
    ending = match["url"][-1] if match["url"][-1] in ".,;:!?" else ""
    return host.strip(".,;:!?)").replace(".", " dot ") + ending


def _mail(match: re.Match[str]) -> str:
    spoken = match[0]
    for sign, word in (
        ("@", "at"),
        (".", "dot"),
        ("_", "underscore"),
        ("-", "dash"),
        ("+", "plus"),
    ):
        spoken = spoken.replace(sign, f" {word} ")
    return spoken


def _ending(match: re.Match[str]) -> str:
    after = match.string[match.end() :].lstrip()
    return ENDING_ABBREVIATIONS[match[0]] + ("." if not after or after[0].isupper() else "")


def _initials(match: re.Match[str]) -> str:
    """Take the full stops out of "J. R. Doe" and "U.S.", which end no sentence."""
    letters = re.findall(r"[A-Z]", match[0])
    after = match.string[match.end() :]
    return " ".join(letters) + ("." if not after.strip() and len(letters) > 1 else "")


def _any_of(words: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_STEPS: tuple[Step, ...] = (
    *BLOCKS,
    # Addresses, before their dots and digits mean something else.
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _mail),
    (re.compile(r"(?P<url>(?:https?://|www\.)\S+)", re.IGNORECASE), _address),
    (
        re.compile(
            rf"(?<![\w.@-])(?P<url>(?:[A-Za-z0-9-]+\.)+(?:{TOP_DOMAINS})(?![\w-])(?:/[^\s.,;:!?]*)?)"
        ),
        _address,
    ),
    (
        re.compile(rf"(?<![\w.])(?:{_any_of(ABBREVIATIONS)})"),
        lambda match: ABBREVIATIONS[match[0]],
    ),
    (re.compile(rf"(?<![\w.])(?:{_any_of(ENDING_ABBREVIATIONS)})"), _ending),
    (re.compile(r"\bSt\.(?= [A-Z])"), "Saint"),
    (re.compile(r"\bSt\."), "Street"),
    (re.compile(r"(?<![\w.])(?:[A-Z]\.){2,}"), _initials),
    (re.compile(r"(?<![\w.])[A-HJ-Z]\.(?= [A-Z])"), _initials),
    *DATES,
    *TELEPHONES,
    (re.compile(r"(?<=\d)\s?[-\u2013]\s?(?=\d{1,2}:\d\d)"), " to "),
    (re.compile(r"(?<=[AaPp][Mm])\s?[-\u2013]\s?(?=\d)"), " to "),
    *TIMES,
    *YEARS,
    *AMOUNTS,
    (re.compile(r"(?<=[A-Za-z])/(?=[A-Za-z])"), " or "),
    *REST,
)
