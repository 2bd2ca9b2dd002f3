"""Whether what was found is about what was asked: a near miss is no answer.

A search brings what lies near. Said aloud as an answer, Anna's birthday is a lie when the question
was for mine, or for my brother's, or for where she lives.
"""

import re

from backend.memory import Recollection
from backend.memory.facts.language.kin import KIN, KIN_SYNONYMS, PLURALS
from backend.memory.facts.language.lexicon import FIRST_NAMES
from backend.memory.recall.words import content_words, names_asked

SURE = 0.6  # a cosine at which other words may mean the same: "car" and "vehicle"
TYPED = 0.45  # the same when it also has what kind of thing was asked for: a day, a place

_KIN_ALIKE = """
    mother mom mum mommy mummy; father dad daddy; grandmother grandma granny; grandfather grandpa;
    sister; brother; son; daughter; wife; husband; aunt auntie; uncle; cousin; niece; nephew;
    girlfriend; boyfriend; boss; neighbour neighbor; dentist; doctor; therapist; landlord; dog; cat
"""
_KIN = {word: frozenset(group.split()) for group in _KIN_ALIKE.split(";") for word in group.split()}
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_MINE = re.compile(r"\b(?:my|our) (?P<thing>(?:[a-z]+ ){0,2}?[a-z]+)\b(?!')")
_ANOTHERS = r"(?:his|her|their|[a-z]+'s|[a-z]+s')"
DAY = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tomorrow|tonight|yesterday"
    r"|morning|afternoon|evening|noon|midnight|week|weekend|month|year|o'clock|christmas|easter"
    r"|first|second|third|[a-z]+th)\b"
)
_PLACE = re.compile(
    r"\b(?:in|at|near|to|from|under|behind|inside|beside|above|below|by|next to|"
    r"on(?! (?:the )?(?:\d|first|second|third|[a-z]+th\b|[a-z]+day\b)))\b"
)
AMOUNT = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|[a-z]+teen|[a-z]+ty)\b"
)
# What is asked of me: "where do I live", "how old am I"; not what I have said of anything.
_ASKED_OF_ME = re.compile(
    r"\b(?:do|did|am|was|have|had|should|will|can) i (?P<does>(?:not )?(?:[a-z]+ly )?[a-z]+)\b"
    r"|\bhow (?P<how>[a-z]+) am i\b|\bwhat am i (?P<to>[a-z]+)\b"
)
_SAYING = content_words("tell say said mention write note ask promise call mean hear read plan")
_OURSELVES = re.compile(r"\b(?:i|me|we|us|i'm|i've|i'd|i'll|we're|we've|mine|ours)\b")
_I_THINK = re.compile(
    r"\b(?:i|we)(?:'ve| have)? (?:think|thought|believe|know|guess|told you|said|heard|hope|wish)\b"
)
_CLAUSE = re.compile(r"[.!?;,\n]|\b(?:who|which|and|but|because|that)\b")
_RELATIVES = "|".join(sorted(KIN | PLURALS | KIN_SYNONYMS.keys()))
_OF_RELATIVE = re.compile(rf"(?:my|our|his|her|their) (?:[a-z]+ ){{0,2}}?(?:{_RELATIVES})\b")
_WHO = re.compile(rf"\b(?:{_RELATIVES})(?: [a-z]+)?,? who\b")
_THEY = frozenset({"she", "he", "they", "she's", "he's", "his", "her", "their"})
_KINDS = (
    (re.compile(r"\b(?:when|what (?:day|date|time))\b"), DAY),
    (re.compile(r"\bwhere\b"), _PLACE),
    (re.compile(r"\bhow (?:many|much|old|tall|far|long)\b"), AMOUNT),
)


def is_about(question: str, found: Recollection) -> bool:
    """Say whether a recollection may be told as the answer to a question."""
    asked, said = _plain(question), _plain(_words(found))
    is_near = _has_kin(asked, said) and _is_whose(asked, said) and _has_matter(question, found)
    return is_near and not _is_of_another(question, found)


def _words(found: Recollection) -> str:
    return found.said or found.text


def _plain(text: str) -> str:
    return text.lower().replace("\u2019", "'")


def _has_kin(asked: str, said: str) -> bool:
    """Say whether the relatives who are asked about are spoken of."""
    words = set(_bare_words(said))
    wanted = [_KIN[word] for word in _bare_words(asked) if word in _KIN]
    return all(group & words for group in wanted)


def _bare_words(text: str) -> list[str]:
    words = [word.removesuffix("'s") for word in _WORD.findall(text)]
    return [word if word in _KIN else word.removesuffix("s") for word in words]


def _is_whose(asked: str, said: str) -> bool:
    """Say whether a thing of mine that is asked for isn't plainly another's."""
    for match in _MINE.finditer(asked):
        thing = re.escape(match["thing"].rsplit(" ", 1)[-1])
        if thing in _KIN:
            continue
        is_anothers = re.search(rf"\b{_ANOTHERS} (?:[a-z]+ )?{thing}\b", said)
        is_mine = re.search(rf"\b(?:my|our) (?:(?!my\b|our\b)[a-z]+ )?{thing}\b", said)
        if is_anothers and not is_mine:
            return False
    return True


def _is_of_another(question: str, found: Recollection) -> bool:
    """Say whether only others do, or are, what is asked of me: my mother's age is not mine."""
    asked, said = _plain(question), _plain(_words(found))
    match = _ASKED_OF_ME.search(asked)
    if match is None or names_asked(question) or any(word in _KIN for word in _bare_words(asked)):
        return False
    does = content_words(match["does"] or match["how"] or match["to"])
    if not does or does & _SAYING:
        return False
    clauses = [clause.strip() for clause in _CLAUSE.split(_WHO.sub("; he", _I_THINK.sub("", said)))]
    told = [clause for clause in clauses if does & content_words(clause)] or clauses
    return all(_is_others(clause) for clause in told if clause)


def _is_others(clause: str) -> bool:
    """Say whether a clause is of somebody else alone: "my mother is 70"."""
    if _OURSELVES.search(clause):
        return False
    first = clause.split(maxsplit=1)[0].removesuffix("'s")
    return _OF_RELATIVE.match(clause) is not None or first in _THEY or first in FIRST_NAMES


def _has_matter(question: str, found: Recollection) -> bool:
    """Say whether it has more of the question than the name: what is asked of them."""
    asked, said = _plain(question), _plain(_words(found))
    names = content_words(" ".join(names_asked(question)))
    kin = content_words(" ".join(word for word in _bare_words(asked) if word in _KIN))
    matter = content_words(question) - names - kin
    if not matter or matter & content_words(f"{found.speaker} {_words(found)}"):
        return True
    cosine = found.signals.get("cosine", 1.0)
    kinds = [sign for asks, sign in _KINDS if asks.search(asked)]
    if kinds:
        return cosine >= TYPED and all(sign.search(said) for sign in kinds)
    return cosine >= SURE
