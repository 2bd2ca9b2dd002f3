"""Of several people with one name: how each is called aloud, and which of them an answer means."""

import re
from collections.abc import Sequence
from typing import Final

from backend.conversation.reasoning import wording
from backend.conversation.reasoning.context import Context
from backend.memory.facts.language.kin import KIN, kin_of
from backend.memory.recall.words import content_words

ANSWER_WORDS_MAX = 8  # more than these tell something
SHORT_WORDS_MAX = 4  # so few that answer nothing are no news either

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_ALL: Final = re.compile(
    r"\b(?:both|all(?: of them| (?:two|three|four))?|every ?one|each|either of them)\b"
)
_NOT: Final = re.compile(r"\b(?:not|neither|none|nobody|except|but|without)\b|n['\u2019]t\b")
_NONE: Final = re.compile(r"(?:neither|none|nobody|no one|not (?:any|one))(?: of (?:them|those))?")
_ORDINALS: Final = (
    frozenset({"first", "former", "1st"}),
    frozenset({"second", "latter", "2nd"}),
    frozenset({"third", "3rd"}),
)
_WORK: Final = frozenset({"work", "office", "job", "colleague", "coworker", "co-worker"})
_MET: Final = {"colleague": _WORK, "coworker": _WORK, "from work": _WORK, "at work": _WORK}


def called(name: str, which: str) -> str:
    """Return somebody as they are told from others of their name."""
    if which in KIN:
        return f"your {which}"
    if which.startswith(("from ", "at ", "in ")):
        return f"{name} {which}"
    return which or f"the other {name}"


def whose(context: Context) -> list[str]:
    """Ask whom of several they tell of, or confirm who it is."""
    told = context.whose
    if told is None:
        return ["I'm not sure whom you mean."]
    context.trace.told, context.trace.cited = [], []
    several = [called(told.name, each) for each in told.which]
    if told.is_told:
        return [f"All right: {wording.listed(several)}."]
    return ["I'll keep that.", f"Which {told.name} do you mean: {', or '.join(several)}?"]


def picked(heard: str, several: Sequence[str]) -> tuple[str, ...]:
    """Return which of several are meant: "my sister", "the colleague", "both"; else nobody."""
    said = " ".join(heard.lower().split())
    words = _WORD.findall(said)
    if words:  # "my sister's" is hers; "my sister's boyfriend" is somebody else
        words[-1] = words[-1].removesuffix("'s").removesuffix("\u2019s")
    if not words or len(words) > ANSWER_WORDS_MAX or _NOT.search(said):
        return ()
    found = tuple(each for each in several if _is_said(each, words))
    if _ALL.search(said):
        return tuple(several) if not found else ()
    if not found:
        for each, ordinals in zip(several, _ORDINALS, strict=False):
            if ordinals & set(words):
                return (each,)
    return found if len(found) == 1 or "and" in words else ()


def is_none(heard: str) -> bool:
    """Say whether an answer means nobody."""
    return _NONE.fullmatch(" ".join(heard.lower().split()).strip(" .,!")) is not None


def is_short(heard: str) -> bool:
    """Say whether it is so short that it can be no more than an answer."""
    return len(_WORD.findall(heard)) <= SHORT_WORDS_MAX and not heard.rstrip().endswith("?")


def _is_said(which: str, words: Sequence[str]) -> bool:
    if _MET.get(which, frozenset()) & set(words):
        return True
    if which in KIN:
        return any(kin_of(word) == which for word in words)
    telling = content_words(which)
    return bool(telling) and telling <= content_words(" ".join(words))
