"""Reads what ends something that may be held, and tells nothing that could be kept by itself.

"I broke up with Anna" is over for whatever she was; "I eat meat again" leaves no vegetarian. Like a
denial it is of use only where such a fact is held: nobody used to be what they never told.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from backend.kernel.clock import Instant
from backend.memory.facts.language.kin import kin_of
from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.words import sentences_of, slice_of, words_of
from backend.memory.facts.reading.clauses import is_real, without_leads
from backend.memory.facts.reading.reading import read_facts
from backend.memory.facts.reading.verbs import FORMS
from backend.memory.facts.sameness import is_same, object_key
from backend.memory.facts.types import ONESELF, FactView, ReadFact
from backend.memory.graph.types import folded

MARRIED = frozenset({"wife", "husband", "spouse"})
PARTNERS = MARRIED | {"girlfriend", "boyfriend", "partner", "fiance", "fiancee"}
DIETS_KEPT_FROM = {  # what nobody eats who keeps to it
    "vegetarian": word_set(
        "meat beef pork chicken ham bacon steak steaks lamb turkey poultry fish"
    ),
    "vegan": word_set(
        "meat beef pork chicken ham bacon steak steaks lamb turkey poultry fish eggs cheese milk"
        " dairy honey butter"
    ),
    "pescatarian": word_set("meat beef pork chicken ham bacon steak steaks lamb turkey poultry"),
}
_THINGS = frozenset({"drives", "owns", "has"})
_LATELY = r"(?: (?:again|now|these days|once more))*"
_ANY_MORE = r"(?: (?:any ?more|any longer|again|please))+"
_WHEN = r"(?: (?:last|this|in|on|yesterday|recently|two|three|a|some|now|again)(?: \S+){0,3})?"
_THING = r"(?P<what>\S+(?: \S+){0,3}?)"


@dataclass(frozen=True, slots=True)
class Ending:
    """What is over where it is held: of whom, which predicates, and which of their objects."""

    predicates: frozenset[str]
    objects: tuple[str, ...] = ()  # empty: whatever it is
    subject: str = ONESELF
    quote: str = ""

    def is_of(self, fact: FactView) -> bool:
        """Say whether it ends a fact; whose that is has been seen to."""
        if fact.predicate not in self.predicates:
            return False
        if fact.predicate == "habit":
            done = folded(fact.object)
            return any(done == each or done.startswith(f"{each} ") for each in self.objects)
        if fact.predicate in _THINGS:  # who sells the Volvo has no red Volvo any more
            had = set(folded(fact.object).split())
            return any(set(folded(each).split()) <= had for each in self.objects)
        return not self.objects or any(
            is_same(fact.predicate, each, fact.object) or _is_one_of(fact, each)
            for each in self.objects
        )


def read_endings(text: str, *, said_at: Instant, zone: str) -> tuple[Ending, ...]:
    """Return what a text ends; pure, and bounded in time whatever the text is."""
    found: list[Ending] = []
    for sentence in sentences_of(words_of(text)):
        inner, _ = without_leads(sentence.words)
        if not sentence.is_asked and is_real(inner):
            said = " ".join(word.low for word in inner if not word.is_mark)
            quote = slice_of(text, inner)
            plain = _plainly(said) if len(said) <= _CHARACTERS_MAX else ()
            found += (replace(each, quote=quote) for each in plain)
    read = read_facts(text, speaker="", said_at=said_at, zone=zone)
    return (*found, *_by_consequence(read), *_told_over(read))


_CHARACTERS_MAX = 200
_PARTED = re.compile(
    r"(?:my (?P<kin>\S+) and i|we|i) (?:have )?(?:just |recently |finally )?"
    r"(?:(?P<divorced>(?:got )?(?:divorced|a divorce))"
    rf"|(?:got )?separated|split up|split|broke up|broken up){_WHEN}"
)
_LEFT = re.compile(
    r"i (?:have )?(?:just |recently |finally )?(?:broke|broken|split) up with"
    rf"(?: my (?P<kin>\S+))?(?: (?P<name>\S+))?{_WHEN}"
)
_EATS_AGAIN = re.compile(rf"i (?:can|may) (?P<verb>eat|drink|have) {_THING} again(?: now)?")
_EATS = re.compile(rf"i (?:do )?(?P<verb>eat|drink) (?P<what>\S+){_LATELY}")
_DIVORCED = re.compile(
    rf"(?:i (?:have )?(?:just |recently |finally )?divorced (?P<whom>(?!my )\S+)"
    rf"|(?P<name>\S+) and i (?:have |are )?(?:just |recently |finally )?(?:got |getting )?"
    rf"divorced){_WHEN}"
)
_SOLD = re.compile(
    r"(?:i|we) (?:have )?(?:just |recently |finally )?(?:sold|gave away|given away|got rid of"
    rf"|scrapped|donated) (?:my|the|our) (?:old )?{_THING}{_WHEN}"
)
_QUIT = re.compile(
    r"i (?:have )?(?:just |recently |finally )?(?:(?:quit|left|lost|resigned from) my job"
    r"(?: (?:at|with|for) (?P<at>\S+(?: \S+){0,3}?))?"
    r"|(?:quit|left|resigned from|stopped working (?:at|for)) "
    r"(?P<firm>(?!\S+ing\b)\S+(?: \S+){0,3}?)"
    rf"|resigned){_WHEN}"
)
_NOT_ALLERGIC = re.compile(
    rf"i am (?:no longer allergic to (?P<cured>\S+(?: \S+){{0,3}}?)"
    rf"|not allergic to (?P<what>\S+(?: \S+){{0,3}}?){_ANY_MORE})"
)
_NOT_CALLED = re.compile(
    r"(?:please )?(?:do not|never|stop|no longer) (?:ever )?call(?:ing)? me "
    rf"(?P<what>\S+){_ANY_MORE}"
)
_NO_HABIT = re.compile(
    rf"i (?:no longer (?P<left>\S+(?: \S+){{0,3}}?)|(?:do|can) not {_THING}{_ANY_MORE})"
)
_STOPPED = re.compile(
    r"i (?:have )?(?:just |recently |finally )?(?:stopped|quit|gave up|given up) "
    r"(?P<doing>\w+ing)(?P<rest>(?: \S+){0,3}?)"
)


def _is_one_of(fact: FactView, said: str) -> bool:
    """Say whether it is the same thing in another number: "shrimps", where "shrimp" is held."""
    is_thing = fact.predicate in _IN_ANY_NUMBER
    return is_thing and _singular(object_key(said)) == _singular(object_key(fact.object))


_IN_ANY_NUMBER = frozenset(
    {"allergic to", "eats", "does not eat", "drinks", "does not drink", "likes", "dislikes"}
)


def _singular(noun: str) -> str:
    """Return a noun without the ending of several; what only looks like one stays as it is."""
    if len(noun) < 5 or noun.endswith(("ss", "us", "is", "ous")):
        return noun
    for several, one in (("ies", "y"), ("oes", "o"), ("ches", "ch"), ("shes", "sh"), ("s", "")):
        if noun.endswith(several):
            return noun.removesuffix(several) + one
    return noun


def _told_over(read: Sequence[ReadFact]) -> Iterator[Ending]:
    """Yield what is told to be over, for what is held of it in other words."""
    for fact in read:
        if fact.is_ended and fact.valid_to is None and fact.predicate in _IN_ANY_NUMBER:
            yield Ending(frozenset({fact.predicate}), (fact.object,), fact.subject, fact.quote)


def _plainly(said: str) -> Iterator[Ending]:
    """Yield what one sentence ends by its own words."""
    for pattern, endings in _PLAIN:
        match = pattern.fullmatch(said)
        if match is not None:
            yield from endings(match)
            return


def _parted(match: re.Match[str]) -> Iterator[Ending]:
    """Yield who is nobody's partner any more; of "we" only the married can be divorced."""
    kin = kin_of(match["kin"] or "")
    divorced = match["divorced"] is not None and not kin
    if kin in PARTNERS or divorced:
        yield Ending(MARRIED if divorced else frozenset({kin}))
    if kin in MARRIED or divorced:
        yield Ending(frozenset({"marital status"}), ("married",))


def _left(match: re.Match[str]) -> Iterator[Ending]:
    kin = kin_of(match["kin"] or "")
    if match["name"] and (kin in PARTNERS or not match["kin"]):
        yield Ending(frozenset({kin}) if kin else PARTNERS, (match["name"],))
    elif kin in PARTNERS:
        yield Ending(frozenset({kin}))


def _divorced(match: re.Match[str]) -> Iterator[Ending]:
    yield Ending(MARRIED, (match["whom"] or match["name"],))
    yield Ending(frozenset({"marital status"}), ("married",))


def _sold(match: re.Match[str]) -> Iterator[Ending]:
    if match["what"] == "car":
        yield Ending(frozenset({"drives"}), ("",))
    yield Ending(_THINGS, (match["what"],))


def _quit(match: re.Match[str]) -> Iterator[Ending]:
    firm = match["at"] or match["firm"]
    yield Ending(frozenset({"works at"}), (firm,) if firm else ())


def _eats_again(match: re.Match[str]) -> Iterator[Ending]:
    not_any_more = frozenset({"allergic to", "does not eat", "does not drink"})
    yield Ending(not_any_more, (match["what"],))
    yield from _diets_left([match["what"]])


_PLAIN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[Ending]]], ...] = (
    (_PARTED, _parted),
    (_LEFT, _left),
    (_DIVORCED, _divorced),
    (_SOLD, _sold),
    (_QUIT, _quit),
    (_EATS_AGAIN, _eats_again),
    (_EATS, lambda eats: _diets_left([eats["what"]])),
    (_NOT_ALLERGIC, lambda cured: _one("allergic to", cured["what"] or cured["cured"])),
    (_NOT_CALLED, lambda called: _one("called", called["what"])),
    (_STOPPED, lambda left: _one("habit", f"{_base(left['doing'])}{left['rest']}")),
    (_NO_HABIT, lambda left: _one("habit", left["what"] or left["left"])),
)


def _base(doing: str) -> str:
    form = FORMS.get(doing)
    return form.lemma if form is not None else doing


def _one(predicate: str, value: str) -> Iterator[Ending]:
    yield Ending(frozenset({predicate}), (value,))


def _by_consequence(read: Sequence[ReadFact]) -> Iterator[Ending]:
    """Yield what can't be so beside what a text tells."""
    for fact in read:
        if fact.is_ended:
            continue
        if fact.predicate in {"eats", "drinks"}:
            for ending in _diets_left([fact.object]):
                yield Ending(ending.predicates, ending.objects, fact.subject, fact.quote)
        elif fact.predicate == "diet" and fact.object in DIETS_KEPT_FROM:
            kept_from = tuple(sorted(DIETS_KEPT_FROM[fact.object]))
            yield Ending(frozenset({"eats", "drinks"}), kept_from, fact.subject, fact.quote)


def _diets_left(eaten: Sequence[str]) -> Iterator[Ending]:
    """Yield the diets that nobody keeps who eats this."""
    words = {word for each in eaten for word in each.lower().split()}
    left = [diet for diet, none in DIETS_KEPT_FROM.items() if none & words]
    if left:
        yield Ending(frozenset({"diet"}), tuple(left))
