"""Says whether words can be what a fact should have said: an object of its kind, no sentence.

"No, Lisbon" puts right where somebody lives; "No, Paris is beautiful" says something else.
"""

from collections.abc import Sequence

from backend.memory.facts.correction_words import NOT_VALUES
from backend.memory.facts.language.lexicon import FIRST_NAMES, word_set
from backend.memory.facts.language.words import Word, words_of
from backend.memory.facts.predicates import ObjectKind
from backend.memory.facts.reading.verbs import tense_of

VALUE_WORDS_MAX = 6
NAME_WORDS_MAX = 4
_HELPERS = word_set("""
    is are was were am be been has have had do does did can could will would shall should must may
    might won't don't doesn't didn't isn't aren't wasn't can't
""")
_WENT = word_set("""
    said told sent sang rang phoned texted wrote died fell felt knew thought found lost broke bought
    sold brought made slept forgot kept held won began came became came hurt burnt spilled arrived
""")
_GOES_ON = word_set("i he she we they who which that")
_STARTS = word_set(
    "my our his her their your the a an this that these those every everybody nobody"
)
_BEHIND_A_VERB = word_set("""
    today yesterday tomorrow again now here there me us him them it in on at to for from with by up
    off out away about and because when
""")
_LINKS = word_set("of the de da do di del la le les los las el in on upon under am an der van near")


def may_be(value: str, predicate: str, kind: ObjectKind) -> bool:
    """Say whether a value is of the kind that the fact has."""
    lows = value.lower().split()
    first = lows[0].replace("\u2019", "'").partition("'")[0] if lows else ""
    if not lows or len(lows) > VALUE_WORDS_MAX or {first, lows[0]} & NOT_VALUES:
        return False
    if is_sentence(value):
        return False
    if kind in {ObjectKind.PERSON, ObjectKind.PLACE}:
        return _is_name(value) and not any(low in NOT_VALUES for low in lows)
    if predicate == "age" or predicate.startswith(("birthday", "phone", "year")):
        return any(one.isdigit() for one in value) or len(lows) <= NAME_WORDS_MAX
    return lows[-1] not in NOT_VALUES


def is_sentence(value: str) -> bool:
    """Say whether words have a verb of their own, behind somebody or something that does it."""
    words = words_of(value)
    lows = [word.low for word in words]
    if len(words) == len(("Paris", "stinks")) and _does_something(words[0], words[1]):
        return True
    is_somebodys = bool(lows) and (words[0].is_capital or lows[0] in _STARTS)
    return any(_is_verb(lows, at, is_somebodys=is_somebodys) for at in range(1, len(lows)))


def _does_something(who: Word, what: Word) -> bool:
    """Say whether it may be "Paris stinks"; "Lego bricks" suffer: nothing is better than junk."""
    is_verb = what.low.endswith("s") and not what.low.endswith(("ss", "us", "'s"))
    return who.is_capital and not what.is_capital and is_verb


def _is_verb(lows: Sequence[str], at: int, *, is_somebodys: bool) -> bool:
    word, behind = lows[at], lows[at + 1] if at + 1 < len(lows) else ""
    if word in _HELPERS or word in _WENT or word in _GOES_ON:
        return True
    tense = tense_of(word)
    if tense:
        # "Soft drinks" are no sentence; "Maria drinks" is one.
        return tense == "past" or (tense == "s" and is_somebodys)
    is_last = not behind or behind in _BEHIND_A_VERB
    if not is_last or len(word) <= len("used"):
        return False
    return (word.endswith("ed") and is_somebodys) or (
        word.endswith("s") and at == 1 and lows[0] in FIRST_NAMES
    )


def _is_name(value: str) -> bool:
    """Say whether words can be a name: each of them has a capital, or none has (it was heard)."""
    words = [word for word in words_of(value) if not word.is_mark]
    if len(words) > NAME_WORDS_MAX or any(word.low == "'s" for word in words):
        return False
    names = [word for word in words if word.low not in _LINKS]
    return len({word.is_capital for word in names}) <= 1
