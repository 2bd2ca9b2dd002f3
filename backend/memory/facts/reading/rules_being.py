"""What somebody is said to be: of an age, a trade, a place, a diet; allergic, married, born."""

from collections.abc import Iterator
from dataclasses import replace

from backend.memory.facts.language import lexicon
from backend.memory.facts.language.kin import kin_of
from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.numbers import count_of, year_of
from backend.memory.facts.language.times import day_and_month, past_of, written
from backend.memory.facts.reading.objects import (
    employer_of,
    is_thing,
    items_of,
    job_of,
    object_words,
    place_of,
)
from backend.memory.facts.reading.scene import Draft, Scene
from backend.memory.facts.reading.subjects import ONE, low, name_end, named, said

_HOW_MUCH = frozenset(
    {"highly", "very", "terribly", "severely", "extremely", "badly", "deadly", "slightly", "mildly"}
)
_STATUS = frozenset({"married", "single", "divorced", "engaged", "widowed", "separated"})
_NOT_MARRIED_TO = frozenset({"my", "the", "a", "this", "it", "that"})


def being(scene: Scene) -> Iterator[Draft]:
    """Read what follows "am", "is", "are"."""
    first = low(scene.words, scene.end)
    if first in _HOW_MUCH and low(scene.words, scene.end + 1) in {"allergic", "fond", "keen"}:
        scene = replace(scene, verb=replace(scene.verb, end=scene.end + 1))
        first = low(scene.words, scene.end)
    if scene.verb.tense == "was" and not scene.verb.is_over and first != "diagnosed":
        return
    if scene.verb.tense == "past" and scene.stretch is None:
        return  # "I was a nurse" may be of an evening; "until 2010" is of a life
    if first in {"a", "an"}:
        yield from _with_article(scene)
    elif first in _BY_FIRST:
        yield from _BY_FIRST[first](scene)
    elif first in _STATUS:
        yield from _status(scene)
    elif first in lexicon.DIETS or first in {"gluten", "lactose"} or first in lexicon.CONDITION_OF:
        yield from _diet_or_condition(scene, scene.end)
    else:
        yield from _age(scene) or _who(scene)


def _with_article(scene: Scene) -> Iterator[Draft]:
    words, at = scene.words, scene.end + 1
    if low(words, at) in {"big", "huge", "great", "strict", "total"}:
        at += 1
    first = low(words, at)
    if first in lexicon.DIETS:
        yield from _diet_or_condition(scene, at)
    elif first in {"fan", "lover"} and low(words, at + 1) == "of":
        yield from _likes(scene, at + 2)
    elif first in {"smoker", "non-smoker"} and not scene.verb.is_denied:
        yield scene.draft("smoking", f"a {first}")
    else:
        yield from _trade(scene)


def _trade(scene: Scene) -> Iterator[Draft]:
    if scene.verb.is_denied:
        return
    job, taken = job_of(scene.words[scene.end :], is_told=False)
    after = low(scene.words, scene.end + taken)
    if not job or (after and after not in _AFTER_TRADE and not _is_time(scene, taken)):
        return
    yield scene.draft("works as", job)
    if after in {"at", "for", "with"} and not _is_time(scene, taken):
        is_student = job.lower().endswith("student")
        employer = employer_of(object_words(scene.words, scene.end + taken + 1))
        if employer:
            yield scene.draft("studies at" if is_student else "works at", employer)


_AFTER_TRADE = word_set("""
    at in for with and , now but by from so because since too you any anymore again
""")


def _is_time(scene: Scene, taken: int) -> bool:
    rest = scene.words[scene.end + taken :]
    found = past_of(rest, scene.now)
    if scene.stretch is not None:
        return scene.stretch.start == taken
    return found is not None and found.start == 0


def _diet_or_condition(scene: Scene, at: int) -> Iterator[Draft]:
    words, first = scene.words, low(scene.words, at)
    if scene.verb.is_denied:
        return
    if first in lexicon.DIETS:
        if low(words, at + 1) not in _NOT_AFTER_DIET and not low(words, at + 1).endswith("s"):
            yield scene.draft("diet", lexicon.DIETS[first])
    elif first in lexicon.CONDITION_OF:
        yield scene.draft("has condition", lexicon.CONDITION_OF[first])
    elif low(words, at + 1) in {"intolerant", "intolerance"}:
        yield scene.draft("has condition", f"{first} intolerance", is_pinned=True)


_NOT_AFTER_DIET = frozenset(
    {"on", "at", "restaurant", "food", "option", "dish", "cook", "chef", "recipe"}
)


def _status(scene: Scene) -> Iterator[Draft]:
    status = low(scene.words, scene.end)
    if scene.verb.is_denied:
        return
    after = low(scene.words, scene.end + 1)
    if status == "married" and after == "to":
        start = scene.end + 2
        end = name_end(scene.words, start, scene.known)
        if end > start and low(scene.words, start) not in _NOT_MARRIED_TO:
            yield scene.draft("marital status", "married")
            yield scene.draft("spouse", named(scene.words[start:end]))
    elif after in _AFTER_STATUS or (after == "with" and status == "married"):
        yield scene.draft("marital status", status)


_AFTER_STATUS = frozenset({"", ",", "and", "now", "since", "again", "for", "last", "but", "any"})


def _from(scene: Scene) -> Iterator[Draft]:
    if not scene.is_so:
        return
    words = object_words(scene.words, scene.end + 1)
    place = place_of(words, is_lower=scene.known.is_lower)
    if place and not (low(words, 1) == "to" or low(words, 0) in {"time"}):
        yield scene.draft("comes from", place)


def _allergic(scene: Scene) -> Iterator[Draft]:
    if scene.verb.is_denied or low(scene.words, scene.end + 1) != "to":
        return
    for item in items_of(object_words(scene.words, scene.end + 2)):
        lows = {word.low for word in item}
        if is_thing(item, words_max=4) and not lows & lexicon.NOT_ALLERGENS:
            yield scene.draft("allergic to", said(item), is_pinned=True)


def _retired(scene: Scene) -> Iterator[Draft]:
    after = low(scene.words, scene.end + 1)
    if not scene.verb.is_denied and after not in {"to", "hurt", "from", "for"}:
        yield scene.draft("retired", "retired")


def _called(scene: Scene) -> Iterator[Draft]:
    start = scene.end + 1
    end = name_end(scene.words, start, scene.known, is_told=True)
    if end == start or not scene.is_so:
        return
    if scene.person.is_self:
        yield Draft(ONE, "name", named(scene.words[start:end]), is_pinned=True)
    elif scene.person.kin and scene.person.name == scene.person.kin:
        yield Draft(ONE, scene.person.kin, named(scene.words[start:end]))


def _likes_of(scene: Scene) -> Iterator[Draft]:
    if low(scene.words, scene.end + 1) in {"of", "on", "about"}:
        yield from _likes(scene, scene.end + 2)


def _likes(scene: Scene, at: int) -> Iterator[Draft]:
    predicate = "dislikes" if scene.verb.is_denied else "likes"
    for item in items_of(object_words(scene.words, at)):
        if is_thing(item):
            yield scene.draft(predicate, said(item))


def _diagnosed(scene: Scene) -> Iterator[Draft]:
    if low(scene.words, scene.end + 1) == "with" and not scene.verb.is_denied:
        rest = scene.words[scene.end + 2 :]
        when = past_of(rest, scene.now)
        found = object_words(rest[: when.start] if when is not None else rest, 0)
        if is_thing(found, words_max=6):
            yield scene.draft("has condition", said(found))


def _age(scene: Scene) -> list[Draft]:
    count, end = count_of(scene.words, scene.end)
    after = low(scene.words, end)
    if (
        count is None
        or not 0 < count < 120
        or not scene.is_so
        or low(scene.words, scene.end) == "a"
    ):
        return []
    is_told = after in {"years", "year"} and low(scene.words, end + 1) in {"old", "of"}
    is_bare = after in {"", ",", "now", "and", "years"} and low(scene.words, end + 1) not in {
        "away"
    }
    if is_told or (is_bare and after != "years"):
        return [Draft(scene.person, "age", f"{count} years old", since=None)]
    return []


def _who(scene: Scene) -> Iterator[Draft]:
    """Read "I'm Martin", "my boss is Laura", "Oliver is my neighbour"."""
    words, at = scene.words, scene.end
    if not scene.is_so or at >= len(words):
        return
    if low(words, at) in {"my", "our"} and not scene.person.is_self:
        kin_at = (
            at + 1 + (low(words, at + 1) in {"best", "new", "older", "younger", "little", "big"})
        )
        kin = kin_of(low(words, kin_at))
        if kin and scene.person.name != scene.person.kin and low(words, kin_at + 1) != "'s":
            yield Draft(ONE, kin, scene.person.name)
        return
    end = name_end(words, at, scene.known)
    if end == at or low(words, end) not in {"", ",", "and", "by", "from", "but", "now", "you"}:
        return
    name = named(words[at:end])
    if scene.person.is_self and words[at].low in lexicon.FIRST_NAMES:
        yield Draft(ONE, "name", name, is_pinned=True)
    elif scene.person.kin and scene.person.name == scene.person.kin:
        yield Draft(ONE, scene.person.kin, name)


def born(scene: Scene) -> Iterator[Draft]:
    """Read "was born in Vienna", "on the 2nd of May 1975", "in 1980"."""
    words, at = scene.words, scene.end
    bare = day_and_month(words, at)
    if bare is not None:
        yield Draft(scene.person, "birthday", written(*bare[:3]))
    for index in range(at, min(len(words), at + 12)):
        if words[index].low not in {"in", "on"}:
            continue
        exact = day_and_month(words, index + 1)
        year, _ = year_of(words, index + 1)
        if exact is not None:
            yield Draft(scene.person, "birthday", written(*exact[:3]))
        elif year:
            yield Draft(scene.person, "year of birth", str(year))
        elif words[index].low == "in":
            rest = words[index + 1 :]
            stop = next(
                (n for n, word in enumerate(rest) if word.low in {"on", "in", "and", ","}),
                len(rest),
            )
            place = place_of(object_words(rest[:stop], 0), is_lower=scene.known.is_lower)
            if place:
                yield Draft(scene.person, "born in", place)


_BY_FIRST = {
    "from": _from,
    "allergic": _allergic,
    "retired": _retired,
    "called": _called,
    "named": _called,
    "fond": _likes_of,
    "keen": _likes_of,
    "crazy": _likes_of,
    "diagnosed": _diagnosed,
}
