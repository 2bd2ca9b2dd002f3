"""What can be believed of somebody: each predicate, how it is told, and what asks for it.

Besides those of the table there are four families, whose names carry their kind: "favourite
colour", "sister" (and every other relative, friend or pet that has a name), "gets up on weekdays",
and "the blood type": whatever of theirs somebody has asked never to be forgotten.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from backend.memory.facts.language.kin import KIN, PLURALS, SINGLE_KIN, kin_of, spoken_for
from backend.memory.facts.types import ONESELF, Cardinality

__all__ = [
    "CATALOGUE",
    "FAVOURITE",
    "KIN",
    "OWN",
    "STANDING",
    "ObjectKind",
    "Predicate",
    "kin_of",
    "predicate",
    "predicates_asked",
    "told",
]

FAVOURITE = "favourite "
OWN = "the "  # before whatever else somebody has of their own: "the blood type"
OWN_WORDS_MAX = 4
STANDING = "standing wish"  # words that are never to be forgotten, as they were said


class ObjectKind(StrEnum):
    """What an object is, so that the graph knows which nodes a fact links."""

    PERSON = "person"
    PLACE = "place"
    THING = "thing"
    VALUE = "value"  # a date, a number, a sentence: no node of its own


@dataclass(frozen=True, slots=True)
class Predicate:
    """One way in which a subject and an object belong together."""

    name: str
    cardinality: Cardinality
    plural: str = ""  # "live in {}": after "You" and "They"
    singular: str = ""  # "lives in {}": after a name
    possessed: str = ""  # "sister is called {}": after "Your", "Their" and "Anna's"
    asked: tuple[str, ...] = ()  # each: words that a question for it has, all of them
    kind: ObjectKind = ObjectKind.VALUE
    is_pinned: bool = False  # by its nature: it changes only explicitly, and is always at hand
    opposite: str = ""  # the predicate that can't hold of the same object at once
    gives_way: bool = False  # pinned to be at hand, yet a plain word of its owner's changes it


_ONE, _MANY = Cardinality.ONE, Cardinality.MANY
_PERSON, _PLACE, _THING = ObjectKind.PERSON, ObjectKind.PLACE, ObjectKind.THING

# fmt: off
_PREDICATES = (
    Predicate("name", _ONE, possessed="name is {}", asked=("name", "called"), is_pinned=True),
    Predicate("called", _ONE, "want to be called {}", "wants to be called {}", asked=("call me",
        "called"), is_pinned=True),
    Predicate("lives in", _ONE, "live in {}", "lives in {}", asked=("where live", "where lives",
        "where living", "where home", "which city"), kind=_PLACE),
    Predicate("lives with", _MANY, "live with {}", "lives with {}", asked=("live with",
        "living with", "lives with"), kind=_PERSON),
    Predicate("comes from", _ONE, "come from {}", "comes from {}", asked=("where from",
        "where come", "nationality"), kind=_PLACE),
    Predicate("born in", _ONE, "were born in {}", "was born in {}", asked=("where born",),
        kind=_PLACE),
    Predicate("works at", _ONE, "work at {}", "works at {}", asked=("where work", "where works",
        "who work for", "who works for", "employer", "company"), kind=_THING),
    Predicate("works in", _ONE, "work in {}", "works in {}", asked=("where work", "where works",
        "what field"), kind=_THING),
    Predicate("works as", _ONE, "work as {}", "works as {}", asked=("what work", "job",
        "profession", "for a living", "what do for work", "occupation")),
    Predicate("retired", _ONE, "are {}", "is {}", asked=("retired", "work", "job")),
    Predicate("studies", _ONE, "study {}", "studies {}", asked=("what study", "what studies",
        "what studying", "what major"), kind=_THING),
    Predicate("studies at", _ONE, "study at {}", "studies at {}", asked=("where study",
        "where studies", "where studying", "university", "school", "college"), kind=_THING),
    Predicate("birthday", _ONE, possessed="birthday is {}", asked=("birthday", "when born",
        "date of birth", "how old")),
    Predicate("year of birth", _ONE, possessed="year of birth is {}", asked=("how old",
        "when born", "age")),
    Predicate("age", _ONE, "are {}", "is {}", asked=("how old", "age")),
    Predicate("anniversary", _ONE, possessed="anniversary is {}", asked=("anniversary",
        "when get married", "when married", "wedding day")),
    Predicate("marital status", _ONE, "are {}", "is {}", asked=("married", "single", "divorced",
        "engaged", "relationship")),
    Predicate("likes", _MANY, "like {}", "likes {}", asked=("like", "likes", "love", "loves",
        "enjoy", "enjoys"), kind=_THING, opposite="dislikes"),
    Predicate("dislikes", _MANY, "don't like {}", "doesn't like {}", asked=("dislike", "dislikes",
        "hate", "hates", "not like", "don't like", "doesn't like"), kind=_THING, opposite="likes"),
    Predicate("diet", _ONE, "are {}", "is {}", asked=("eat", "eats", "diet", "vegetarian", "vegan",
        "cook for", "food")),
    Predicate("eats", _MANY, "eat {}", "eats {}", asked=("eat", "eats", "diet", "drink", "drinks",
        "cook for"), kind=_THING, opposite="does not eat"),
    Predicate("does not eat", _MANY, "don't eat {}", "doesn't eat {}", asked=("eat", "eats",
        "diet", "cook for"), kind=_THING, opposite="eats"),
    Predicate("drinks", _MANY, "drink {}", "drinks {}", asked=("drink", "drinks"), kind=_THING,
        opposite="does not drink"),
    Predicate("does not drink", _MANY, "don't drink {}", "doesn't drink {}", asked=("drink",
        "drinks"), kind=_THING, opposite="drinks"),
    Predicate("smoking", _ONE, "are {}", "is {}", asked=("smoke", "smokes", "smoker", "smoking")),
    Predicate("allergic to", _MANY, "are allergic to {}", "is allergic to {}", asked=("allergic",
        "allergies", "allergy", "eat", "eats", "cook for", "intolerant"), kind=_THING,
        is_pinned=True),
    Predicate("takes", _MANY, "take {}", "takes {}", asked=("medicine", "medicines", "medication",
        "pills", "tablets", "what take", "what takes"), kind=_THING, is_pinned=True,
        gives_way=True),  # doses are changed by doctors, not by wishes
    Predicate("has condition", _MANY, "have {}", "has {}", asked=("health", "condition", "ill",
        "illness", "diagnosed", "disease", "sick")),
    Predicate("has pet", _MANY, "have {}", "has {}", asked=("pet", "pets", "dog", "cat", "animal",
        "animals")),
    Predicate("has", _MANY, "have {}", "has {}", asked=("have", "has", "own", "owns", "how many")),
    Predicate("owns", _MANY, "own {}", "owns {}", asked=("own", "owns", "have", "has"),
        kind=_THING),
    Predicate("drives", _ONE, "drive {}", "drives {}", asked=("drive", "drives", "car"),
        kind=_THING),
    Predicate("plays", _MANY, "play {}", "plays {}", asked=("play", "plays", "instrument", "sport",
        "hobby", "hobbies"), kind=_THING),
    Predicate("speaks", _MANY, "speak {}", "speaks {}", asked=("speak", "speaks", "language",
        "languages"), kind=_THING),
    Predicate("learns", _MANY, "are learning {}", "is learning {}", asked=("learning", "learn",
        "learns", "language"), kind=_THING),
    Predicate("habit", _MANY, "{}", "{}", asked=("usually", "every day", "every week", "routine",
        "habit", "how often", "always")),
    Predicate("plan", _MANY, "are {}", "is {}", asked=("plan", "plans", "going", "when flying",
        "when fly", "when travel", "trip")),
    Predicate("phone number", _ONE, possessed="phone number is {}", asked=("phone", "number",
        "mobile", "reach")),
    Predicate("email", _ONE, possessed="email address is {}", asked=("email", "e-mail", "mail")),
    Predicate("address", _ONE, possessed="address is {}", asked=("address", "where live",
        "which street")),
    Predicate("wish", _MANY, "wish: {}", "wishes: {}", asked=("wish", "wishes", "want", "prefer",
        "rules"), is_pinned=True),
    Predicate(STANDING, _MANY, "ask me never to forget: {}", "asks me never to forget: {}",
        asked=("never forget", "never to forget", "always remember"), is_pinned=True),
)
# fmt: on
CATALOGUE: Mapping[str, Predicate] = {predicate.name: predicate for predicate in _PREDICATES}

_BRITISH = {"color": "colour", "colors": "colours", "flavor": "flavour", "favorite": "favourite"}
_TIMED = re.compile(r"(?P<stem>gets up|goes to bed)(?P<when> on \w{1,12})?")


def predicate(name: str) -> Predicate:
    """Return a predicate by its name, those of the families included; unknown ones stand beside."""
    found = CATALOGUE.get(name)
    if found is not None:
        return found
    if name.startswith(FAVOURITE):
        asked = (f"favourite {name.removeprefix(FAVOURITE)}", f"favorite {name[len(FAVOURITE) :]}")
        return Predicate(name, _ONE, possessed=f"{name} is {{}}", asked=asked, kind=_THING)
    if name.startswith(OWN):
        noun = name.removeprefix(OWN)
        return Predicate(name, _ONE, possessed=f"{noun} is {{}}", asked=(noun,))
    if name in KIN:
        cardinality = _ONE if name in SINGLE_KIN else _MANY
        told = f"{name} is called {{}}"
        return Predicate(name, cardinality, possessed=told, asked=spoken_for(name), kind=_PERSON)
    timed = _TIMED.fullmatch(name)
    if timed is not None:
        stem, when = timed["stem"], timed["when"] or ""
        plural = stem.replace("gets", "get").replace("goes", "go")
        hour = ("when get up", "when gets up") if stem == "gets up" else ("when bed", "what bed")
        told = f"{stem} at {{}}{when}"
        return Predicate(name, _ONE, f"{plural} at {{}}{when}", told, asked=hour)
    return Predicate(name, _MANY, possessed=f"{name} is {{}}", asked=(name,))


def told(
    subject: str, name: str, value: str, *, oneself: str = "They", is_past: bool = False
) -> str:
    """Return a fact as a sentence; `oneself` is "They" in what is kept, "You" to who said it."""
    known = predicate(name)
    whose = {"You": "Your"}.get(oneself, "Their")
    is_plural = subject == ONESELF or subject in PLURALS
    if subject in KIN or subject in PLURALS:  # somebody without a name: "your sister"
        subject = f"{whose} {subject}"
    if known.possessed:
        owner = f"{subject}'s" if subject != ONESELF else whose
        phrase = known.possessed.replace(" is ", " was ", 1) if is_past else known.possessed
        return f"{owner} {phrase.format(value)}."
    who = subject if subject != ONESELF else oneself
    if is_past:
        denied = known.plural.removeprefix("don't ")
        if denied != known.plural:
            return f"{who} used not to {denied.format(value)}."
        return f"{who} used to {_bare(known.plural).format(value)}."
    return f"{who} {(known.plural if is_plural else known.singular).format(value)}."


def predicates_asked(question: str) -> tuple[str, ...]:
    """Return which predicates a question may be about, families included, the likeliest first."""
    words = [_BRITISH.get(word, word) for word in _folded(question)]
    padded = f" {' '.join(words)} "
    present = frozenset(words)
    found: dict[str, int] = {}
    for known in CATALOGUE.values():
        hits = [len(entry) for entry in known.asked if set(entry.split()) <= present]
        if hits:
            found[known.name] = max(hits)
    for word in words:
        kin = kin_of(word.removesuffix("'s"))
        if kin:
            found[kin] = len(kin)
    favourite = re.search(r" favou?rite ((?:\w{1,20} ){1,3})", padded)
    if favourite is not None:
        kinds = favourite[1].split()
        for size in range(len(kinds), 0, -1):
            found[FAVOURITE + " ".join(kinds[:size])] = 100 + size
    found |= {name: 0 for name in _own(padded)}
    return tuple(sorted(found, key=lambda name: -found[name]))


def _own(padded: str) -> Iterator[str]:
    """Yield what may be meant by "my blood type", and by "Anna's blood type"."""
    owned = re.search(
        rf"(?: (?:my|our|his|her|their)|'s) ((?:\w{{1,20}} ){{1,{OWN_WORDS_MAX}}})", padded
    )
    kinds = owned[1].split() if owned is not None else []
    for size in range(len(kinds), 0, -1):
        yield OWN + " ".join(kinds[:size])


def _bare(phrase: str) -> str:
    """Return what follows "used to": "are {}" is "be {}" there."""
    first, _, rest = phrase.partition(" ")
    return f"be {rest}" if first in {"are", "were"} else phrase


def _folded(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['-][^\W_]+)*", text[:4000].lower().replace("\u2019", "'"))
