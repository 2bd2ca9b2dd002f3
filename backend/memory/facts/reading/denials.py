"""Reads what somebody says is not so: "I'm not allergic to peanuts", "I don't have a wife".

A denial tells nothing by itself: it is read as what it denies, and is of use where that is held.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from backend.kernel.clock import Instant
from backend.memory.facts.language.kin import kin_of
from backend.memory.facts.language.words import Sentence, Word, sentences_of, words_of
from backend.memory.facts.reading.clauses import is_real, without_leads
from backend.memory.facts.reading.reading import read_facts, read_unsaid
from backend.memory.facts.types import ONESELF, ReadFact

ANYTHING = ""  # the object of "I have no wife": whoever that is
_NOT_HAVING = re.compile(
    r"i (?:do not have|have not got|have never had|have|have got) "
    r"(?P<no>no |an? |any )(?P<kin>[\w-]{1,30})(?: at all)?"
)
_JESTED = re.compile(
    r"(?:i was (?:only |just )?(?:joking|kidding|lying)|i lied)(?: (?:,|and|but))* "
)
_JEST_WORDS_MAX = 8
_GOES_ON = frozenset({"any", "anymore", "more", "longer", "yet", "only", "just"})
_HELPERS = frozenset({"do", "does"})


def read_denials(text: str, *, said_at: Instant, zone: str) -> tuple[ReadFact, ...]:
    """Return what a text denies, read as if it had been said to be so."""
    found = list(read_unsaid(text, speaker="", said_at=said_at, zone=zone))
    for sentence in sentences_of(words_of(text)):
        inner = _in_earnest(without_leads(sentence.words)[0])
        if _is_plain(sentence, inner):
            said = " ".join(word.low for word in inner)
            found += _relatives(said, text)
            affirmed = " ".join(_affirmed(inner))
            read = read_facts(affirmed, speaker="", said_at=said_at, zone=zone)
            is_never = any(word.low == "never" for word in inner)
            # What never was is no more told as having been, either.
            found += [replace(each, is_ended=each.is_ended or is_never) for each in read]
    return tuple(found)


def _in_earnest(words: Sequence[Word]) -> Sequence[Word]:
    """Take off what only says that it was no earnest: "I was joking, I don't live there"."""
    match = _JESTED.match(" ".join(word.low for word in words[:_JEST_WORDS_MAX]))
    return words[match[0].count(" ") :] if match is not None else words


def _is_plain(sentence: Sentence, words: Sequence[Word]) -> bool:
    lows = [word.low for word in words]
    denials = lows.count("not") + lows.count("no") + lows.count("never")
    # "Not any more" is an end, which is read elsewhere; "not only" denies nothing.
    return not sentence.is_asked and denials == 1 and is_real(words) and _is_whole(lows)


def _is_whole(lows: Sequence[str]) -> bool:
    at = next(at for at, low in enumerate(lows) if low in {"not", "no", "never"})
    # "I am vegetarian but I am not strict" denies what stands behind its "but".
    is_first = not {"but", "and", "because"} & set(lows[:at])
    return is_first and not _GOES_ON & {*lows[at + 1 : at + 2], *lows[-1:]} and "," not in lows


def _relatives(said: str, text: str) -> Iterator[ReadFact]:
    match = _NOT_HAVING.fullmatch(said)
    kin = kin_of(match["kin"]) if match is not None else ""
    if match is not None and kin and (" not " in said or match["no"] == "no "):
        yield ReadFact(ONESELF, kin, ANYTHING, "", text, 1.0)


def _affirmed(words: Sequence[Word]) -> Iterator[str]:
    """Yield the words without their "not": "Anna does not live here" is "Anna lives here"."""
    is_third = False
    for at, word in enumerate(words):
        follows = words[at + 1].low if at + 1 < len(words) else ""
        if word.low in _HELPERS and follows == "not":
            is_third = word.low == "does"
        elif word.low not in {"not", "never"}:
            plain = {"'s": "is", "am": "am"}.get(word.low, word.text)
            yield _third(plain) if is_third else plain
            is_third = False


def _third(verb: str) -> str:
    irregular = {"have": "has", "go": "goes", "do": "does"}
    return irregular.get(verb, f"{verb}es" if verb.endswith(("ch", "sh", "s")) else f"{verb}s")
