"""Reads whom somebody wants forgotten: "Forget Hildegunde.", "Delete my aunt from your memory."."""

import re

from backend.memory.facts.language.kin import KIN_SYNONYMS
from backend.memory.facts.language.lexicon import NOT_NAMES
from backend.memory.facts.predicates import KIN

_WORD = r"(?!(?:from|out|please|at|in)\b)[^\W\d_][\w'-]*"
_KIN = "|".join(sorted({*KIN, *KIN_SYNONYMS}))
_SOMEBODY = re.compile(
    rf"""(?:(?:please|ok(?:ay)?|now|and)[ ,.!]+)*(?:forget|delete|erase|remove)[ ]
    (?:(?:my|our)[ ](?:[a-z]+[ ])??(?P<kin>{_KIN})\b,?)?
    (?:[ ]?(?P<name>{_WORD}(?:[ ]{_WORD}){{0,2}}))?
    (?P<met>[ ](?:from|at|in)[ ](?!(?:your|my|the)[ ]memory\b)[\w' -]+?)?
    (?P<memory>[ ](?:from|out[ ]of)[ ](?:your|my|the)[ ]memory)?
    (?:[ ,]+(?:please|ringback|again|now))*[ .!]*""",
    re.IGNORECASE | re.VERBOSE,
)
_NOBODY = NOT_NAMES | {"anything", "everybody", "everyone", "nobody", "memory", "again"}


_WHICH = re.compile(
    rf"(?:(?:my|our)[ ](?:[a-z]+[ ])??(?P<kin>{_KIN})\b,?[ ])?"
    rf"(?P<name>{_WORD}(?:[ ]{_WORD}){{0,2}})"
    r"(?P<met>[ ](?:from|at|in)[ ][\w' -]+)?",
    re.IGNORECASE,
)


def whom(topic: str) -> tuple[str, str]:
    """Return the name in what is to be forgotten, and which of several they said it is."""
    found = _WHICH.fullmatch(topic.strip())
    if found is None:
        return "", ""
    return found["name"], (found["kin"] or found["met"] or "").strip()


def unwanted(heard: str) -> tuple[str, str]:
    """Return whom these words want forgotten, and which of several they said it is.

    It is a name, else whose relative; empty: nobody.
    A bare word is a name by its capital alone; behind "my aunt" and before "from your memory" it is
    one in any case.
    """
    found = _SOMEBODY.fullmatch(heard.strip())
    if found is None:
        return "", ""
    name, kin = found["name"] or "", found["kin"] or ""
    if not name:
        return ("", "") if found["met"] else (kin, "")
    words = name.split()
    is_named = all(word[0].isupper() for word in words)
    if words[0].casefold() in _NOBODY or not (is_named or kin or found["memory"]):
        return "", ""
    return name, kin or (found["met"] or "").strip()
