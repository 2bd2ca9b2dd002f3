"""Reads whom somebody wants forgotten: "Forget Hildegunde.", "Delete my aunt from your memory."."""

import re

from backend.memory.facts.language.kin import KIN_SYNONYMS
from backend.memory.facts.language.lexicon import NOT_NAMES
from backend.memory.facts.predicates import KIN

_WORD = r"(?!(?:from|out|please)\b)[^\W\d_][\w'-]*"
_SOMEBODY = re.compile(
    rf"""(?:(?:please|ok(?:ay)?|now|and)[ ,.!]+)*(?:forget|delete|erase|remove)[ ]
    (?:(?:my|our)[ ](?:[a-z]+[ ])??(?P<kin>{"|".join(sorted({*KIN, *KIN_SYNONYMS}))})\b,?)?
    (?:[ ]?(?P<name>{_WORD}(?:[ ]{_WORD}){{0,2}}))?
    (?P<memory>[ ](?:from|out[ ]of)[ ](?:your|my|the)[ ]memory)?
    (?:[ ,]+(?:please|ringback|again|now))*[ .!]*""",
    re.IGNORECASE | re.VERBOSE,
)
_NOBODY = NOT_NAMES | {"anything", "everybody", "everyone", "nobody", "memory", "again"}


def unwanted(heard: str) -> str:
    """Return whom these words want forgotten: by name, else as whose relative; empty: nobody.

    A bare word is a name by its capital alone; behind "my aunt" and before "from your memory" it is
    one in any case.
    """
    found = _SOMEBODY.fullmatch(heard.strip())
    if found is None:
        return ""
    name, kin = found["name"] or "", found["kin"] or ""
    if not name:
        return kin
    words = name.split()
    is_named = all(word[0].isupper() for word in words)
    if words[0].casefold() in _NOBODY or not (is_named or kin or found["memory"]):
        return ""
    return name
