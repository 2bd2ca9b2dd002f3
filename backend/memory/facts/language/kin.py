"""The words for who belongs to whom: relatives, friends, and the pets that have names."""

from collections.abc import Mapping

_SINGLE_SAID = """
    mother father wife husband partner girlfriend boyfriend fiance fiancee boss manager landlord
    landlady doctor dentist therapist spouse
"""
_SEVERAL_SAID = """
    sister brother sibling son daughter child aunt uncle cousin niece nephew grandmother grandfather
        grandson granddaughter grandchild friend neighbour colleague coworker teacher roommate
    flatmate coach
    stepmother stepfather stepsister stepbrother stepson stepdaughter mentor assistant student twin
    godfather godmother godson goddaughter brother-in-law sister-in-law mother-in-law father-in-law
    son-in-law daughter-in-law ex-wife ex-husband babysitter nanny lawyer
"""
_PETS_SAID = (
    "dog cat horse pet puppy kitten parrot rabbit hamster budgie tortoise pony hen goldfish"
)
SINGLE_KIN = frozenset(_SINGLE_SAID.split())
_FAMILY_SAID = """
    mother father wife husband partner sister brother sibling son daughter child aunt uncle cousin
    niece nephew grandmother grandfather grandson granddaughter grandchild stepmother stepfather
    stepsister stepbrother stepson stepdaughter twin godson goddaughter girlfriend boyfriend
"""
FAMILY = frozenset(_FAMILY_SAID.split())
PETS = frozenset(_PETS_SAID.split())
KIN = SINGLE_KIN | frozenset(_SEVERAL_SAID.split()) | PETS
PLURALS = frozenset({"parents", "grandparents", "kids", "children", "in-laws", "twins"})
KIN_SYNONYMS: Mapping[str, str] = {
    "mom": "mother",
    "mum": "mother",
    "mummy": "mother",
    "mommy": "mother",
    "mama": "mother",
    "dad": "father",
    "daddy": "father",
    "papa": "father",
    "grandma": "grandmother",
    "granny": "grandmother",
    "grandpa": "grandfather",
    "grandad": "grandfather",
    "granddad": "grandfather",
    "neighbor": "neighbour",
    "kid": "child",
    "co-worker": "coworker",
    "fiancé": "fiance",
    "fiancée": "fiancee",
    "stepdad": "stepfather",
    "stepmom": "stepmother",
    "stepmum": "stepmother",
    "housemate": "roommate",
}


_IRREGULAR = {
    "children": "child",
    "grandchildren": "grandchild",
    "wives": "wife",
    "kids": "child",
}


def kin_of(word: str) -> str:
    """Return the relation that a word names, in one spelling; empty when it names none."""
    lowered = word.lower()
    known = KIN_SYNONYMS.get(lowered, lowered)
    if known in KIN:
        return known
    singular = _IRREGULAR.get(lowered, lowered.removesuffix("s"))
    singular = KIN_SYNONYMS.get(singular, singular)
    return singular if singular in KIN else ""


def spoken_for(kin: str) -> tuple[str, ...]:
    """Return every word that names a relation: "mother", "mum", "mom"."""
    return (kin, *(word for word, meant in KIN_SYNONYMS.items() if meant == kin))
