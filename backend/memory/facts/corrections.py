"""Reads what is said right after a reply that was wrong: "no, it's Lisbon", "that's wrong"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.words import Word, words_of
from backend.memory.facts.predicates import ObjectKind, predicate
from backend.memory.facts.reading import read_facts
from backend.memory.facts.types import FactView

CORRECTION_CHARACTERS_MAX = 400  # who says more than that tells something new
VALUE_WORDS_MAX = 6


class CorrectionKind(StrEnum):
    """What was the matter with what was said."""

    DENIED = "denied"  # it was never true; what is, was not said
    CORRECTED = "corrected"  # it was never true; this is
    CHANGED = "changed"  # it was true; now this is
    ENDED = "ended"  # it was true and is not any more


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


_OPENINGS = word_set("""
    no nope nah sorry well actually oh um uh er wait hang on hey excuse me ringback listen please
    ok okay yes yeah but and so
""")
_VALUE = r"(?P<value>\S+(?: \S+){0,5}?)"
_OLD = r"(?P<old>\S+(?: \S+){0,3}?)"
_IS = r"(?:it is|it 's|it should be|that is|that 's|it was|he is|he 's|she is|she 's|they are)"
_NOW = r"(?: now| these days| nowadays| at the moment)"
_THING = r"(?:in|at|on|from|to|called|a|an)"
# Matched against at most 400 characters in lower case; each begins with words of its own.
_WRONG = (
    r"(?:(?:(?:that|this) (?:is|'s) (?:wrong|not (?:right|true|correct|so)|incorrect)|wrong"
    r"|not true|incorrect|you (?:are|got (?:that|it)) wrong)(?: ,)? )"
)
_CHANGED_SAID = (
    r"(?:(?:i|she|he|we|they|that|it) (?:have |has |'s )?(?:just )?"
    r"(?:moved|changed|married|switched)|that was before|not any ?more|not any longer"
    r"|that is over|that was once|that used to be)"
)
_PATTERNS: tuple[tuple[CorrectionKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            CorrectionKind.CHANGED,
            rf"{_CHANGED_SAID} ,? ?(?:and |so |but )?(?:now )?{_IS} (?:now )?(?:{_THING} )?{_VALUE}"
            rf"{_NOW}?",
        ),
        (CorrectionKind.CHANGED, rf"{_IS} now (?:{_THING} )?{_VALUE}"),
        (CorrectionKind.CHANGED, rf"{_IS} (?:{_THING} )?{_VALUE}{_NOW}"),
        (
            CorrectionKind.ENDED,
            r"(?:not any ?more|not any longer|that is over|no longer"
            r"|that is not (?:true|so|right) any ?more"
            r"|(?:i|she|he|we|they) (?:do|does) not(?: \S+){0,3} any ?more)",
        ),
        (
            CorrectionKind.CORRECTED,
            rf"(?:{_IS} |(?:i|she|he|they) (?:am|is|are|'s) )?not (?:{_THING} )?{_OLD} ?,? "
            rf"(?:but|it is|it 's|he is|she is|he 's|she 's|i am) (?:{_THING} )?{_VALUE}",
        ),
        (CorrectionKind.CORRECTED, rf"(?:not|never) (?:{_THING} )?{_OLD} , (?:{_THING} )?{_VALUE}"),
        (
            CorrectionKind.CORRECTED,
            rf"(?:{_IS} |i (?:said|meant|mean) )?(?:{_THING} )?{_VALUE} ?,? "
            rf"not (?:{_THING} )?{_OLD}",
        ),
        (
            CorrectionKind.CORRECTED,
            rf"(?:i (?:said|meant|mean)|make (?:that|it)|(?:correct|change) (?:that|it) to"
            rf"|it should be|you mean|(?:her|his|its|their) name (?:is|'s)) (?:{_THING} )?{_VALUE}",
        ),
    )
)
_DENIALS = re.compile(
    r"(?:(?:that|this|it) (?:is|'s|was) (?:just |simply |all |completely |totally |plain )?"
    r"(?:wrong|incorrect|false|untrue|not (?:right|true|correct|so|it|what i said)|nonsense"
    r"|a mistake|never (?:true|so|right))|(?:that|this) (?:is|was) never true|wrong|incorrect|false"
    r"|not (?:true|right|correct|so)"
    r"|you (?:are|have got|got|have|misunderstood)(?: that| it| this)?(?: all)? ?(?:wrong)?"
    r"|i never (?:said|told you) (?:that|so|any such thing)|i did not say (?:that|so)"
    r"|you misunderstood(?: me| that)?|you misheard(?: me| that)?"
    r")"
    r"(?: ,? ?(?:at all|i am afraid|ringback|sorry|please|though))*"
)
_AFTER_NO = re.compile(rf"(?:{_IS} )?(?:{_THING} )?{_VALUE}")
_BEGINS_WRONG = re.compile(_WRONG)
_SIMPLY_NOT = re.compile(r"(?:i|she|he|they|it|that) (?:do|does|is|am|are|did|was|were) not")
_NO = frozenset({"no", "nope", "nah"})
_ACTUALLY = frozenset({"actually", "sorry"})
_NOT_VALUES = word_set("""
    fine okay ok all alright right good great enough me you it that this thanks thank nothing not
    no yes sure raining late early true wrong correct problem please wait stop never forget what
    why who how when where everything later tomorrow today now just only because if i he she we
    they there here too so very really can could would will should do don't is are was the my your
    worries need bother mind matter hurry way idea clue thats kidding joking again off on up out
    cancel delete remove tell call send read remind go more some any anything something
""")
_EMPTY_ENDS = word_set("please now then actually sorry ringback instead though today")


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
    begins = _BEGINS_WRONG.match(folded)
    if begins is not None:
        rest, has_no = rest[begins[0].count(" ") :], True
        folded = " ".join(word.low for word in rest)
    found = _by_pattern(folded, rest, before, is_certain=has_no or is_actual)
    if found is None:
        found = _told_anew(text, rest, before, has_no=has_no)
    if found is None and (has_no or is_actual):
        match = _AFTER_NO.fullmatch(folded)
        found = match and _matched(CorrectionKind.CORRECTED, match, rest, before)
    return found


def _is_denial(folded: str, *, has_no: bool) -> bool:
    if has_no and _SIMPLY_NOT.fullmatch(folded):
        return True
    is_whole = _DENIALS.fullmatch(folded) is not None
    return is_whole and folded not in {"you are", "you have", "you got"}


def _by_pattern(
    folded: str, rest: Sequence[Word], before: Sequence[FactView], *, is_certain: bool
) -> Correction | None:
    for kind, pattern in _PATTERNS:
        match = pattern.fullmatch(folded)
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
    while at < len(kept) and (kept[at].is_mark or kept[at].low in _OPENINGS):
        at += 1
    opening = {word.low for word in kept[:at]}
    rest = kept[at:]
    while rest and (rest[-1].is_mark or (rest[-1].low in _EMPTY_ENDS - {"now"} and len(rest) > 1)):
        rest.pop()
    return rest, bool(opening & _NO), bool(opening & _ACTUALLY)


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
    if kind is CorrectionKind.ENDED:
        return Correction(kind, before[0].id)
    value = _said(words, match, "value")
    old = _said(words, match, "old") if "old" in match.re.groupindex else ""
    fact, part = _which(old, before)
    if fact is None or not _may_be(value, fact, part):
        return None
    is_lower = not any(word.is_capital and word.low != "i" for word in words)
    if is_lower and _kind(fact, part) in {ObjectKind.PERSON, ObjectKind.PLACE}:
        value = " ".join(one[:1].upper() + one[1:] for one in value.split(" "))
    return Correction(kind, fact.id, value, part)


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
    for fact in before:
        if fact.subject and wrong in {_bare(fact.subject), *_bare(fact.subject).split()}:
            return fact, Part.SUBJECT
    return None, Part.OBJECT


def _may_be(value: str, fact: FactView, part: Part) -> bool:
    """Say whether a value is of the kind that the fact has."""
    lows = value.lower().split()
    if not lows or len(lows) > VALUE_WORDS_MAX or lows[0] in _NOT_VALUES:
        return False
    if _kind(fact, part) in {ObjectKind.PERSON, ObjectKind.PLACE}:
        return len(lows) <= 4 and not any(low in _NOT_VALUES for low in lows)
    if fact.predicate == "age" or fact.predicate.startswith(("birthday", "phone", "year")):
        return any(one.isdigit() for one in value) or len(lows) <= 4
    return lows[-1] not in _NOT_VALUES


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
