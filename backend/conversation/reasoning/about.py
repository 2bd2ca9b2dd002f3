"""Whether what was found is about what was asked: a near miss is no answer.

A search brings what lies near. Said aloud as an answer, Anna's birthday is a lie when the question
was for mine, or for my brother's, or for where she lives.
"""

import re

from backend.memory import Recollection
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
_KINDS = (
    (re.compile(r"\b(?:when|what (?:day|date|time))\b"), DAY),
    (re.compile(r"\bwhere\b"), _PLACE),
    (re.compile(r"\bhow (?:many|much|old|tall|far|long)\b"), AMOUNT),
)


def is_about(question: str, found: Recollection) -> bool:
    """Say whether a recollection may be told as the answer to a question."""
    asked, said = _plain(question), _plain(_words(found))
    return _has_kin(asked, said) and _is_whose(asked, said) and _has_matter(question, found)


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
