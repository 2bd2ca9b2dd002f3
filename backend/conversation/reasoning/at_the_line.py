"""Reads who says that they speak now: "This is Eli", "Hi, it's Eli on Dana's phone", "Dana again".

Somebody else on a line is a guest there, so a false reading would take the owner's words for a
guest's. What only names a third person ("This is my sister Anna", "This is Anna's number") or is
no name ("It's Friday") is left alone.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from backend.memory.facts.language.kin import KIN_SYNONYMS, kin_of
from backend.memory.facts.language.lexicon import FIRST_NAMES
from backend.memory.facts.predicates import KIN
from backend.memory.graph.types import folded

SENTENCES_MAX = 3  # whoever takes the line says so first
HEARD_CHARACTERS_MAX = 2_000
A_GUEST = "a guest"  # who says only who they are not

_NOT_NAMES_SAID = """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december christmas easter spring summer autumn winter i
    me my not the a an it this that there here ok okay yes no english german french spanish italian
    european american british catholic muslim jewish hindu buddhist christian vegan vegetarian sure
    another back home god ringback nothing everything everybody anybody nobody somebody all
"""
_NOT_NAMES = frozenset(_NOT_NAMES_SAID.split())
_GREETING = (
    r"(?P<greeting>(?:(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day))"
    r"(?: there| again| ringback)*[ ,.!-]+)+)?"
)
_FILLER = r"(?:(?:no|yes|oh|well|wait|sorry|okay|ok|so|and|but|now|actually|by the way)[ ,.!-]+)*"
_NAME = r"(?P<name>[^\W\d_][\w\u2019'-]*?(?: (?-i:[A-Z])[\w'-]+)?)(?!['\u2019]s)(?![\w'\u2019-])"
_OF = r"(?P<of>[^\W\d_][\w-]*(?: (?-i:[A-Z])[\w-]+)?)['\u2019]s?"
_DEVICE = (
    r"(?:(?:mobile |cell )?phone|line|number|mobile|cell|computer|laptop|tablet|keyboard|account"
    r"|device|machine)"
)
_ON = (
    r"[ ,]+(?:(?:here|calling|speaking|talking|writing|texting) )?(?:on|from|with|using|at)"
    rf" {_OF} {_DEVICE}"
)
_SAYS_SO = r" (?:here|speaking|again|now|this time|on the (?:phone|line)|calling)"
_WHOSE_KIN = (
    r"(?:(?P<whose>her|his|their)|(?P<kin_of>[^\W\d_][\w-]*)['\u2019]s?)"
    r" (?:(?:older|younger|little|big|oldest|youngest|best|good|new) )*(?P<kin>[\w-]+)"
)
_KIN_TAIL = rf"[, ]+(?:and )?(?:(?:i'?m|i am) )?{_WHOSE_KIN}"
_MINE = (
    r"(?:i|i'm|i've|i'd|i'll|my|can|could|may|please|what|where|when|who|how|do|does|remember|never"
    r"|don't|you)\b"
)
_NOT_OF_ONESELF = (
    r"(?!i(?:'ve| have)? (?:think|thought|guess|believe|suppose|mean|meant|hope|said|told|met|bet"
    r"|know (?:her|him)|love (?:her|him))\b)"
    rf"(?!my (?:[\w-]+ )?(?:{'|'.join(sorted(map(re.escape, {*KIN, *KIN_SYNONYMS})))})\b)"
)
_CLAUSE = (
    rf"(?P<clause>[,;:-]+ *(?:and |so )?{_NOT_OF_ONESELF}{_MINE}| and {_NOT_OF_ONESELF}{_MINE})"
)
_END = r"[ ,.!;:-]*$"

_IS = (
    r"(?P<is>this is|it'?s|it is|i'?m|i am|my name is|my name's"
    r"|you(?:'re| are) (?:now )?(?:talking|speaking) (?:to|with))"
)
_BEGINS = re.compile(rf"{_FILLER}{_GREETING}{_FILLER}", re.IGNORECASE)
_DENIES = re.compile(
    rf"(?:i'?m not|i am not|this is not|this isn'?t|it'?s not|it isn'?t) {_NAME}(?:,? (?:i'?m|i am"
    r"|it'?s|this is|but))?(?: now| today| any ?more)?[,.!;: -]*",
    re.IGNORECASE,
)
_SAYS = re.compile(rf"{_IS} {_NAME}", re.IGNORECASE)
_HERE = re.compile(
    rf"{_NAME}(?: (?:here|speaking|again|is back)\b|(?={_ON}))(?! (?:is|was|has|had|said|and))",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    rf"(?:this is|it'?s|i'?m|i am) {_WHOSE_KIN}"
    r"(?:,? (?P<name>(?-i:[A-Z])[\w'-]+))?",
    re.IGNORECASE,
)
_ME_AGAIN = re.compile(
    r"(?:it'?s|it is|this is) (?:just |only )?me (?:again|now)|me again",
    re.IGNORECASE,
)
_ON_ALONE = re.compile(_ON, re.IGNORECASE)
_SAYS_SO_ALONE = re.compile(_SAYS_SO, re.IGNORECASE)
_KIN_ALONE = re.compile(_KIN_TAIL, re.IGNORECASE)
_CLAUSE_ALONE = re.compile(_CLAUSE, re.IGNORECASE)
_END_ALONE = re.compile(_END)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_JOINS = " \t,.;:!-\u2013\u2014"


@dataclass(frozen=True, slots=True)
class AtTheLine:
    """Somebody who says that they speak now."""

    name: str = ""  # empty: they only say who they are not, or that it's them again
    rest: str = ""  # what they say besides
    is_sure: bool = False  # by the way they say it; else only a known name is one
    is_again: bool = False  # "It's me again"
    denied: str = ""  # who they say they are not
    host: str = ""  # whose phone it is, or whose relative they are
    is_hosts: bool = False  # they are on that one's phone, or nobody but that one's relative

    def is_host(self, own: Collection[str]) -> bool:
        """Say whether it is whose line it is, by one of their names."""
        return bool(self.name) and _is_one_of(self.name, own)

    def is_guest(self, own: Collection[str], *, is_known: bool = False) -> bool:
        """Say whether it is somebody else than whose line it is, by the names of that one.

        `is_known`: somebody of this name has been spoken of.
        """
        if self.is_again or self.is_host(own):
            return False
        if self.denied:
            return not own or _is_one_of(self.denied, own)
        if self.host:
            is_of_this_line = _is_one_of(self.host, own) or (not own and self.is_hosts)
            return is_of_this_line and bool(self.name)
        return bool(own) and bool(self.name) and (self.is_sure or is_known)


def at_the_line(text: str) -> AtTheLine | None:
    """Return who says that they speak now; None when nobody does."""
    if len(text) > HEARD_CHARACTERS_MAX:
        return None
    text = " ".join(text.replace("\u2019", "'").split())
    begun = _BEGINS.match(text)
    is_greeted = begun is not None and bool(begun["greeting"])
    said = text[begun.end() :] if begun is not None else text
    denied = _DENIES.match(said)
    if denied is not None and _is_a_name(denied["name"]):
        return _denying(said, denied)
    if again := _ME_AGAIN.match(said):
        return AtTheLine(is_again=True, rest=_rest(said[again.end() :]))
    return _relative(said) or _named(said, is_greeted=is_greeted)


def _denying(said: str, denied: re.Match[str]) -> AtTheLine | None:
    """Read "I'm not Dana, I'm her son Max": who they are is in the same breath, or unsaid."""
    rest = said[denied.end() :]
    # Of "I'm not Dana, I'm her son Max" the second "I'm" is in the match.
    opened = re.search(r"(?:i'?m|i am|it'?s|this is)[, ]*$", denied[0], re.IGNORECASE)
    told = f"{opened[0].strip(_JOINS)} {rest}" if opened else rest
    who = _relative(told) or _named(told, is_greeted=True)
    if who is not None:
        return replace(who, denied=denied["name"], host=denied["name"])
    return AtTheLine(denied=denied["name"], rest="" if opened else _rest(rest))


def _relative(said: str) -> AtTheLine | None:
    """Read "I'm Dana's son Max", "This is her husband Eli"."""
    found = _RELATIVE.match(said)
    if found is None or kin_of(found["kin"].lower()) not in KIN:
        return None
    if not found["name"] and not found["whose"] and not _END_ALONE.match(said[found.end() :]):
        is_clause = _CLAUSE_ALONE.match(said[found.end() :])
        if not is_clause and not said[found.end() :].startswith((".", "!")):
            return None
    host = found["kin_of"] or ""
    if found["name"] is None and not host:
        return None
    name = found["name"] or f"{host}'s {kin_of(found['kin'].lower())}"
    return AtTheLine(name, _rest(said[found.end() :]), host=host, is_sure=not host)


def _named(said: str, *, is_greeted: bool) -> AtTheLine | None:
    found = _SAYS.match(said)
    here = None if found is not None else _HERE.match(said)
    match = found or here
    if match is None or not _is_a_name(match["name"]):
        return None
    name, after = match["name"], said[match.end() :]
    if on := _ON_ALONE.match(after):
        return AtTheLine(name, _rest(after[on.end() :]), host=on["of"], is_hosts=True)
    kin = _KIN_ALONE.match(after)
    if kin is not None and kin_of(kin["kin"].lower()) in KIN:
        rest = _rest(after[kin.end() :])
        return AtTheLine(name, rest, host=kin["kin_of"] or "", is_sure=bool(kin["whose"]))
    return _by_form(match, name, after, is_greeted=is_greeted)


def _by_form(match: re.Match[str], name: str, after: str, *, is_greeted: bool) -> AtTheLine | None:
    """Return a name by how it was said: what else begins so is far more often no name."""
    groups = match.groupdict()
    is_first_name = name.split(maxsplit=1)[0].lower() in FIRST_NAMES
    is_written = name[0].isupper()
    so = _SAYS_SO_ALONE.match(after) if "is" in groups else None
    rest_said = after[so.end() :] if so is not None else after
    clause, is_end = _CLAUSE_ALONE.match(rest_said), _ends(rest_said)
    if not (clause or is_end):
        return None
    rest = _rest(rest_said)
    if "is" not in groups:  # "Eli here": the capital is the sentence's
        return AtTheLine(name, rest, is_sure=is_first_name or (is_greeted and is_written))
    form = groups["is"].lower().replace("'", "")
    if not is_written and not is_first_name:
        return None
    match form:
        case "this is":
            is_sure = is_first_name or so is not None or clause is not None
            is_sure = is_sure and (is_written or is_greeted or clause is not None)
        case "its" | "it is":
            # As an answer, "It's Anna" names whom was asked for.
            if not (is_greeted or so is not None or clause is not None):
                return None if not is_end else AtTheLine(name, rest)
            is_sure = (is_first_name and is_written) or so is not None
        case "im" | "i am":
            is_sure = is_first_name and is_written
        case _ if form.startswith("you"):
            is_sure = is_written
        case _:
            return AtTheLine(name, rest)  # "My name is Sam" is the owner's to say
    return AtTheLine(_written(name), rest, is_sure=is_sure)


def _ends(after: str) -> bool:
    return after.lstrip(" ,")[:1] in {"", ".", "!"} and not after[:1].isalnum()


def _rest(after: str) -> str:
    rest = after.lstrip(_JOINS)
    for link in ("and ", "so "):
        rest = rest.removeprefix(link)
    return rest[:1].upper() + rest[1:]


def _is_a_name(name: str) -> bool:
    return not any(word.lower() in _NOT_NAMES for word in name.split())


def _written(name: str) -> str:
    """Return a name with its capitals: not everybody types them."""
    return name.title() if name.islower() else name


def _is_one_of(name: str, own: Collection[str]) -> bool:
    said = folded(name)
    return any(said == each or said == each.split()[0] for each in own if each)
