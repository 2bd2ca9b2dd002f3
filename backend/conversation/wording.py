"""What the companion says of its own accord on a line; short, and known by heart before a call."""

import re
from collections.abc import Mapping

from backend.characters import COMPANION
from backend.conversation.reasoning import called

FILLER = "One moment."
FILLER_LATER = "I'm still looking into it."
STILL_THERE = "Are you still there?"
STILL_THERE_AGAIN = "Hello? I can't hear you."
NOT_UNDERSTOOD = "Sorry, I didn't catch that."
SAY_AGAIN = "Then please say it again."
TAKES_TOO_LONG = "I'm sorry, this takes too long. Ask me again, or ask for something else."
FAREWELL_SILENCE = "I'll hang up now. Goodbye."
FAREWELL_LIMIT = "We have to stop here. Goodbye."
LAST_MINUTE = "We have one more minute."
RECORDED = "This call is recorded."
BUSY = "All lines are busy right now. Please try again in a moment."
DEAF = "I can't hear anything here right now. Please write to me instead."
SORRY = "I'm sorry, something went wrong on my side. Please call again."

STANDING = (
    FILLER,
    FILLER_LATER,
    STILL_THERE,
    STILL_THERE_AGAIN,
    NOT_UNDERSTOOD,
    SAY_AGAIN,
    TAKES_TOO_LONG,
    FAREWELL_SILENCE,
    FAREWELL_LIMIT,
    LAST_MINUTE,
)

FILLERS: Mapping[float, str] = {1.2: FILLER, 3.5: FILLER_LATER}
"""After so many seconds in which nothing is heard and a mind thinks, this is said."""

# Said to show that one listens; over our own words they ask for nothing.
_NOD = re.compile(
    r"""(?:m+|mm+[ -]?h+m+|m+h+m*|h+m+|u+h+[ -]?h+u+h+|a+h+a*|a+|oh+|uh+|er+m?|um+|huh
    |ok(?:ay)?|right|sure|yeah|yep|yup|yes|i see|got it|really|wow|nice|good|great|cool|true
    |exactly|of course|haha(?:ha)*)(?:[ ,.!…-]+(?:m+|mm+[ -]?h+m+|h+m+|ok(?:ay)?|right|sure|yeah
    |yep|yes|i see|good))*""",
    re.VERBOSE,
)
_EDGES = " .,!?…-\"'"
_YES = re.compile(
    r"(?:(?:yes|yeah|yep|yup|correct|right|exactly|sure|true|of course|indeed|i did|i do"
    r"|that'?s (?:right|correct|it|true)|that is (?:right|correct))[ ,.!]*)+"
)
_NO = re.compile(
    r"(?:(?:no|nope|nah|wrong|not (?:really|quite|that)|i didn'?t|that'?s (?:wrong|not it)"
    r"|that is wrong)[ ,.!]*)+"
)
_FAREWELL = re.compile(
    r"(?:(?:okay|all right|alright|well|so|then)[ ,]+)?(?:good ?bye|bye(?:[ -]bye)?|farewell"
    r"|so long|good ?night|until next time|talk to you (?:soon|later)|see you(?: soon| later)?)"
    r"(?:[ ,]+\w+){0,3}"
)
_YES_NO = re.compile(
    r"(?:.*,\s*)?(?:(?:so|and|or|but|okay|then)[ ,]+)?"
    r"(?:is|are|am|was|were|do|does|did|have|has|had|can|could|will|would|shall|should|may|might|must|want|ready|right|anything|isn'?t|aren'?t"
    r"|don'?t|doesn'?t|didn'?t|won'?t|wouldn'?t|couldn'?t)\b"
)
_DIGITS = re.compile(r".*\b(?:number|digits|pin|code|postcode|zip)\b.*")
_SECRET = re.compile(r".*\b(?:digits|pin|code|passcode)\b.*")
_SENTENCES = re.compile(r"(?<=[.!?…])\s+")


def is_nod(words: str) -> bool:
    """Say whether somebody only shows that they listen."""
    return _NOD.fullmatch(words.lower().strip(_EDGES)) is not None


def is_yes(words: str) -> bool:
    """Say whether it agrees and says no more."""
    return _YES.fullmatch(words.lower().strip(_EDGES)) is not None


def is_no(words: str) -> bool:
    """Say whether it denies and says no more."""
    return _NO.fullmatch(words.lower().strip(_EDGES)) is not None


def is_farewell(words: str) -> bool:
    """Say whether something that we say ends with a goodbye."""
    return _FAREWELL.fullmatch(_last_sentence(words).strip(_EDGES)) is not None


def asks_yes_or_no(words: str) -> bool:
    """Say whether a short answer is to be expected."""
    last = _last_sentence(words)
    return last.endswith("?") and _YES_NO.match(last) is not None


def asks_for_digits(words: str) -> bool:
    """Say whether a number is to be expected."""
    last = _last_sentence(words)
    return last.endswith("?") and _DIGITS.fullmatch(last) is not None


def asks_for_secret(words: str) -> bool:
    """Say whether the digits to be expected may be somebody's PIN."""
    return _SECRET.fullmatch(_last_sentence(words)) is not None


def did_you_say(words: str) -> str:
    """Ask back: better than to act on what was not heard well."""
    return f"Did you say \u201c{words.strip(' .?!')}\u201d?"


def _last_sentence(words: str) -> str:
    return _SENTENCES.split(words.lower().strip())[-1]


def greeting(name: str, *, is_recorded: bool) -> str:
    """Return the first words on a line."""
    first = COMPANION.greet(called(name))
    return f"{first} {RECORDED}" if is_recorded else first
