"""Reads what is said right after a reply that was wrong: "no, it's Lisbon", "that's wrong"."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend.memory.facts.corrected_values import may_be
from backend.memory.facts.correction_words import (
    ACTUALLY,
    AFTER_NO,
    BEGINS_WRONG,
    DAY_OPENINGS,
    DENIALS,
    EMPTY_ENDS,
    NO,
    OPENINGS,
    PATTERNS,
    SIMPLY_NOT,
    WORK,
    CorrectionKind,
)
from backend.memory.facts.language.kin import kin_of
from backend.memory.facts.language.numbers import ordinal_of
from backend.memory.facts.language.times import day_and_month, is_day, written
from backend.memory.facts.language.words import Word, words_of
from backend.memory.facts.predicates import KIN, ObjectKind, predicate
from backend.memory.facts.reading import read_facts
from backend.memory.facts.types import FactView

SOMEBODYS_WORDS_MAX = 8
CORRECTION_CHARACTERS_MAX = 400  # who says more than that tells something new


class Part(StrEnum):
    """Which side of a fact is put right."""

    OBJECT = "object"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Correction:
    """How a fact that was just told is to be changed."""

    kind: CorrectionKind
    fact_id: str
    value: str = ""  # what is right, in their words; empty when only denied or ended
    part: Part = Part.OBJECT


def read_correction(text: str, before: Sequence[FactView]) -> Correction | None:
    """Return how the facts that the last reply was from are put right; None when they are not.

    `before` has the likeliest first. "Forget that" is no correction: it is something to be done.
    """
    words = words_of(text[:CORRECTION_CHARACTERS_MAX])
    if not before or len(text) > CORRECTION_CHARACTERS_MAX or _asks_or_orders(words):
        return None
    rest, has_no, is_actual = _without_opening(words)
    folded = " ".join(word.low for word in rest)
    if _is_denial(folded, has_no=has_no):
        return Correction(CorrectionKind.DENIED, before[0].id)
    if (theirs := _somebody_elses(rest, before)) is not None:
        return Correction(CorrectionKind.DENIED, theirs.id)
    is_over = _by_pattern(folded, rest, before, is_certain=True, kinds={CorrectionKind.ENDED})
    if is_over is not None:
        return is_over
    begins = BEGINS_WRONG.match(folded)
    if begins is not None:
        rest, has_no = rest[begins[0].count(" ") :], True
        folded = " ".join(word.low for word in rest)
    found = _dated(rest, before)
    if found is None:
        found = _by_pattern(folded, rest, before, is_certain=has_no or is_actual)
    if found is None:
        found = _told_anew(text, rest, before, has_no=has_no)
    if found is None and (has_no or is_actual):
        match = AFTER_NO.fullmatch(folded)
        found = match and _matched(CorrectionKind.CORRECTED, match, rest, before)
    return found


def _is_denial(folded: str, *, has_no: bool) -> bool:
    if has_no and SIMPLY_NOT.fullmatch(folded):
        return True
    is_whole = DENIALS.fullmatch(folded) is not None
    return is_whole and folded not in {"you are", "you have", "you got"}


def _somebody_elses(rest: Sequence[Word], before: Sequence[FactView]) -> FactView | None:
    """Return whose relative is none of theirs: "that's the neighbour's daughter"."""
    lows = [word.low for word in rest]
    is_said_of = lows[:1] and lows[0] in {"that", "it", "she", "he", "this"}
    if not is_said_of or lows[1:2] not in (["is"], ["'s"]) or len(lows) > SOMEBODYS_WORDS_MAX:
        return None
    whose = lows[2:-1]
    if whose[-1:] != ["'s"] and whose not in (["her"], ["his"], ["their"], ["your"]):
        return None
    kin = kin_of(lows[-1])
    return next((fact for fact in before if not fact.subject and fact.predicate == kin), None)


def _by_pattern(
    folded: str,
    rest: Sequence[Word],
    before: Sequence[FactView],
    *,
    is_certain: bool,
    kinds: Collection[CorrectionKind] = tuple(CorrectionKind),
) -> Correction | None:
    for kind, pattern in PATTERNS:
        match = pattern.fullmatch(folded) if kind in kinds else None
        if match is None:
            continue
        is_told = is_certain or kind is not CorrectionKind.CHANGED
        is_told = is_told or _says_changed(folded) or _is_named(rest, match)
        if is_told and (found := _matched(kind, match, rest, before)) is not None:
            return found
    return None


def _asks_or_orders(words: Sequence[Word]) -> bool:
    lows = [word.low for word in words]
    return not lows or "?" in lows or lows[0] in {"forget", "delete", "what", "why", "is", "are"}


def _without_opening(words: Sequence[Word]) -> tuple[list[Word], bool, bool]:
    """Take "no, sorry," off; say whether it was said no, and whether they put it right at least."""
    kept = [word for word in words if word.text not in '.!\u2026;:"\u201c\u201d' or word.low == ","]
    at = 0
    while at < len(kept) and (kept[at].is_mark or kept[at].low in OPENINGS):
        at += 1
    opening = {word.low for word in kept[:at]}
    rest = kept[at:]
    while rest and (rest[-1].is_mark or (rest[-1].low in EMPTY_ENDS - {"now"} and len(rest) > 1)):
        opening.add(rest.pop().low)
    return rest, bool(opening & NO), bool(opening & ACTUALLY)


def _says_changed(folded: str) -> bool:
    return folded.startswith(("i ", "she ", "he ", "we ", "they ", "that ", "not ", "it has"))


def _is_named(words: Sequence[Word], match: re.Match[str]) -> bool:
    """Say whether "it's X now" has a name for X: "it's raining now" changes nothing."""
    return words[match.string[: match.start("value")].count(" ")].is_capital


def _matched(
    kind: CorrectionKind,
    match: re.Match[str],
    words: Sequence[Word],
    before: Sequence[FactView],
) -> Correction | None:
    """Return the correction when its words can be what was meant."""
    old = _said(words, match, "old") if match.groupdict().get("old") else ""
    if kind is CorrectionKind.ENDED:
        return _over(match, old, before)
    fact, part = _which(old, before)
    if kind is CorrectionKind.DENIED:
        return None if fact is None else Correction(kind, fact.id)
    value = _said(words, match, "value")
    if fact is None or not may_be(value, fact.predicate, _kind(fact, part)):
        return None
    is_lower = not any(word.is_capital and word.low != "i" for word in words)
    if is_lower and _kind(fact, part) in {ObjectKind.PERSON, ObjectKind.PLACE}:
        value = " ".join(one[:1].upper() + one[1:] for one in value.split(" "))
    return Correction(kind, fact.id, value, part)


def _over(match: re.Match[str], old: str, before: Sequence[FactView]) -> Correction | None:
    """Return what is over; "I quit" ends nobody's favourite colour."""
    if not WORK.search(match.string):
        return Correction(CorrectionKind.ENDED, before[0].id)
    jobs = [fact for fact in before if fact.predicate.startswith(("works", "studies"))]
    fact = next((each for each in jobs if not old or _bare(old) == _bare(each.object)), None)
    return None if fact is None else Correction(CorrectionKind.ENDED, fact.id)


def _dated(rest: Sequence[Word], before: Sequence[FactView]) -> Correction | None:
    """Read the right day: "it's on the fifth of May", or "the fifth" alone, of the same month."""
    for fact in before:
        old = day_and_month(words_of(fact.object))
        at = next((at for at, word in enumerate(rest) if word.low not in DAY_OPENINGS), 0)
        if old is None or at >= len(rest):
            continue
        day, month, year, end = day_and_month(rest, at) or (*_day_alone(rest, at, old[1]),)
        is_whole = end == len(rest) or "not" in {word.low for word in rest[end : end + 2]}
        year = year or old[2]
        value = written(day, month, year) if day and is_day(day, month, year) else ""
        if value and is_whole and value != fact.object:
            return Correction(CorrectionKind.CORRECTED, fact.id, value)
    return None


def _day_alone(rest: Sequence[Word], at: int, month: int) -> tuple[int, int, int | None, int]:
    if rest[at - 1].low != "the" or not at:
        return 0, month, None, at
    day, end = ordinal_of(rest, at)
    return day, month, None, end


def _kind(fact: FactView, part: Part) -> ObjectKind:
    return ObjectKind.PERSON if part is Part.SUBJECT else predicate(fact.predicate).kind


def _which(old: str, before: Sequence[FactView]) -> tuple[FactView | None, Part]:
    """Find the fact that is meant by what it had wrong; without that it is the first."""
    if not old:
        return before[0], Part.OBJECT
    wrong = _bare(old)
    for fact in before:
        if wrong == _bare(fact.object) or wrong in _bare(fact.object).split():
            return fact, Part.OBJECT
        if fact.predicate in KIN and kin_of(wrong) == fact.predicate:  # "she's not my daughter"
            return fact, Part.OBJECT
    for fact in before:
        if fact.subject and wrong in {_bare(fact.subject), *_bare(fact.subject).split()}:
            return fact, Part.SUBJECT
    return None, Part.OBJECT


def _told_anew(
    text: str, rest: Sequence[Word], before: Sequence[FactView], *, has_no: bool
) -> Correction | None:
    """Read a whole sentence after the "no": "no, she lives in Lisbon"."""
    turn = next(
        (at for at, word in enumerate(rest) if word.low == "not" and at and rest[at - 1].is_mark), 0
    )
    if turn:  # "she lives in Lisbon, not in Porto"
        rest = rest[: turn - 1]
    if not rest or not (has_no or turn):
        return None
    sentence = text[rest[0].start : rest[-1].end]
    named = next((fact.subject for fact in before if fact.subject), "")
    if rest[0].low in {"she", "he"} and named:
        sentence = named + sentence[rest[0].end - rest[0].start :]
    if sentence.removeprefix(named) == sentence.removeprefix(named).lower():
        sentence = sentence.lower()
    for read in read_facts(sentence, speaker="", said_at=before[0].learnt_at, zone="UTC"):
        for fact in before:
            is_same = read.predicate == fact.predicate and _bare(read.subject) == _bare(
                fact.subject
            )
            if is_same and read.is_ended and _bare(read.object) == _bare(fact.object):
                return Correction(CorrectionKind.ENDED, fact.id)
            if is_same and not read.is_ended and _bare(read.object) != _bare(fact.object):
                is_new = any(word.low in {"now", "moved"} for word in rest)
                kind = CorrectionKind.CHANGED if is_new else CorrectionKind.CORRECTED
                return Correction(kind, fact.id, read.object)
    return None


def _said(words: Sequence[Word], match: re.Match[str], group: str) -> str:
    """Return a group as it was said, with its capitals: words are joined by single blanks there."""
    first = match.string[: match.start(group)].count(" ")
    last = first + match[group].count(" ")
    parts: list[str] = []
    for index in range(first, last + 1):
        is_joined = index > first and words[index - 1].end == words[index].start
        parts.append(("" if is_joined or not parts else " ") + words[index].text)
    return "".join(parts).strip(" ,")


def _bare(text: str) -> str:
    low = text.lower().strip(" .,")
    for article in ("a ", "an ", "the ", "my "):
        low = low.removeprefix(article)
    return low
