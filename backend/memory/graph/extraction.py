"""Reads names and how they are related from a sentence, by rules: no model, no network."""

import re
from collections.abc import Iterator

from backend.memory.graph.types import Concept, ConceptKind, Extracted, Mention, Relation

TEXT_CHARACTERS_MAX = 4000
CONCEPTS_MAX = 20

_KIN = """
    mother mom mum father dad parent sister brother sibling son daughter child wife husband partner
    girlfriend boyfriend fiance fiancee aunt uncle cousin niece nephew grandmother grandma
    grandfather grandpa grandson granddaughter friend neighbour neighbor boss colleague coworker
    teacher doctor dentist therapist roommate landlord manager coach dog cat horse pet
"""
_RELATIVES = "|".join(_KIN.split())
_NOT_NAMES = """
    i i'm i'll i've i'd ok okay yes no please remember take note notes ringback hello hi hey thanks
    thank goodbye bye monday tuesday wednesday thursday friday saturday sunday january february
    march april may june july august september october november december today tomorrow tonight
    yesterday christmas easter mr mrs ms dr english the a an my our your his her their its this that
    these those there here we he she it they you what when where who whom whose which why how is are
    was were do does did have has had can could will would should and but or so if in on at to from
    for with by of about after before not never always also just then now well oh alright everybody
    someone something everything nothing tell buy call get
"""
_NOT_A_NAME = frozenset(_NOT_NAMES.split())
_WORD = r"[A-Z][\w'-]{0,30}"
_NAME = rf"{_WORD}(?: {_WORD}){{0,2}}"
_NAMES = re.compile(rf"(?<![\w']){_NAME}")
_POSSESSED = re.compile(
    rf"\b(?P<whose>[Mm]y|[A-Z]\w{{1,30}}'s)(?: \w{{1,30}})?? (?P<kin>{_RELATIVES})"
    rf"(?:'s name is|,? is called|,? is named|,? called|,? named|,? is|,)? (?=(?P<name>{_NAME}))"
)
_NAMED_FIRST = re.compile(
    rf"(?P<name>{_NAME}),? (?:is|was) (?P<whose>my|[A-Z]\w{{1,30}}'s)(?: \w{{1,30}})??"
    rf" (?P<kin>{_RELATIVES})\b"
)
_PLACE_VERBS = {
    "live": "lives in",
    "living": "lives in",
    "move": "moved to",
    "work": "works in",
    "born": "born in",
}
_PLACE = re.compile(
    rf"(?:\b(?P<verb>lives?|living|lived|moved?|moves|works?|worked|working|born) )?"
    rf"\b(?P<preposition>in|to|from|near) (?P<name>{_NAME})"
)
_SELF = re.compile(r"\b(?:[Ii]|[Ww]e)(?:'m| am| was|'ve| have)?(?: \w{1,30})? ?$")
_OWNED_END = re.compile(r"'s?$")
_FOLLOWS_A_NAME = re.compile(r" (?:is|was|has|had|likes|loves|lives|moved|works|said|called|and)\b")


def extract_concepts(text: str, speaker: str = "") -> Extracted:
    """Return what a text names, and what it says about it. Pure, and bounded in time."""
    words = text[:TEXT_CHARACTERS_MAX].replace("\u2019", "'")
    relations = [*_relatives(words, speaker), *_places(words, speaker)]
    places = {relation.object for relation in relations if _is_place(relation.object)}
    places.update(Concept(ConceptKind.PLACE, name) for name in _place_names(words))
    people = {c for r in relations for c in (r.subject, r.object) if not _is_place(c)}
    known = {concept.key for concept in people | places}
    others = [
        Concept(ConceptKind.PERSON if _is_person(words, name) else ConceptKind.THING, name)
        for _, name in _names(words)
        if Concept(ConceptKind.THING, name).key not in known
    ]
    named = dict.fromkeys([*sorted(people | places, key=lambda c: words.find(c.name)), *others])
    mentions = tuple(Mention(concept) for concept in list(named)[:CONCEPTS_MAX])
    kept = {mention.concept for mention in mentions}
    return Extracted(
        mentions=mentions,
        relations=tuple(
            relation
            for relation in dict.fromkeys(relations)
            if {relation.subject, relation.object} <= kept
        ),
    )


def _relatives(words: str, speaker: str) -> Iterator[Relation]:
    """Find "my sister Anna" and "Anna is my sister"."""
    for pattern in (_POSSESSED, _NAMED_FIRST):
        for match in pattern.finditer(words):
            name, whose = _bare(match["name"]), match["whose"]
            subject = (speaker or "me") if whose.lower() == "my" else _bare(whose)
            if _is_name(name):
                yield Relation(
                    Concept(ConceptKind.PERSON, subject),
                    match["kin"],
                    Concept(ConceptKind.PERSON, name),
                )


def _places(words: str, speaker: str) -> Iterator[Relation]:
    """Find "Anna lives in Lisbon" and "I moved to Berlin": the last name before the verb is who."""
    names = _names(words)
    for match in _PLACE.finditer(words):
        place, verb = _bare(match["name"]), match["verb"] or ""
        stem = next((said for start, said in _PLACE_VERBS.items() if verb.startswith(start)), "")
        before = [name for end, name in names if end <= match.start()]
        if _SELF.search(words[: match.start()]):
            before.append(speaker or "me")
        if stem and before and _is_name(place) and match["preposition"] in {"in", "to"}:
            yield Relation(
                Concept(ConceptKind.PERSON, before[-1]), stem, Concept(ConceptKind.PLACE, place)
            )


def _place_names(words: str) -> Iterator[str]:
    for match in _PLACE.finditer(words):
        name = _bare(match["name"])
        if match["preposition"] == "in" and _is_name(name):
            yield name


def _names(words: str) -> list[tuple[int, str]]:
    """Return names with where they end; a sentence's first word only when it must be one."""
    found: list[tuple[int, str]] = []
    for match in _NAMES.finditer(words):
        parts = [part for part in match[0].split() if part.lower() not in _NOT_A_NAME]
        name = _bare(" ".join(parts))
        if not _is_name(name):
            continue
        begins = words[: match.start()].rstrip()[-1:] in {"", ".", "!", "?"}
        is_owner = match[0].endswith("'s")
        if not begins or len(parts) > 1 or is_owner or _FOLLOWS_A_NAME.match(words, match.end()):
            found.append((match.end(), name))
    return found


def _is_person(words: str, name: str) -> bool:
    """Say whether a name does or owns something, as people do."""
    named = re.escape(name)
    does = rf"\b{named}(?:'s\b| (?:and|is|was|has|had|likes|loves|lives|works|said|called|told)\b)"
    undergoes = rf"\b(?:with|and|tell|ask|call|met|meet|for|visit) {named}\b"
    return re.search(f"{does}|{undergoes}", words) is not None


def _is_place(concept: Concept) -> bool:
    return concept.kind is ConceptKind.PLACE


def _is_name(name: str) -> bool:
    return len(name) > 1 and name.split(maxsplit=1)[0].lower() not in _NOT_A_NAME


def _bare(name: str) -> str:
    return _OWNED_END.sub("", name)
