"""What somebody does again and again, and what they will do on a day."""

import re
from collections.abc import Iterator, Sequence

from backend.memory.facts.language.ends import UNTIL
from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.numbers import count_of
from backend.memory.facts.language.times import WEEKDAYS, day_and_month, future_of, written
from backend.memory.facts.language.words import Word
from backend.memory.facts.reading.objects import employer_of, object_words
from backend.memory.facts.reading.scene import LIKELY, Draft, Scene
from backend.memory.facts.reading.subjects import low, said

_DAYS = frozenset(f"{day}s" for day in WEEKDAYS) | {"weekdays", "weekends"}
_SPANS = frozenset(
    {
        "day",
        "morning",
        "evening",
        "night",
        "week",
        "weekend",
        "month",
        "year",
        "afternoon",
        *WEEKDAYS,
    }
)
_TIMES = frozenset({"once", "twice", "thrice"})
_HABITS_WORDS_MAX = 12
_PLAN_WORDS_MAX = 10
_CLOCK = re.compile(r"\d{1,2}(?:[:.]\d{2})?")
_HOURS = word_set("""
    one two three four five six seven eight nine ten eleven twelve half quarter noon midnight
    around about
""")


def getting_up(scene: Scene) -> Iterator[Draft]:
    """Read "get up at six on weekdays", "got married on the 5th of May", "turned four"."""
    words, at = scene.words, scene.end
    if scene.verb.lemma == "turn":
        yield from _turned(scene)
    elif low(words, at) in {"married", "divorced", "engaged"}:
        yield from planning(scene) if scene.verb.tense == "ing" else _married(scene)
    elif low(words, at) in {"a", "my"} and scene.verb.tense in {"past", "perfect"}:
        yield from _new_job(scene)
    elif low(words, at) == "up" and low(words, at + 1) == "at":
        yield from _at_hour(scene, "gets up", at + 2)
    elif scene.verb.tense == "ing":
        yield from planning(scene)
    else:
        yield from swimming(scene)


def going(scene: Scene) -> Iterator[Draft]:
    """Read "go to bed at eleven", "go swimming every Tuesday", "going to Rome on Friday"."""
    words, at = scene.words, scene.end
    if low(words, at) == "to" and low(words, at + 1) in {"bed", "sleep"}:
        if low(words, at + 2) == "at":
            yield from _at_hour(scene, "goes to bed", at + 3)
    elif scene.verb.tense == "ing":
        yield from planning(scene)
    else:
        yield from swimming(scene)


def swimming(scene: Scene) -> Iterator[Draft]:
    """Read a habit: something that is done every Tuesday, on weekends, twice a week."""
    verb = scene.verb
    rest = list(scene.words[scene.end :])
    if verb.tense != "base" or verb.is_denied or len(rest) > _HABITS_WORDS_MAX:
        return
    often = _often(rest)
    if often is None or (rest and rest[0].low in {"to"} and low(rest, 1) in {"be"}):
        return
    start, end = often
    if end < len(rest) and rest[end].low not in {
        ",",
        "and",
        "in",
        "at",
        "with",
        "now",
        "from",
        "after",
    }:
        return
    done = rest[:start]
    if done and (_POINTING & {word.low for word in done} or done[0].low == "a"):
        return
    when = said(rest[start:end])
    value = [scene.words[scene.end - 1].text, said(done), when[:1].lower() + when[1:]]
    yield Draft(
        scene.person,
        "habit",
        " ".join(part for part in value if part),
        verb.is_over,
        confidence=LIKELY,
    )


_POINTING = frozenset({"it", "that", "this", "you", "them", "him", "her", "one"})


def planning(scene: Scene) -> Iterator[Draft]:
    """Read what is going to happen on a day that is named."""
    verb = scene.verb
    rest = list(scene.words[scene.end :])
    if verb.tense != "ing" or not scene.is_so or len(rest) > _PLAN_WORDS_MAX + 6:
        yield from swimming(scene)
        return
    when = future_of(rest, scene.now)
    if when is None or not when.told or when.start > _PLAN_WORDS_MAX:
        return
    what = rest[: when.start]
    if any(word.is_mark or word.low in {"about", "if", "through", "it"} for word in what):
        return
    if what and what[-1].low in UNTIL:  # "staying until Friday": it ends there, and begins now
        yield from _lasting(scene, what[:-1], when.told.removeprefix("on "))
        return
    if not what and verb.lemma not in {"leave", "fly", "travel", "move", "visit", "come"}:
        return
    first = scene.words[scene.end - 1].text
    value = " ".join(part for part in (first, said(what), when.told) if part)
    yield Draft(scene.person, "plan", value, confidence=LIKELY)


def _lasting(scene: Scene, what: Sequence[Word], until: str) -> Iterator[Draft]:
    first = scene.words[scene.end - 1].text
    value = " ".join(part for part in (first, said(what), "until", until) if part)
    yield Draft(scene.person, "plan", value, confidence=LIKELY, until=scene.until)


def _often(words: Sequence[Word]) -> tuple[int, int] | None:
    """Find "every morning", "on Fridays", "twice a week": where it begins and ends."""
    for at, word in enumerate(words):
        follows = low(words, at + 1)
        if word.low == "every":
            skip = follows in {"other", "second", "single"}
            if low(words, at + 1 + skip) in _SPANS:
                return at, at + 2 + skip
        elif word.low in {"on", "at"} and follows in _DAYS:
            return at, at + 2
        elif word.low in _TIMES and follows in {"a", "every"} and low(words, at + 2) in _SPANS:
            return at, at + 3
        elif follows == "times" and low(words, at + 2) == "a" and low(words, at + 3) in _SPANS:
            return at, at + 4
    return None


def _at_hour(scene: Scene, stem: str, at: int) -> Iterator[Draft]:
    words = scene.words
    if scene.verb.tense != "base" or scene.verb.is_denied:
        return
    end = at
    while (
        end < len(words)
        and end - at < 6
        and (
            low(words, end) in _HOURS
            or _CLOCK.fullmatch(low(words, end))
            or low(words, end)
            in {"past", "to", "thirty", "fifteen", "o'clock", "am", "pm", "a.m", "p.m"}
        )
    ):
        end += 1
    if end == at or low(words, at) in {"past", "to", "am", "pm"}:
        return
    often = _often(words[end:])
    when = ""
    if often is not None and often[0] <= 3:
        last = low(words, end + often[1] - 1)
        if low(words, end + often[0]) in {"on", "at"}:
            when = f" on {last}"
        elif last in WEEKDAYS:
            when = f" on {last}s"
    elif low(words, end) in {"today", "tomorrow", "yesterday", "tonight"}:
        return
    yield Draft(scene.person, f"{stem}{when}", said(words[at:end]), scene.verb.is_over)


def _turned(scene: Scene) -> Iterator[Draft]:
    if scene.verb.tense not in {"past", "perfect"} or scene.verb.is_denied:
        return
    rest = list(scene.before_time())
    age, end = count_of(rest, 0)
    if age is not None and 0 < age < 120 and low(rest, end) in {"", "years", "and", ","}:
        yield Draft(scene.person, "age", f"{age} years old", since=scene.since)


def _new_job(scene: Scene) -> Iterator[Draft]:
    """Read "got a new job at Audi"."""
    words = scene.words
    for at in range(scene.end, min(len(words), scene.end + 4)):
        if words[at].low in {"job", "position"} and low(words, at + 1) in {"at", "with"}:
            employer = employer_of(object_words(scene.before_time(), at + 2 - scene.end))
            if employer:
                yield scene.draft("works at", employer)
            return


def _married(scene: Scene) -> Iterator[Draft]:
    status = low(scene.words, scene.end)
    if scene.verb.tense not in {"past", "perfect"} or scene.verb.is_denied:
        return
    for at in range(scene.end + 1, min(len(scene.words), scene.end + 5)):
        exact = day_and_month(scene.words, at)
        if exact is not None and status == "married":
            yield Draft(scene.person, "anniversary", written(*exact[:3]))
            return
    yield scene.draft("marital status", status)
