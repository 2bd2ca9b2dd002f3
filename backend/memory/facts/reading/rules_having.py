"""What somebody is said to have, own or take: relatives, pets, things, illnesses, medicines."""

from collections.abc import Iterator, Sequence

from backend.memory.facts.language import lexicon
from backend.memory.facts.language.kin import FAMILY, PETS, kin_of
from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.numbers import count_of
from backend.memory.facts.language.times import day_and_month, written
from backend.memory.facts.language.words import Word
from backend.memory.facts.reading.objects import is_thing, items_of, object_words
from backend.memory.facts.reading.rules_time import planning
from backend.memory.facts.reading.scene import Draft, Scene
from backend.memory.facts.reading.subjects import low, name_end, named, said

_ARTICLES = frozenset({"a", "an", "one"})
_MODIFIERS_MAX = 3


def having(scene: Scene) -> Iterator[Draft]:
    """Read "have two brothers", "has a dog called Rex", "take metformin", "own a boat"."""
    verb = scene.verb
    if verb.tense == "ing" and verb.lemma == "have":
        yield from planning(scene)
        return
    if verb.tense not in {"base", "perfect", "ing"} or verb.is_denied:
        return
    if verb.lemma == "take":
        yield from _medicine(scene)
        return
    if verb.tense == "perfect" and (verb.lemma != "have" or _condition_of(scene) == ""):
        return
    first = low(scene.words, scene.end)
    if verb.lemma == "own":
        found = object_words(scene.words, scene.end)
        if is_thing(found) and _starts_with_count(found):
            yield scene.draft("owns", said(found))
        return
    if first in {"my", "his", "her", "a", "its"} and "birthday" in _lows(scene, 4):
        yield from _birthday(scene)
        return
    for start in _item_starts(scene):
        yield from _had(scene, start)


def _had(scene: Scene, start: int) -> Iterator[Draft]:
    """Read one item of what somebody has."""
    words = scene.words
    item = _item(words, start)
    conditions = [_condition(one) for one in items_of(object_words(words, start))]
    if conditions and conditions[0]:
        yield from (
            scene.draft("has condition", condition) for condition in conditions if condition
        )
        return
    allergen = _allergen(item)
    if allergen:
        yield scene.draft("allergic to", allergen, is_pinned=True)
        return
    at = _noun(words, start)
    kin = kin_of(low(words, at)) if at >= 0 else ""
    if not kin:
        yield from _possession(scene, item, start)
        return
    name = _name_after(scene, at + 1)
    if name and low(words, start) in _ARTICLES:
        yield Draft(scene.person, kin, name)
    elif kin not in FAMILY | PETS:
        return
    elif scene.verb.is_over:
        yield Draft(
            scene.person, "has pet" if kin in PETS else "has", said(words[start : at + 1]), True
        )
    elif not _goes_wrong(words, at + 1):
        value = said(words[start : at + 1])
        yield scene.draft("has pet" if kin in PETS else "has", value)


def _goes_wrong(words: Sequence[Word], at: int) -> bool:
    """Say whether the noun was only the first half of another: "a doctor's appointment"."""
    follows = low(words, at)
    return bool(follows) and follows not in _GOES_ON


_GOES_ON = word_set("""
    and , : who in now but too already at with here as since together from so by you because living
    she he they i which a an one
""")


def _noun(words: Sequence[Word], start: int) -> int:
    """Return where the noun is, behind a count and a few adjectives; -1 when there is none."""
    count, at = count_of(words, start)
    if count is None:
        return -1
    for index in range(at, min(at + _MODIFIERS_MAX, len(words))):
        if kin_of(low(words, index)):
            return index if low(words, index + 1) != "'s" else -1
        if words[index].is_mark or words[index].low in {"and", "of", "for", "to", "in"}:
            return -1
    return -1


def _name_after(scene: Scene, at: int) -> str:
    """Read ", called Hannah", "named Luna", ", Ben,"."""
    words = scene.words
    at += low(words, at) == ","
    at += 2 * (low(words, at) in {"who", "which"} and low(words, at + 1) in {"is", "'s"})
    is_told = low(words, at) in {"called", "named"}
    end = name_end(words, at + is_told, scene.known, is_told=is_told)
    is_safe = is_told or low(words, at - 1) == ","
    return named(words[at + is_told : end]) if end > at + is_told and is_safe else ""


def _item_starts(scene: Scene) -> list[int]:
    """Return where each thing begins: "two brothers and a sister" are two."""
    words = scene.words
    return [
        scene.end,
        *(
            at + 1
            for at in range(scene.end + 1, len(words) - 1)
            if words[at].low in {"and", ","} and count_of(words, at + 1)[0] is not None
        ),
    ]


def _item(words: Sequence[Word], start: int) -> tuple[Word, ...]:
    items = items_of(object_words(words, start))
    return items[0] if items else ()


def _condition_of(scene: Scene) -> str:
    return _condition(_item(scene.words, scene.end))


def _condition(item: tuple[Word, ...]) -> str:
    for size in range(min(4, len(item)), 0, -1):
        name = " ".join(word.low for word in item[:size])
        if name in lexicon.CONDITIONS and size == len(item):
            return said(item[:size])
    if item and item[0].low.endswith("'s") and len(item) == 1:
        return ""
    joined = said(item).lower().replace("\u2019", "'")
    return said(item) if joined in lexicon.CONDITIONS else ""


def _allergen(item: tuple[Word, ...]) -> str:
    """Read "a peanut allergy", "an allergy to cats"."""
    lows = [word.low for word in item]
    if not lows or lows[0] not in _ARTICLES | {"severe"}:
        return ""
    if lows[-1] == "allergy" and 3 <= len(lows) <= 5:
        words = [
            word for word in item[1:-1] if word.low not in {"severe", "bad", "strong", "slight"}
        ]
        name = said(words)
        if not name or {word.low for word in words} & lexicon.NOT_ALLERGENS:
            return ""
        return (
            f"{name}s"
            if name.lower() in {"nut", "peanut", "cat", "dog", "egg", "bee", "horse"}
            else name
        )
    if lows[1:3] == ["allergy", "to"] and 4 <= len(lows) <= 6:
        return said(item[3:])
    return ""


def _possession(scene: Scene, item: tuple[Word, ...], start: int) -> Iterator[Draft]:
    noun = next(
        (at for at, word in enumerate(item) if word.low in {"in", "on", "at", "near"}), len(item)
    )
    if not 2 <= noun <= 5 or not _starts_with_count(item):
        return
    last = item[noun - 1].low
    two = f"{item[noun - 2].low} {last}"
    singular = last.removesuffix("s")
    if last in lexicon.POSSESSIONS or two in lexicon.POSSESSIONS or singular in lexicon.POSSESSIONS:
        yield scene.draft("has", said(item))


def _starts_with_count(item: Sequence[Word]) -> bool:
    return bool(item) and count_of(item, 0)[0] is not None


def _birthday(scene: Scene) -> Iterator[Draft]:
    for at in range(scene.end, min(len(scene.words), scene.end + 6)):
        exact = day_and_month(scene.words, at)
        if exact is not None:
            yield Draft(scene.person, "birthday", written(*exact[:3]))
            return


def _medicine(scene: Scene) -> Iterator[Draft]:
    found = object_words(
        scene.words, scene.end, keep=frozenset({"every", "in", "a", "for", "before"})
    )
    # "three times a day", "in the evening" belong to what is to be remembered of a medicine.
    lows = [word.low for word in found[:12]]
    is_one = any(low in lexicon.MEDICINES or low.endswith(lexicon.MEDICINE_ENDINGS) for low in lows)
    is_dose = any(low in lexicon.MEDICINE_UNITS for low in lows) and len(lows) > 1
    if is_one or (is_dose and lows[0] not in {"the", "your", "his"}):
        first = items_of(found)
        yield scene.draft("takes", said(first[0] if len(first) > 1 else found[:12]), is_pinned=True)
        for other in first[1:]:
            if other[0].low in lexicon.MEDICINES:
                yield scene.draft("takes", said(other), is_pinned=True)


def _lows(scene: Scene, count: int) -> list[str]:
    return [word.low for word in scene.words[scene.end : scene.end + count]]
