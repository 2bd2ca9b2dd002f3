"""Cuts what a verb is about out of the words behind it, and judges whether it can be that."""

from collections.abc import Sequence

from backend.memory.facts.language import lexicon
from backend.memory.facts.language.kin import kin_of
from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.words import Word
from backend.memory.facts.reading.subjects import low, named, said

ITEMS_MAX = 8

_STOPS = word_set("""
    because but since when where who whom which that if so though although cause while until
    till before after for with by then however except ago anymore again now please currently
    nowadays anyway lately yet already i she he we they you it too yesterday today every right
    originally
    such including unless um uh er though usually as than plus during : ; ( ) " \u201c \u201d
    \u2013 \u2014
""")
_STOP_PAIRS = frozenset(
    {
        ("any", "more"),
        ("most", "of"),
        (",", "not"),
        ("any", "longer"),
        ("at", "the"),
        ("these", "days"),
        ("you", "know"),
        ("as", "well"),
        ("by", "the"),
        ("of", "course"),
        ("at", "all"),
        ("a", "lot"),
        ("very", "much"),
        ("so", "much"),
        ("the", "most"),
        ("right", "now"),
        ("for", "now"),
        ("at", "present"),
        ("last", "year"),
        ("last", "week"),
        ("last", "month"),
        ("more", "than"),
        ("and", "i"),
        ("and", "my"),
    }
)
_NOT_THINGS = word_set("""
    neither nor none unknown it this that these those you him her them me us your yours my his
    their its how
    what when where why to being be such so everything nothing anything something not no one
    ones each both myself yourself the a an and or there here people everybody everyone things
""")
_POINTING = word_set("""
    idea ideas voice sound plan joke jokes song way attitude style tone question thing things
    answer answers suggestion accent jazzed look looks weather part kind fact thought
""")


def object_words(
    words: Sequence[Word], start: int, *, keep: frozenset[str] = frozenset()
) -> tuple[Word, ...]:
    """Return the words of an object: up to what begins something else."""
    end = start
    while end < len(words):
        word, follows = words[end].low, low(words, end + 1)
        if (word in _STOPS and word not in keep) or (word, follows) in _STOP_PAIRS:
            break
        if word == "in" and follows in _TIMES_IN and "in" not in keep:
            break
        end += 1
    found = list(words[start:end])
    while found and (found[-1].is_mark or found[-1].low in {"and", "or", "really", "also", "just"}):
        found.pop()
    return tuple(found)


_TIMES_IN = word_set("""
    january february march april may june july august september october november december
    general fact 2020 2021 2022 2023 2024 2025 2026
""")


def items_of(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Part "nuts, shellfish and penicillin" into its items."""
    items: list[list[Word]] = [[]]
    for word in words:
        if word.low in {",", "and", "or", "&"}:
            items.append([])
        else:
            items[-1].append(word)
    plain = [item[item[0].low in _LEAN_ON :] for item in items if item]
    return [tuple(item) for item in plain if item][:ITEMS_MAX]


_LEAN_ON = word_set("especially particularly mainly mostly also even maybe both either just simply")


def is_thing(words: Sequence[Word], *, words_max: int = 5) -> bool:
    """Say whether words name something that can be liked, owned or eaten."""
    if not words or len(words) > words_max or words[0].low in _NOT_THINGS - {"the", "a", "an"}:
        return False
    lows = [word.low for word in words]
    if lows[0] in {"the", "a", "an"} and (len(lows) == 1 or lows[-1] in _POINTING):
        return False
    if "'s" in lows and lows[-1] in _POINTING:
        return False
    if any(word.is_mark for word in words) or "'s" in lows[:1]:
        return False
    return lows[-1] not in _NOT_THINGS and not any(
        low in {"not", "is", "are", "am"} for low in lows
    )


def is_liked(words: Sequence[Word], follows: str) -> bool:
    """Say whether words name a taste of somebody's: not "the colour", not "seeing them"."""
    lows = [word.low for word in words]
    if not is_thing(words) or lows[0] in {"all", "some", "any", "most"} or set(lows) & _PRONOUNS:
        return False
    if lows[0] == "the" and not (words[1].is_capital or lows[1] in _KNOWN_TO_ALL):
        return False
    is_doing = lows[0].endswith("ing") and len(lows[0]) > 5
    # "I love caring for …": what is done is cut off, so that the rest would say something else.
    return not is_doing or (len(lows) <= 4 and follows in _ENDS_DOING)


_PRONOUNS = word_set("it them him her us me our my your his their its these those this that")
_KNOWN_TO_ALL = word_set("""
    sea seaside beach ocean mountains countryside theatre theater opera ballet cinema outdoors city
    rain snow sun cold heat winter summer spring autumn forest woods
""")
_ENDS_DOING = frozenset({"", ",", "and", "because", "too", "now", "or", "but", "so", ";", "since"})


def place_of(words: Sequence[Word], *, is_lower: bool) -> str:
    """Return a place as it is kept; empty when the words can't be one."""
    if not words or words[0].low in lexicon.NOT_PLACES or len(words) > 7 or words[0].is_mark:
        return ""
    cut = next((at for at, word in enumerate(words) if word.low == "and"), len(words))
    place = words[:cut]
    lows = [word.low for word in place]
    if lows[0] in {"a", "an", "the", "my", "our", "one"}:
        is_known = any(low in lexicon.PLACES_OF_LIVING for low in lows)
        is_country = (
            lows[0] == "the" and len(place) > 1 and (place[1].is_capital or lows[1] in _THE)
        )
        is_own = len(place) > 1 and lows[1] not in {"same", "other", "wrong", "right"}
        return said(place) if (is_known or is_country) and is_own else ""
    if not is_lower and not place[0].is_capital:
        return ""
    if place[0].low.isdecimal() or kin_of(lows[0]):
        return ""
    return _capitalised(place) if is_lower else said(place)


_THE = frozenset(
    {"netherlands", "us", "usa", "uk", "philippines", "states", "united", "bahamas"}
    | {"u.s", "u.k", "u.s.a", "u.a.e"}
)
_SMALL = frozenset({"of", "de", "the", "near", "in", "la", "am", "an", "upon", "do", "da"})


def _capitalised(words: Sequence[Word]) -> str:
    return " ".join(
        word.text if word.low in _SMALL else word.text[:1].upper() + word.text[1:] for word in words
    )


def employer_of(words: Sequence[Word]) -> str:
    """Return an employer as it is kept; empty when it is a time, a person, or nothing."""
    lows = [word.low for word in words]
    if not lows or len(lows) > 7 or lows[0] in _NOT_EMPLOYERS or words[0].is_mark:
        return ""
    if lows[0] in {"a", "an", "the", "my", "our"} and (len(lows) == 1 or lows[1] in _NOT_EMPLOYERS):
        return ""
    return named(words) if lows[0] not in {"a", "an", "the", "my", "our"} else said(words)


_NOT_EMPLOYERS = word_set("""
    me you him her them us it this that home night once all free everyone everybody anyone
    nothing fun noon midnight lunch six seven eight nine ten five four three two one half moment
    weekends weekend nights minute time living while day both something anything
    himself herself myself money peanuts food least most first last present what work now is are
    was full
    speed
""")


def job_of(words: Sequence[Word], *, is_told: bool) -> tuple[str, int]:
    """Return a trade with its article, and how many words it takes; empty when it is none."""
    if not words or words[0].low not in {"a", "an", "the"} or len(words) < 2:
        return "", 0
    for end in range(min(5, len(words)), 1, -1):
        tail = words[end - 1].low
        two = f"{low(words, end - 2)} {tail}"
        if two in lexicon.NO_TRADES:
            return "", 0
        if tail in lexicon.PROFESSIONS or two in lexicon.PROFESSIONS:
            return said(words[:end]), end
    if is_told:
        taken = next((at for at, word in enumerate(words) if word.low in _AFTER_JOB), len(words))
        if 2 <= taken <= 5:
            return said(words[:taken]), taken
    return "", 0


_AFTER_JOB = frozenset({"at", "in", "for", "with", "by", "from", "and", "on", "of", ","})
