"""How things are said aloud: dates, lists and numbers, and my words turned into yours."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.conversation.reasoning.patterns import CALLED, COMMON_FIRST_WORDS
from backend.kernel.clock import SECOND, Instant
from backend.memory.facts.language.lexicon import MINE_AS_YOURS

_NUMBERS = "no one two three four five six seven eight nine ten eleven twelve"
NUMBERS = tuple(_NUMBERS.split())
_ORDINALS = """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first
    twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth
    twenty-ninth thirtieth thirty-first
"""
ORDINALS = tuple(_ORDINALS.split())
UNNAMED = "Owner"  # how the owner is kept until they say their name
_CHANNELS = {
    "phone": "by phone",
    "sms": "by text",
    "app": "in the app",
    "web": "on the web",
    "talk": "at the keyboard",
    "cli": "from the command line",
}

_SWITCHES = {
    **MINE_AS_YOURS,
    "your": "my",
    "yours": "mine",
    "yourself": "myself",
    "you're": "I'm",
    "you've": "I've",
    "you'd": "I'd",
    "you'll": "I'll",
}
_VERBS_AFTER_I = {"am": "are", "was": "were"}
_VERBS_AFTER_YOU = {"are": "am", "were": "was"}
_AFTER_A_SUBJECT = frozenset(
    {"are", "were", "can", "could", "will", "would", "should", "have", "had", "do", "did", "said"}
)
_TOKEN = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)?|[^A-Za-z]+")


def to_listener(text: str) -> str:
    """Turn what somebody said of themselves into words said to them: "my sister", "your sister"."""
    tokens = _TOKEN.findall(text)
    words = [token.lower().replace("\u2019", "'") for token in tokens]
    turned: list[str] = []
    for index, (token, word) in enumerate(zip(tokens, words, strict=True)):
        before = words[index - 2] if index >= 2 else ""
        after = words[index + 2] if index + 2 < len(words) else ""
        if word == "you":
            turned.append("I" if after in _AFTER_A_SUBJECT else "me")
        elif word in _SWITCHES:
            turned.append(_SWITCHES[word])
        elif before == "i" and word in _VERBS_AFTER_I:
            turned.append(_VERBS_AFTER_I[word])
        elif before == "you" and word in _VERBS_AFTER_YOU:
            turned.append(_VERBS_AFTER_YOU[word])
        else:
            turned.append(token)
    return "".join(turned)


_CANNOT: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r".*\b(?:remind me|timer|alarm|wake me|schedule)\b"),
        "I can't ring you at a set time yet, but I can write it down. Say: take a note, and what.",
    ),
    (
        re.compile(r"(?:.*\b)?(?:forget|delete|erase|remove)\b"),
        "Say: forget that, or: forget what I said about, and what it was.",
    ),
    (
        re.compile(r".*\b(?:weather|forecast|traffic|news|price|search|look up|google)\b"),
        "I can't look anything up: I know only what you tell me.",
    ),
    (
        re.compile(r"(?:.*\b)?(?:call|ring|phone|dial|text|message|e-?mail|send)\b"),
        "I can't call or write to anybody yet.",
    ),
)


def cannot(request: str) -> list[str]:
    """Return what is said to a request that is beyond us, when there is more to say than no."""
    folded = request.lower()
    return next(([said] for asks, said in _CANNOT if asks.match(folded)), [])


def own_name(told: str) -> str:
    """Return the name that somebody gives as theirs; empty when they give none."""
    text = told.strip().rstrip(".!, ")
    match = CALLED.fullmatch(text.lower())
    return text[match.start("name") : match.end("name")] if match else ""


def called(name: str) -> str:
    """Return a name as one is called by it: nobody is called Owner, that only says who it is."""
    return "" if name == UNNAMED else name


def shortened(text: str, characters_max: int) -> str:
    """Return a text that is not longer than that, cut between two words."""
    if len(text) <= characters_max:
        return text
    return text[:characters_max].rsplit(maxsplit=1)[0] + " and so on"


def sentence(text: str) -> str:
    """Return words as a whole sentence: with a capital and an end."""
    text = text.strip().rstrip(",;:-")
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def clause(text: str) -> str:
    """Return a sentence as a part of another: without its end and its accidental capital."""
    text = text.strip().rstrip(".!?,;:- ")
    first, _, rest = text.partition(" ")
    if first.lower() in COMMON_FIRST_WORDS and not first.isupper():
        return f"{first.lower()} {rest}".strip()
    return text


def listed(items: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b, and c"."""
    if len(items) <= 2:
        return " and ".join(items)
    return f"{', '.join(items[:-1])}, and {items[-1]}"


def counted(count: int, noun: str) -> str:
    """Return "two notes"; small numbers as words."""
    number = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return f"{number} {noun}" if count == 1 else f"{number} {noun}s"


def local(instant: Instant, zone: str) -> datetime:
    """Return a moment as the clocks of a zone show it; an unknown zone is UTC."""
    try:
        where = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        where = ZoneInfo("UTC")
    return datetime.fromtimestamp(instant / SECOND, tz=UTC).astimezone(where)


def day_said(day: date, *, with_weekday: bool = True, with_year: bool = False) -> str:
    """Return "Saturday, the twenty-first of November"."""
    said = f"the {ORDINALS[day.day - 1]} of {day:%B}"
    if with_weekday:
        said = f"{day:%A}, {said}"
    return f"{said} {day.year}" if with_year else said


def time_said(moment: datetime) -> str:
    """Return "4:20 in the afternoon"."""
    hour, minute = moment.hour % 12 or 12, moment.minute
    clock = f"{hour}:{minute:02}" if minute else f"{hour} o'clock"
    if moment.hour < 12:
        return f"{clock} in the morning"
    if moment.hour < 18:
        return f"{clock} in the afternoon"
    return f"{clock} in the evening"


def when_said(instant: Instant, now: Instant, zone: str) -> str:
    """Return when something was: "today", "yesterday", "on Friday", "on the fourth of May"."""
    then, today = local(instant, zone).date(), local(now, zone).date()
    days = (today - then).days
    if days == 0:
        return "today"
    if days == 1:
        return "yesterday"
    if 1 < days < 7:
        return f"on {then:%A}"
    return f"on {day_said(then, with_weekday=False, with_year=then.year != today.year)}"


def channel_said(channel: str) -> str:
    """Return "by phone"; nothing for a channel that has no name among people."""
    return _CHANNELS.get(channel, "")
