"""Tells keys of one kind apart: by their name, and by the day on which they were told."""

import re
from collections import Counter
from collections.abc import Sequence

from backend.conversation.reasoning import wording
from backend.kernel.clock import Instant
from backend.memory.facts.vault import Sealed

_WORD = re.compile(r"[^\W_]+")


def labels_of(keys: Sequence[Sealed], *, zone: str) -> tuple[str, ...]:
    """Return what each is called: "the GitHub key", "the key from the third of May"."""
    named = Counter(each.name for each in keys)
    dated = Counter((each.name, wording.local(each.at, zone).date()) for each in keys)
    found = []
    for each in keys:
        label = f"the {each.name}"
        if named[each.name] > 1:
            label += f" from {_day(each.at, zone)}"
        if dated[each.name, wording.local(each.at, zone).date()] > 1:
            label += f" at {wording.time_said(wording.local(each.at, zone))}"
        found.append(label)
    return tuple(found)


def picked_keys(heard: str, keys: Sequence[Sealed], *, zone: str) -> tuple[Sealed, ...]:
    """Return the one that words tell from all others; where they tell none, all of them."""
    labels = [_words(label) for label in labels_of(keys, zone=zone)]
    counts = Counter(word for label in labels for word in label)
    shared = {word for word, count in counts.items() if count > 1}
    said = _words(heard)
    meant = [key for key, label in zip(keys, labels, strict=True) if said & (label - shared)]
    return tuple(meant) if len(meant) == 1 else tuple(keys)


def _day(at: Instant, zone: str) -> str:
    return wording.day_said(wording.local(at, zone).date(), with_weekday=False, with_year=True)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))
