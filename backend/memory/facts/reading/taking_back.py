"""Reads what is taken back or put right in the same breath, as in "I mean vegetarian".

Who corrects themselves has said one thing, not two: what came first is nothing to be believed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from backend.memory.facts.correction_words import NOT_VALUES
from backend.memory.facts.language import lexicon
from backend.memory.facts.language.kin import KIN
from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.times import day_and_month
from backend.memory.facts.language.words import Sentence, Word, words_of
from backend.memory.facts.predicates import predicate
from backend.memory.facts.reading import counted
from backend.memory.facts.types import Cardinality, ReadFact

HEAD_WORDS_MAX = 8
TAIL_WORDS_MAX = 16  # behind what it puts right: who says more than that tells something new
VALUE_WORDS_MAX = 4

_FIRMLY = r"(?:i mean|i meant|i meant to say|make that|or rather|rather|correction)"
_OPENING = rf"(?:no|nope|sorry|actually|well|oh|wait|um|uh|er|but|hang on|hold on|{_FIRMLY})"
_MISTAKE = (
    r"(?:(?:that|this|it) (?:is|'s|was) (?:just |all |completely )?(?:a mistake|an error|wrong"
    r"|not (?:true|right|correct|so)|nonsense|my mistake)|(?:scratch|strike|ignore) that"
    r"|i (?:misspoke|made a mistake|take (?:that|it) back|got (?:that|it) wrong)"
    r"|i was (?:wrong|mistaken)|my mistake)"
)
_NO_MORE = re.compile(rf"{_OPENING}(?: {_OPENING})*")
_UNSAID = re.compile(
    rf"(?:{_OPENING} )*(?:(?P<who>i|we|she|he|they) (?:am|is|are|'s|do|does|have|has|can|did) not"
    rf"(?P<rest>(?: \S+){{0,6}}?)|{_MISTAKE})(?: (?:{_MISTAKE}|sorry|at all))*"
)
_PUT_RIGHT = re.compile(
    rf"(?P<opening>(?:{_OPENING} )+)(?:(?:it is|it 's|that is|that 's) )?(?:(?:in|at|to) )?"
    rf"(?P<value>\S+(?: \S+){{0,{VALUE_WORDS_MAX - 1}}})"
)
_FIRM = re.compile(_FIRMLY)
_BEGINS = re.compile(rf"(?:{_OPENING} )*(?:no|sorry|actually|{_FIRMLY})\b")
_SPLITS = frozenset({"actually", "sorry", "no", "wait", "i", "or", "rather", "correction"})
_DAYS = frozenset({"birthday", "anniversary"})
_NO_VALUES = NOT_VALUES | word_set(
    "whatever bye literally obviously basically gotta sometimes mostly not seriously honestly well"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What was said last in a text, and what was read of it."""

    words: Sequence[Word] = ()
    facts: Sequence[ReadFact] = ()


def parts_of(sentence: Sentence) -> Iterator[Sentence]:
    """Yield a sentence, cut before what takes its beginning back or puts it right."""
    words = sentence.words
    for at in range(2, min(len(words), HEAD_WORDS_MAX)):
        if words[at - 1].is_mark and _UNSAID.fullmatch(_folded(words[:at])) is not None:
            yield replace(sentence, words=words[:at])  # "that's wrong, I live in Lisbon"
            words, sentence = words[at:], replace(sentence, words=words[at:])
            break
    for at in range(max(2, len(words) - TAIL_WORDS_MAX), len(words)):
        is_cut = words[at - 1].is_mark or words[at].low in _SPLITS
        if not is_cut or sentence.is_asked or is_opening(words[:at]):
            continue
        tail, is_behind_mark = _folded(words[at:]), words[at - 1].is_mark
        unsaid = _UNSAID.fullmatch(tail)
        is_unsaid = unsaid is not None and (is_behind_mark or _BEGINS.match(tail) is not None)
        is_excuse = is_behind_mark and words[at].low == "sorry"
        if is_unsaid or is_excuse or _PUT_RIGHT.fullmatch(tail) is not None:
            yield replace(sentence, words=words[:at])
            yield replace(sentence, words=words[at:])
            return
    yield sentence


def is_opening(words: Sequence[Word]) -> bool:
    """Say whether words only announce that something is put right: "wait, no"."""
    return _NO_MORE.fullmatch(_folded(words)) is not None


def unsaid(sentence: Sentence, told: Told) -> list[ReadFact]:
    """Return what is taken back of what was told just before: "actually I'm not"."""
    match = None if sentence.is_asked else _UNSAID.fullmatch(_folded(sentence.words))
    if match is None or not told.facts:
        return []
    rest = (match["rest"] or "").split()
    if not set(rest) <= {word.low for word in told.words}:
        return []
    facts = list(told.facts)
    if match["who"]:
        is_self = match["who"] in {"i", "we"}
        facts = [fact for fact in facts if (fact.subject == "") is is_self]
    if len(rest) <= 1:
        return facts
    return [fact for fact in facts if set(fact.object.lower().split()) <= set(rest)]


def put_right(sentence: Sentence, told: Told) -> Iterator[tuple[ReadFact, Sentence]]:
    """Yield what may be put right by a word alone, and the sentence as it was meant."""
    match = None if sentence.is_asked else _PUT_RIGHT.fullmatch(_folded(sentence.words))
    if match is None:
        return
    said = [word for word in sentence.words if not word.is_mark]
    value = said[match.string[: match.start("value")].count(" ") :]
    is_firm = _FIRM.search(match["opening"]) is not None
    # "No, dogs" puts right; "no dogs" says what else there is not.
    is_set_off = is_firm or sentence.words[sentence.words.index(value[0]) - 1].is_mark
    is_value = not any(
        word.low in _NO_VALUES | lexicon.ADVERBS for word in value if word.low != "the"
    )
    for fact in counted.likeliest_first(told.facts, value):
        is_one = predicate(fact.predicate).cardinality is Cardinality.ONE or fact.predicate in KIN
        is_as_written = value[0].is_capital or not fact.object[:1].isupper()
        if counted.is_counted(fact):
            for had in counted.instead(fact, value) if is_set_off else ():
                yield from ((fact, replace(sentence, words=each)) for each in _put(told, fact, had))
        elif is_value and is_as_written and (is_firm or is_one):
            for words in _instead(told.words, fact, value):
                yield fact, replace(sentence, words=words)


def is_instead(sentence: Sentence, old: ReadFact, new: ReadFact) -> bool:
    """Say whether a whole sentence puts right what was told before: "sorry, I live in Lisbon"."""
    is_same = (old.subject, old.predicate) == (new.subject, new.predicate)
    is_other = is_same and old.object != new.object and not (old.is_ended or new.is_ended)
    begins = _BEGINS.match(_folded(sentence.words)) if is_other else None
    if begins is None or predicate(old.predicate).cardinality is Cardinality.ONE:
        return begins is not None
    both = counted.is_counted(old) and counted.is_counted(new)
    is_beside = any(word.low in _BESIDE for word in sentence.words)
    return both and not is_beside and "actually" not in begins[0]


_BESIDE = frozenset({"too", "also", "and", "well", "another", "more", "but"})


def _put(told: Told, old: ReadFact, had: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """Yield what was told with all of one object exchanged."""
    wrong = [word.low for word in words_of(old.object)]
    lows = [word.low for word in told.words]
    for at in range(len(lows) - len(wrong) + 1):
        if lows[at : at + len(wrong)] == wrong:
            yield (*told.words[:at], *had, *told.words[at + len(wrong) :])
            return


def _instead(
    words: Sequence[Word], old: ReadFact, value: Sequence[Word]
) -> Iterator[tuple[Word, ...]]:
    """Yield words with others in the place of what was wrong."""
    wrong = [word.low for word in words_of(old.object)]
    lows = [word.low for word in words]
    for size in {len(wrong): 0, 1: 0}:  # of "40 years old" the number alone may have been said
        for at in range(len(words) - size + 1):
            if lows[at : at + size] == wrong[:size]:
                yield (*words[:at], *value, *words[at + size :])
                return
    for at in range(len(words)) if old.predicate in _DAYS else ():
        day = day_and_month(words, at)
        if day is not None:
            yield (*words[:at], *value, *words[day[3] :])
            return


def _folded(words: Sequence[Word]) -> str:
    if len(words) > 2 * TAIL_WORDS_MAX:
        return ""
    return " ".join(word.low for word in words if not word.is_mark)
