"""What somebody is said to do: live, work, study, like, eat, have, drive, take, get up."""

from collections.abc import Callable, Iterator, Sequence

from backend.memory.facts.language import lexicon
from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.words import Word
from backend.memory.facts.reading.objects import (
    employer_of,
    is_liked,
    is_thing,
    items_of,
    job_of,
    object_words,
    place_of,
)
from backend.memory.facts.reading.rules_being import being, born
from backend.memory.facts.reading.rules_having import having
from backend.memory.facts.reading.rules_time import getting_up, going, planning, swimming
from backend.memory.facts.reading.scene import LIKELY, Draft, Scene
from backend.memory.facts.reading.subjects import low, said

_MAY_LIKE_TO = word_set("""
    cook read travel dance sing swim hike run paint bake fish ski knit garden ride climb sail
    draw surf write walk
""")
_NOW = frozenset({"base", "ing", "perfect"})


def living(scene: Scene) -> Iterator[Draft]:
    """Read "live in Lisbon", "lived in Berlin" (over), "live with my parents"."""
    preposition = low(scene.words, scene.end)
    verb = scene.verb
    if verb.is_denied or verb.tense == "was":
        return
    rest = scene.words[scene.end + 1 :]
    if preposition == "in":
        place = place_of(object_words(scene.before_time(), 1), is_lower=scene.known.is_lower)
        if place:
            was_so = scene.was_so
            yield scene.past("lives in", place) if was_so else scene.draft("lives in", place)
    elif preposition == "at" and rest and rest[0].low[:1].isdigit() and verb.tense in _NOW:
        yield scene.draft("address", said(rest[:8]))
    elif preposition == "with" and verb.tense in _NOW and scene.is_so:
        whom = object_words(scene.words, scene.end + 1)
        where = next((at for at, word in enumerate(whom) if word.low == "in"), len(whom))
        place = place_of(whom[where + 1 :], is_lower=scene.known.is_lower)
        if place:
            yield scene.draft("lives in", place)
        whom = whom[:where]
        if whom and whom[0].low in {"my", "our", "his", "her"} and 2 <= len(whom) <= 4:
            yield Draft(scene.person, "lives with", said(whom), confidence=LIKELY)


def moving(scene: Scene) -> Iterator[Draft]:
    """Read "moved (from Berlin) to Porto last year"; moving on a day to come is a plan."""
    if scene.verb.tense not in {"past", "perfect"}:
        yield from planning(scene)
        return
    rest = scene.before_time()
    to = next((at for at, word in enumerate(rest[:8]) if word.low == "to"), None)
    if to is None or scene.verb.is_denied or (to > 0 and rest[0].low not in {"from", "back"}):
        return
    place = place_of(object_words(rest, to + 1), is_lower=scene.known.is_lower)
    if place and not place.lower().startswith(("a ", "the ", "my ")):
        yield scene.draft("lives in", place)


def working(scene: Scene) -> Iterator[Draft]:
    """Read "work as a nurse at Bosch", "work for Siemens", "work in marketing"."""
    verb = scene.verb
    if verb.is_denied or verb.tense == "was":
        return
    if low(scene.words, scene.end) == "from":
        yield from swimming(scene)  # "from home on Fridays" is a habit
        return
    rest = scene.before_time()
    at = next((at for at, word in enumerate(rest) if word.low not in _HOW), 0)
    while at < len(rest):
        preposition = rest[at].low
        end = at + 1
        while end < len(rest) and rest[end].low not in {"at", "for", "as", "in", "with", ","}:
            end += 1
        value = _work(preposition, rest[at + 1 : end], is_lower=scene.known.is_lower)
        if value:
            yield scene.past(*value) if scene.was_so else scene.draft(*value)
        elif preposition not in {"at", "for", "as", "in"} or (preposition in {"in", "with"}):
            return
        at = end
        if at < len(rest) and rest[at].low in {"in", "with", ","}:
            return


_HOW = word_set("""
    part-time full-time part full time nights shifts mainly mostly remotely freelance self-employed
    currently again there here
""")


def _work(preposition: str, words: Sequence[Word], *, is_lower: bool) -> tuple[str, str] | None:
    if preposition == "in" and words and words[0].text == "IT":  # no pronoun
        return ("works in", "IT")
    found = object_words(words, 0)
    if preposition == "as":
        job = job_of(found, is_told=True)[0]
        return ("works as", job) if job else None
    if preposition in {"at", "for"}:
        employer = employer_of(found)
        return ("works at", employer) if employer else None
    if preposition == "in" and found:
        if found[0].low in {"a", "an", "the"} and found[-1].low in lexicon.WORKPLACES:
            return ("works at", said(found))
        place = place_of(found, is_lower=False)
        field = said(found) if len(found) <= 3 and found[0].low.isalpha() else ""
        is_field = field and found[0].low not in _NOT_FIELDS
        return ("works in", place or field) if place or is_field else None
    return None


_NOT_FIELDS = lexicon.NOT_PLACES | {
    "a", "an", "the", "my", "our", "this", "these", "mornings", "evenings", "shifts", "teams",
    "person", "short", "bursts", "vain", "progress", "advance", "two", "three", "tandem",
}  # fmt: skip


def studying(scene: Scene) -> Iterator[Draft]:
    """Read "studies law at Oxford"."""
    is_past = scene.verb.tense == "past" and scene.stretch is not None
    if scene.verb.is_denied or not (scene.verb.tense in _NOW or is_past):
        return
    tell = scene.past if is_past else scene.draft
    rest = scene.before_time()
    at = next((n for n, word in enumerate(rest) if word.low in {"at", "in"}), len(rest))
    subject = object_words(rest[:at], 0)
    if subject and len(subject) <= 3 and subject[0].low not in _NOT_STUDIED and is_thing(subject):
        yield tell("studies", said(subject))
    elif at > 0:
        return
    if at < len(rest) and rest[at].low == "at":
        school = employer_of(object_words(rest, at + 1))
        if school:
            yield tell("studies at", school)


_NOT_STUDIED = word_set("""
    the a an hard for my all together every this that it very more too late abroad at in
""")


def coming(scene: Scene) -> Iterator[Draft]:
    """Read "comes from Scotland"; coming on a day to come is a plan."""
    if scene.verb.tense == "ing":
        yield from planning(scene)
    elif low(scene.words, scene.end) == "from" and scene.verb.tense == "base" and scene.is_so:
        place = place_of(object_words(scene.words, scene.end + 1), is_lower=scene.known.is_lower)
        if place:
            yield scene.draft("comes from", place)


def speaking(scene: Scene) -> Iterator[Draft]:
    """Read the languages that somebody speaks."""
    if not scene.is_so or scene.verb.tense not in _NOW:
        return
    for item in items_of(object_words(scene.words, scene.end)):
        first = 0
        while first < len(item) - 1 and item[first].low in lexicon.LANGUAGES:
            yield scene.draft("speaks", _capital(item[first]))  # between tongues no comma is heard
            first += 1
        if item[-1].low in lexicon.LANGUAGES and len(item) - first <= 5:
            how_well = said(item[first:-1])
            yield scene.draft("speaks", f"{how_well} {_capital(item[-1])}".strip())


def _capital(word: Word) -> str:
    return word.text[:1].upper() + word.text[1:]


def learning(scene: Scene) -> Iterator[Draft]:
    """Read the language or instrument that somebody learns."""
    if not scene.is_so or scene.verb.tense not in _NOW:
        return
    for item in items_of(object_words(scene.words, scene.end)):
        if item[-1].low in lexicon.LANGUAGES and len(item) == 1:
            yield scene.draft("learns", item[0].text[:1].upper() + item[0].text[1:])
        elif item[-1].low in lexicon.INSTRUMENTS and item[0].low == "the":
            yield scene.draft("learns", said(item))


def liking(scene: Scene) -> Iterator[Draft]:
    """Read what somebody likes; what they don't like any more is over."""
    if scene.verb.tense not in {"base", "perfect"}:
        return
    denied = scene.verb.is_denied
    if low(scene.words, scene.end) == "to":
        able = low(scene.words, scene.end + 1) in _MAY_LIKE_TO
        found = object_words(scene.words, scene.end + 1)
        if able and not denied and len(found) <= 4:
            yield scene.draft("likes", f"to {said(found)}")
        return
    found = object_words(scene.words, scene.end)
    follows = low(scene.words, scene.end + len(found))
    if follows in _THAT:
        return
    for item in items_of(found):
        if not is_liked(item, follows if item[-1] is found[-1] else ","):
            return
        yield scene.draft("dislikes" if denied else "likes", said(item))


_THAT = frozenset({"that", "how", "what", "it", "you", "if", "which", "where", "why"})


def hating(scene: Scene) -> Iterator[Draft]:
    """Read what somebody can't stand."""
    is_standing = scene.verb.lemma == "stand"
    if scene.verb.tense not in {"base", "perfect"} or scene.verb.is_denied != is_standing:
        return
    found = object_words(scene.words, scene.end)
    follows = low(scene.words, scene.end + len(found))
    for item in items_of(found):
        if not is_liked(item, follows if item[-1] is found[-1] else ","):
            return
        yield Draft(scene.person, "dislikes", said(item), scene.verb.is_over, scene.since)


def eating(scene: Scene) -> Iterator[Draft]:
    """Read what somebody eats or drinks, does not, or does not any more."""
    verb = scene.verb
    yes, no = ("eats", "does not eat") if verb.lemma == "eat" else ("drinks", "does not drink")
    is_lasting = verb.tense == "perfect" and verb.is_denied and scene.since is not None
    if verb.tense != "base" and not verb.is_over and not is_lasting:
        return
    items = [
        item
        for item in items_of(object_words(scene.words, scene.end))
        if is_thing(item, words_max=3)
    ]
    again = any(word.low == "again" for word in scene.words[scene.end :])
    if verb.is_denied and scene.is_only_sometimes:
        return
    for item in items:
        if item[0].low in _NOT_FOOD or item[-1].low in _NOT_FOOD:
            return
        if verb.is_over:
            yield Draft(scene.person, yes, said(item), is_ended=True)
            yield Draft(scene.person, no, said(item), since=scene.since)
        elif verb.is_denied:
            yield scene.draft(no, said(item))
        elif again:
            yield Draft(scene.person, yes, said(item))
            yield Draft(scene.person, no, said(item), is_ended=True)


_NOT_FOOD = word_set("""
    much enough well out in at lot lots more less breakfast lunch dinner there alone like
""")


def stopping(scene: Scene) -> Iterator[Draft]:
    """Read "quit smoking", "stopped eating meat", "gave up sugar"."""
    words, at = scene.words, scene.end
    if scene.verb.is_denied or scene.verb.tense not in {"past", "perfect"}:
        return
    if scene.verb.lemma == "give":
        if low(words, at) != "up":
            return
        at += 1
    what = low(words, at)
    if what == "taking":
        taken = object_words(scene.words, at + 1)
        if taken and taken[-1].low in lexicon.MEDICINES:
            yield Draft(scene.person, "takes", said(taken), is_ended=True, is_pinned=True)
    elif what == "smoking":
        yield Draft(scene.person, "smoking", "a non-smoker", since=scene.since)
    elif what in {"eating", "drinking"}:
        yes, no = ("eats", "does not eat") if what == "eating" else ("drinks", "does not drink")
        rest = scene.before_time()
        for item in items_of(object_words(rest, at + 1 - scene.end)):
            if is_thing(item, words_max=3) and item[0].low not in _NOT_FOOD:
                yield Draft(scene.person, yes, said(item), is_ended=True)
                yield Draft(scene.person, no, said(item), since=scene.since)


def smoking(scene: Scene) -> Iterator[Draft]:
    """Read "I don't smoke", "I smoke"."""
    after = low(scene.words, scene.end)
    if scene.verb.tense == "base" and after in _AFTER_SMOKING:
        is_not = scene.verb.is_denied or scene.verb.is_over
        yield Draft(scene.person, "smoking", "a non-smoker" if is_not else "a smoker")


_AFTER_SMOKING = frozenset({"", ",", "and", "any", "anymore", "at", "again"})


def starting(scene: Scene) -> Iterator[Draft]:
    """Read "started smoking again", "started eating meat again"."""
    words, at = scene.words, scene.end
    what = low(words, at)
    is_told = scene.verb.tense in {"past", "perfect"} and not scene.verb.is_denied
    if is_told and what == "smoking":
        yield Draft(scene.person, "smoking", "a smoker", since=scene.since)
    elif is_told and what in {"eating", "drinking"} and low(words, len(words) - 1) == "again":
        yes, no = ("eats", "does not eat") if what == "eating" else ("drinks", "does not drink")
        for item in items_of(object_words(words[: len(words) - 1], at + 1)):
            if is_thing(item, words_max=3) and item[0].low not in _NOT_FOOD:
                yield Draft(scene.person, yes, said(item))
                yield Draft(scene.person, no, said(item), is_ended=True)
    else:
        yield from getting_up(scene)


def divorcing(scene: Scene) -> Iterator[Draft]:
    """Read "we divorced last week"."""
    is_done = scene.verb.tense in {"past", "perfect"} and not scene.verb.is_denied
    if is_done and low(scene.words, scene.end) in _AFTER_DIVORCED:
        yield scene.draft("marital status", "divorced")


_AFTER_DIVORCED = word_set("last this in on yesterday recently two three a some my our ,") | {""}


def driving(scene: Scene) -> Iterator[Draft]:
    """Read the car that somebody drives."""
    found = next(iter(items_of(object_words(scene.words, scene.end))), ())
    if scene.verb.tense != "base" or scene.verb.is_denied or not found:
        yield from planning(scene)
    elif found[0].low in {"a", "an"} and is_thing(found) and "to" not in {w.low for w in found}:
        yield scene.draft("drives", said(found))


def playing(scene: Scene) -> Iterator[Draft]:
    """Read instruments and games."""
    is_lasting = scene.verb.tense == "perfect" and scene.since is not None
    if (scene.verb.tense != "base" and not is_lasting) or scene.verb.is_denied:
        return
    for item in items_of(object_words(scene.words, scene.end)):
        last = item[-1].low
        if (last in lexicon.INSTRUMENTS and len(item) <= 3) or (
            last in lexicon.GAMES and len(item) <= 2
        ):
            yield scene.draft("plays", said(item))


RULES: dict[str, Callable[[Scene], Iterator[Draft]]] = {
    "be": being,
    "born": born,
    "live": living,
    "move": moving,
    "relocate": moving,
    "work": working,
    "study": studying,
    "come": coming,
    "speak": speaking,
    "learn": learning,
    "like": liking,
    "love": liking,
    "enjoy": liking,
    "adore": liking,
    "hate": hating,
    "dislike": hating,
    "detest": hating,
    "stand": hating,
    "have": having,
    "own": having,
    "take": having,
    "drive": driving,
    "play": playing,
    "eat": eating,
    "drink": eating,
    "stop": stopping,
    "quit": stopping,
    "give": stopping,
    "smoke": smoking,
    "get": getting_up,
    "wake": getting_up,
    "go": going,
    "turn": getting_up,
    "start": starting,
    "divorce": divorcing,
    **dict.fromkeys(
        (
            "fly",
            "travel",
            "visit",
            "meet",
            "see",
            "leave",
            "stay",
            "marry",
            "do",
            "attend",
        ),
        planning,
    ),
    **dict.fromkeys(
        ("swim", "run", "cook", "call", "teach", "train", "volunteer", "walk", "read", "bake"),
        swimming,
    ),
}
