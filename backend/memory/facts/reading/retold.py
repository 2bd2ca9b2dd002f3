"""Says in plain words what people tell in a roundabout way: what changed, and to what.

"My favourite colour isn't blue any more, it's green" is read as "My favourite colour is green".
"""

import re
from collections.abc import Iterator

from backend.memory.facts.language.words import TEXT_CHARACTERS_MAX, sentences_of, words_of
from backend.memory.facts.reading.clauses import is_real, without_leads

_CHARACTERS_MAX = 200
_BETWEEN = re.compile(r"(?<=[.!?])[ \t]+|[\r\n]+")
_LEAD = r"(?:(?:actually|well|so|by the way|oh|now)[ ,]+){0,2}"
_NOT_ANY_MORE = r"(?:is not|isn't|isn\u2019t|'s not|\u2019s not|is no longer)"
_OLD = r"\S+(?: \S+){0,3}?(?: any ?more| any longer)?"
_IT_IS = r"[,;.]? (?:but |and |now )?(?:it|that)(?: is|'s|\u2019s)(?: now)?"
_WHO_CHANGES = r"(?:(?:my|the) (?:doctor|gp|psychiatrist|cardiologist|nurse|dentist)|they|we|i)"
_CHANGED = (
    r"(?:lowered|raised|increased|decreased|reduced|upped|doubled|halved|changed|cut|adjusted|put)"
)
_DOSE = r"\d{1,5}(?:[.,]\d{1,3})? ?(?:mg|mcg|g|ml|milligrams?|micrograms?|units?|drops?|tablets?)"
_NUMBER = r"\+?[\d() /.-]{5,24}\d"
_MAY_TELL = re.compile(rf"{_NOT_ANY_MORE} |{_CHANGED} my |\bnumber\b", re.IGNORECASE)
_RETOLD: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(_LEAD + pattern, re.IGNORECASE), plain)
    for pattern, plain in (
        (
            rf"(?P<what>my (?:\S+ ){{1,3}}?){_NOT_ANY_MORE} {_OLD}{_IT_IS} "
            r"(?P<new>\S+(?: \S+){0,4})",
            "{what}is {new}",
        ),
        (
            rf"{_WHO_CHANGES} (?:have |has |'ve |'s )?(?:just )?{_CHANGED} my "
            rf"(?P<what>\S+(?: \S+)?)(?: (?:dose|dosage))?(?: from \S+(?: \S+)?)? (?:down |up )?to "
            rf"(?P<new>{_DOSE}(?: (?:a|per) day)?)",
            "I take {new} of {what}",
        ),
        (
            r"(?:i(?: have|'ve|\u2019ve)?(?: got)?|we have) (?:got )?a new "
            r"(?:phone |mobile |cell )?number(?: now)?(?:[:,]| which is| it is| it's| -)* "
            rf"(?P<new>{_NUMBER})",
            "My phone number is {new}",
        ),
        (
            r"my (?:new (?:phone |mobile |cell )?number is"
            rf"|(?:phone |mobile |cell )?number (?:has )?changed to)(?: now)?:? (?P<new>{_NUMBER})",
            "My phone number is {new}",
        ),
    )
)


def retold(text: str) -> Iterator[tuple[str, str]]:
    """Yield sentences that tell a change, and how they are read; pure, bounded in time."""
    if not _MAY_TELL.search(text):
        return
    for part in _BETWEEN.split(text[:TEXT_CHARACTERS_MAX]):
        said = part.strip(" .!")
        if not 0 < len(said) <= _CHARACTERS_MAX:
            continue
        for pattern, plain in _RETOLD:
            match = pattern.fullmatch(said)
            if match is not None and _is_told(part):
                yield said, plain.format(**match.groupdict())
                break


def _is_told(part: str) -> bool:
    """Say whether a sentence asks and supposes nothing."""
    for sentence in sentences_of(words_of(part)):
        inner, _ = without_leads(sentence.words)
        if sentence.is_asked or not is_real(inner):
            return False
    return True
