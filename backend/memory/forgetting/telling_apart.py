"""Says of a text whether it speaks of somebody, where others bear their name as well."""

import re
from typing import Final

from backend.kernel.forgetting import Person
from backend.memory.facts.language.kin import KIN, kin_of
from backend.memory.graph.types import folded
from backend.platform.forgetting.port import Spoken

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_OWN: Final = frozenset({"my", "our"})
AHEAD = 2  # "my little sister": so far before their relation stands whose it is


def speaking(text: str, person: Person) -> Spoken:
    """Return whether a text speaks of somebody; a bare name that several bear says nobody's."""
    said, name = folded(text), folded(person.name)
    if not name or not names(said, name):
        return Spoken.OF_OTHERS
    if not person.others:
        return Spoken.OF_THEM
    if person.which and tells(said, name, person.which):
        return Spoken.OF_THEM
    if any(tells(said, name, each) for each in person.others):
        return Spoken.OF_OTHERS
    # Of whom nobody can say which they are, no more is known than the name.
    return Spoken.UNCLEAR if person.which else Spoken.OF_THEM


def tells(said: str, name: str, which: str) -> bool:
    """Say whether a folded text tells which of several it means: "my sister", "anna from work"."""
    if which not in KIN:
        return bool(which) and names(said, which if "'s " in which else f"{name} {which}")
    words = _WORD.findall(said)
    first, last = _WORD.findall(name)[:1], _WORD.findall(name)[-1:]
    for place, word in enumerate(words):
        if kin_of(word) != which:
            continue
        before, behind = words[max(place - AHEAD, 0) : place], words[place + 1 : place + 2]
        if _OWN & set(before) or before[-1:] == last or behind == first:
            return True
    return False


def names(said: str, name: str) -> bool:
    """Say whether a folded text has a name as words of their own: "Anna" is not in "Susanna"."""
    place = said.find(name)
    while place >= 0:
        before, after = said[:place][-1:], said[place + len(name) : place + len(name) + 1]
        if not (before.isalnum() or after.isalnum()):
            return True
        place = said.find(name, place + 1)
    return False
