"""Which facts answer a question: of whom it asks, and what of them. Pure rules, no model.

A fact that lies near is no answer: "You have two cats" says nothing of when I have my dentist. So
each word of the question must be a word for the predicate, a name, or be found in the fact.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from backend.conversation.reasoning.about import AMOUNT, DAY
from backend.conversation.reasoning.moments import MomentAsked
from backend.kernel.clock import Instant
from backend.memory.facts.predicates import (
    KIN,
    STANDING,
    ObjectKind,
    kin_of,
    predicate,
    predicates_asked,
)
from backend.memory.facts.types import ONESELF, Cardinality, FactView, Retraction, SaidBy
from backend.memory.graph.types import folded
from backend.memory.recall.words import content_words

_ENDED = Retraction.ENDED
_WISHES = frozenset({"called", "wish", STANDING})  # what nobody wishes any more is told to nobody
_MARRIED = ({"spouse", "husband"}, {"spouse", "wife"})
NAMES_MAX = 24  # words of one question that are taken for names
YES_NO_LEFT_MAX = 1  # words of "Does Anna live in Porto?" that the fact need not have

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_SELF = re.compile(r"\b(?:i|me|my|mine|myself|i'm|i've|i'd|we|us|our)\b")
_ONLY_MINE = re.compile(r"\b(?:i|me|i'm|i've|i'd|myself)\b")
_PRONOUN = re.compile(r"\b(?:she|he|her|his|him|she's|he's)\b")
_BEFORE = re.compile(
    r"\bused to\b|\b(?:before(?: that| then)?|previously|formerly|originally|in the past"
    r"|back then|earlier|once)\b\W*$|\bformer\b|\bprevious\b"
)
_ELLIPTIC = re.compile(
    r"(?:(?:and|but|so|ok|okay|what|how|where|who)\W+)*(?:(?:was|were|is) (?:it|that)\W+)?"
    r"(?:about )?(?:before(?: that| then)?|previously|formerly|in the past|earlier)\W*"
)
_ALL = re.compile(
    r"\b(?:what|everything|all)\b.*\b(?:do you know|you know|have you got|have you learn\w+)\b"
    r".*\b(?:about|of|on)\b|\btell me (?:everything |all |more )?about\b"
)
_WHO_IS = re.compile(r"\bwho(?:'s| is| was)\b")
_YES_NO = re.compile(r"(?:and |so |but )?(?:am|is|are|was|do|does|did|have|has|can|could|should)\b")
_ASKS_NAME = re.compile(r"\b(?:who|whose|name|names|called|how many|do i have|have i)\b")
_WHEN = re.compile(r"\b(?:when|what (?:day|date|time))\b")
_WHERE = re.compile(r"\bwhere\b")
_HOW_MANY = re.compile(r"\bhow (?:many|much|old|tall|far)\b")
_YEAR = re.compile(r"\b\d{4}\b")
_PLACES = frozenset({"works at", "works in", "studies at", "address", "plan"})
# Words of a question that ask for nothing by themselves.
_EMPTY = content_words(
    "now still currently nowadays today again really exactly actually right moment these days long"
    " since previously formerly originally past earlier used use former previous back kind sort"
    " else name names called person people hey hi hello ringback please want need like"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for."""

    words: str
    names: tuple[str, ...] = ()  # whatever may be one, in lower case
    kin: tuple[str, ...] = ()
    predicates: tuple[str, ...] = ()  # the likeliest first
    is_self: bool = False  # of whoever asks
    is_before: bool = False  # as it was, not as it is
    is_elliptic: bool = False  # "And before that?": of what was just told
    wants_all: bool = False  # "What do you know about Anna?"
    is_who: bool = False  # "Who is Anna?"
    moment: MomentAsked | None = None  # "Where did I live in 2017?"

    @property
    def asks_facts(self) -> bool:
        """Say whether any fact can answer it."""
        return bool(self.predicates) or self.wants_all or self.is_who or self.is_elliptic


def asked(question: str, told: Sequence[FactView] = ()) -> Asked:
    """Return what a question asks; `told` is what the last reply was from: whom "she" means."""
    words = " ".join(question.lower().replace("\u2019", "'").split())
    bare = [word.removesuffix("'s") for word in _WORD.findall(words)]
    kin = tuple(dict.fromkeys(found for word in bare if (found := kin_of(word))))
    names = _names(bare)
    # "Do I live in Lisbon?" is answered by where I live.
    is_checked = _YES_NO.match(words) is not None
    predicates = predicates_asked(f"{words} where what who" if is_checked else words)
    if not {"husband", "wife"}.isdisjoint(kin):
        predicates = (*predicates, "spouse")
    is_before = bool(_BEFORE.search(words))
    is_pronoun = bool(_PRONOUN.search(words)) and not kin
    if is_pronoun:
        names = (*names, *(folded(fact.subject) for fact in told if fact.subject))
    return Asked(
        words,
        names=tuple(dict.fromkeys(names))[:NAMES_MAX],
        kin=kin,
        predicates=predicates,
        is_self=bool(_SELF.search(words)) and not (is_pronoun and not _ONLY_MINE.search(words)),
        is_before=is_before,
        is_elliptic=bool(_ELLIPTIC.fullmatch(words)) or (is_before and not predicates),
        wants_all=bool(_ALL.search(words)),
        is_who=bool(_WHO_IS.search(words)),
    )


def asks_before(heard: str) -> bool:
    """Say whether words ask no more than how it was before: "Before?", "And before that"."""
    return _ELLIPTIC.fullmatch(" ".join(heard.lower().split())) is not None


def _names(words: Sequence[str]) -> tuple[str, ...]:
    """Return words and pairs that may be names: speech is not always written with capitals."""
    alone = [word for word in words if len(word) > 1 and content_words(word)]
    pairs = [
        f"{one} {other}"
        for one, other in pairwise(words)
        if content_words(one) and content_words(other)
    ]
    return tuple(folded(word) for word in [*alone, *pairs])


def answering(
    wanted: Asked, facts: Iterable[FactView], *, myself: str = ONESELF
) -> tuple[FactView, ...]:
    """Return the facts that answer, the likeliest first."""
    about = [fact for fact in facts if _is_of(wanted, fact, myself)]
    if wanted.wants_all:
        return tuple(about)
    if wanted.is_who:
        relations = [fact for fact in about if fact.predicate in KIN]
        named = [fact for fact in relations if folded(fact.object) in wanted.names]
        if wanted.kin:  # "Who is my sister's husband?" asks for none of her children
            named = named or [fact for fact in relations if _is_called(fact, wanted.kin[-1])]
        if named or (relations and not wanted.kin):
            return tuple(named or relations)
    fitting = [fact for fact in about if _fits(wanted, fact)]
    place = {name: at for at, name in enumerate(wanted.predicates)}
    return tuple(sorted(fitting, key=lambda fact: (not fact.is_pinned, place[fact.predicate])))


def what_is_over(facts: Iterable[FactView], now: Instant) -> tuple[FactView, ...]:
    """Return what is so no more and has nothing in its place, the last where only one can be so."""
    found: dict[tuple[str, str, str, str], FactView] = {}
    ended = [
        each
        for each in facts
        if (each.has_lapsed(now) or each.retracted_as == _ENDED) and each.predicate not in _WISHES
    ]
    for fact in sorted(ended, key=lambda each: each.valid_to or now, reverse=True):
        is_one = predicate(fact.predicate).cardinality is Cardinality.ONE
        what = "" if is_one else folded(fact.object)
        found.setdefault((folded(fact.subject), fact.qualifier, fact.predicate, what), fact)
    return tuple(found.values())


def ambiguous(facts: Sequence[FactView], wanted: Asked) -> tuple[FactView, ...]:
    """Return one fact of each person who may be meant, when they share a name; else nothing."""
    asked_words = content_words(wanted.words)
    by_name: dict[str, dict[str, FactView]] = {}
    for fact in facts:
        if fact.subject == ONESELF:
            continue
        which = folded(fact.qualifier)
        if which and content_words(which) <= asked_words:
            return ()  # "Where does my sister Anna live?"
        by_name.setdefault(folded(fact.subject), {}).setdefault(which, fact)
    several = next((found for found in by_name.values() if len(found) > 1), {})
    return tuple(several.values())


def chosen(heard: str, options: Sequence[FactView]) -> tuple[FactView, ...]:
    """Return the facts of whom somebody picks: "my sister", "the one from work", "the first"."""
    words = frozenset(_WORD.findall(heard.lower()))
    which = list(dict.fromkeys(folded(fact.qualifier) for fact in options))
    said = content_words(heard) - _EMPTY - {"one"}
    kin = {kin_of(word) for word in words} - {""}
    picked = [each for each in which if each and (content_words(each) <= said or each in kin)]
    if not picked:  # "the one from work" is a colleague, "the one in Braga" who lives there
        picked = [each for each in which if words & _MET_AT.get(each, frozenset())]
    if not picked and said:
        told = {each: _words_of(each, options) for each in which}
        picked = [each for each in which if said <= told[each]]
    for place, ordinals in enumerate(_ORDINALS):
        if not picked and words & ordinals and len(which) > place:
            picked = [which[place]]
    if len(picked) != 1:
        return ()
    return tuple(fact for fact in options if folded(fact.qualifier) == picked[0])


_ORDINALS = (
    frozenset({"first", "former", "1st"}),
    frozenset({"second", "latter", "other", "2nd"}),
    frozenset({"third", "3rd"}),
)
_MET_AT = {
    "colleague": frozenset({"work", "office", "job", "colleague", "coworker", "co-worker"}),
    "classmate": frozenset({"school", "class", "university", "college"}),
    "neighbour": frozenset({"next", "door", "upstairs", "downstairs", "street"}),
}


def _words_of(which: str, options: Sequence[FactView]) -> frozenset[str]:
    """Return the words of what somebody might be told by."""
    facts = [fact for fact in options if folded(fact.qualifier) == which]
    return content_words(" ".join(f"{fact.object} {fact.statement}" for fact in facts))


# ── whose, and of what ───────────────────────────────────────────────────────────────────────
def _is_of(wanted: Asked, fact: FactView, myself: str) -> bool:
    subject, which = folded(fact.subject), folded(fact.qualifier)
    if subject == ONESELF != myself:  # the owner, to somebody who shares their memory
        speakers = {folded(each.speaker) for each in fact.sources}
        return fact.said_by is SaidBy.OWNER and bool(speakers & set(wanted.names))
    if subject != folded(myself):
        return bool(subject) and (subject in wanted.names or _is_kin(wanted, which))
    if fact.predicate in KIN:
        if wanted.is_who and folded(fact.object) in wanted.names:
            return True
        is_asked = any(_is_called(fact, kin) for kin in wanted.kin)
        is_mine = is_asked and fact.predicate not in _anothers(wanted.words)
        return is_mine and bool(_ASKS_NAME.search(wanted.words))
    is_another = bool(wanted.kin) and not _ONLY_MINE.search(wanted.words)
    return wanted.is_self and not is_another


def _is_called(fact: FactView, kin: str) -> bool:
    """Say whether a relation is the one that was asked for: a husband is a spouse."""
    return fact.predicate == kin or {fact.predicate, kin} in _MARRIED


def _anothers(words: str) -> frozenset[str]:
    """Return whose relative is asked for, and which: "my wife's brother" is no brother of mine."""
    found: set[str] = set()
    said = _WORD.findall(words)
    for at, word in enumerate(said):
        kin = kin_of(word.removesuffix("'s")) if word.endswith("'s") else ""
        theirs = {kin_of(each.removesuffix("'s")) for each in said[at + 1 : at + 3]} - {""}
        if kin and theirs:
            found |= {kin, *theirs}
    return frozenset(found)


def _is_kin(wanted: Asked, which: str) -> bool:
    return bool(which) and which.rsplit(" ", 1)[-1] in wanted.kin


def _fits(wanted: Asked, fact: FactView) -> bool:
    if fact.predicate not in wanted.predicates or not _is_of_kind(wanted, fact):
        return False
    left = _left(wanted, fact)
    if not left:
        return True
    known = predicate(fact.predicate)
    is_checked = bool(_YES_NO.match(wanted.words)) and known.cardinality is Cardinality.ONE
    return is_checked and len(left) <= YES_NO_LEFT_MAX


def _left(wanted: Asked, fact: FactView) -> frozenset[str]:
    """Return the words of the question that this fact says nothing of."""
    known = predicate(fact.predicate)
    speakers = [] if fact.subject else [source.speaker for source in fact.sources]
    named = " ".join([fact.subject, fact.qualifier, fact.predicate, *speakers])
    kin = {fact.predicate, folded(fact.qualifier).rsplit(" ", 1)[-1], folded(fact.subject)}
    bare = (word.removesuffix("'s") for word in _WORD.findall(wanted.words))
    relatives = " ".join(word for word in bare if kin_of(word) in kin - {""})
    words = content_words(f"{' '.join(known.asked)} {named} {relatives}")
    said = " ".join([fact.object, fact.statement, *(source.quote for source in fact.sources)])
    when = content_words(wanted.moment.words) if wanted.moment is not None else frozenset()
    return content_words(wanted.words) - words - content_words(said) - _EMPTY - when


def _is_of_kind(wanted: Asked, fact: FactView) -> bool:
    """Say whether it has what kind of thing was asked for: a day, a place, an amount."""
    known = predicate(fact.predicate)
    if _WHEN.search(wanted.words):
        return bool(DAY.search(f"{fact.object} {fact.statement}".lower()))
    if _WHERE.search(wanted.words):
        return known.kind is ObjectKind.PLACE or fact.predicate in _PLACES
    if _HOW_MANY.search(wanted.words) and fact.predicate == "birthday":
        return bool(_YEAR.search(fact.object))  # who knows no year of birth tells no age by it
    if _HOW_MANY.search(wanted.words):
        return bool(AMOUNT.search(fact.object.lower()))
    return True
