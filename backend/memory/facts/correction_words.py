"""The wordings of corrections, as people say them and as they are transcribed.

Matched against at most 400 characters in lower case, word by word with single blanks; each begins
with words of its own.
"""

import re
from enum import StrEnum

from backend.memory.facts.language.lexicon import word_set


class CorrectionKind(StrEnum):
    """What was the matter with what was said."""

    DENIED = "denied"  # it was never true; what is, was not said
    CORRECTED = "corrected"  # it was never true; this is
    CHANGED = "changed"  # it was true; now this is
    ENDED = "ended"  # it was true and is not any more


OPENINGS = word_set("""
    no nope nah sorry well actually oh um uh er wait hang on hey excuse me ringback listen please
    ok okay yes yeah but and so
""")
_VALUE = r"(?P<value>\S+(?: \S+){0,5}?)"
_OLD = r"(?P<old>\S+(?: \S+){0,3}?)"
_IS = r"(?:it is|it 's|it should be|that is|that 's|it was|he is|he 's|she is|she 's|they are)"
_MY = r"(?:my|her|his|its|their|our) (?:\S+ ){1,3}?(?:is|'s)"
_IT = r"(?:that|this|it) (?:is|'s)"
_LONGER = (
    r"(?:not (?:true|so|right|correct|the case|how it is) (?:any ?more|any longer)"
    r"|no longer (?:true|so|right|correct|the case|valid))"
)
_OUTDATED = r"(?:(?:all |a bit |quite |rather )?(?:outdated|out of date|old news|over|in the past))"
_NOW = r"(?: now| these days| nowadays| at the moment)"
_THING = r"(?:in|at|on|from|to|called|a|an)"
_WRONG = (
    r"(?:(?:(?:that|this) (?:is|'s) (?:wrong|not (?:right|true|correct|so)|incorrect)|wrong"
    r"|not true|incorrect|you (?:are|got (?:that|it)) wrong)(?: ,)? )"
)
_CHANGED_SAID = (
    r"(?:(?:i|she|he|we|they|that|it) (?:have |has |'s )?(?:just )?"
    r"(?:moved|changed|married|switched)|that was before|not any ?more|not any longer"
    r"|that is over|that was once|that used to be)"
)
PATTERNS: tuple[tuple[CorrectionKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            CorrectionKind.CHANGED,
            rf"{_CHANGED_SAID} ,? ?(?:and |so |but )?(?:now )?{_IS} (?:now )?(?:{_THING} )?{_VALUE}"
            rf"{_NOW}?",
        ),
        (CorrectionKind.CHANGED, rf"{_IS} now (?:{_THING} )?{_VALUE}"),
        (CorrectionKind.CHANGED, rf"{_IS} (?:{_THING} )?{_VALUE}{_NOW}"),
        (
            CorrectionKind.ENDED,
            rf"(?:not any ?more|not any longer|no longer|{_IT} {_LONGER}|{_IT} {_OUTDATED}"
            r"|(?:that|it|this) (?:has |'s )?changed(?: since)?(?: then)?"
            r"|(?:i|she|he|we|they) (?:do|does) not(?: \S+){0,3} any ?more)",
        ),
        (
            CorrectionKind.ENDED,
            rf"(?:i|she|he) (?:have |has |'s )?(?:just )?(?:quit|left|resigned)(?: from)?"
            rf"(?: (?:it|there|(?:my|the|that|her|his) job|{_OLD}))?",
        ),
        (
            CorrectionKind.CHANGED,
            rf"(?:it|that) (?:was|used to be) (?:{_THING} )?{_OLD} ?,? (?:but |and )?now "
            rf"(?:{_IS} )?(?:{_THING} )?{_VALUE}",
        ),
        (
            CorrectionKind.DENIED,
            rf"(?:{_IS}|i am|(?:my|her|his|their|our) (?:\S+ ){{1,3}}(?:is|'s)) not "
            rf"(?:{_THING} )?{_OLD}",
        ),
        (
            CorrectionKind.CORRECTED,
            rf"(?:{_IS} |(?:i|she|he|they) (?:am|is|are|'s) |{_MY} )?not (?:{_THING} )?{_OLD} ?,? "
            rf"(?:but|it is|it 's|he is|she is|he 's|she 's|i am) (?:{_THING} )?{_VALUE}",
        ),
        (CorrectionKind.CORRECTED, rf"(?:not|never) (?:{_THING} )?{_OLD} , (?:{_THING} )?{_VALUE}"),
        (
            CorrectionKind.CORRECTED,
            rf"(?:{_IS} |i (?:said|meant|mean|am) |{_MY} )?(?:{_THING} )?{_VALUE} ?,? "
            rf"not (?:{_THING} )?{_OLD}",
        ),
        (
            CorrectionKind.CORRECTED,
            rf"(?:i (?:said|meant|mean)|make (?:that|it)|(?:correct|change|fix) (?:that|it)(?: to)?"
            rf"|it should be|you mean|(?:her|his|its|their) name (?:is|'s)) (?:{_THING} )?{_VALUE}",
        ),
    )
)
DENIALS = re.compile(
    r"(?:(?:that|this|it) (?:is|'s|was) (?:just |simply |all |completely |totally |plain )?"
    r"(?:wrong|incorrect|false|untrue|not (?:right|true|correct|so|it|what i said)|nonsense"
    r"|a mistake|never (?:true|so|right))|(?:that|this) (?:is|was) never true|wrong|incorrect|false"
    r"|not (?:true|right|correct|so)"
    r"|you (?:are|have got|got|have|misunderstood)(?: that| it| this)?(?: all)? ?(?:wrong)?"
    r"|i never (?:said|told you) (?:that|so|any such thing)|i did not say (?:that|so)"
    r"|you misunderstood(?: me| that)?|you misheard(?: me| that)?"
    r"|you are (?:mistaken|wrong)(?: about (?:that|this|it))?|you were wrong"
    r"|i do not think (?:that|this|it) (?:is|'s) (?:right|true|correct|so)"
    r"|(?:that|this|it) can ?not be (?:right|true|correct)"
    r"|(?:i was )?(?:only |just )?(?:joking|kidding)(?: (?:about (?:that|it|this)|with you))?"
    r"|(?:that|this|it) was (?:just |only )?(?:a (?:joke|lie|test)|not serious|not meant seriously)"
    r"|i (?:just )?made (?:that|it|this) up|i did not mean (?:that|it)(?: seriously)?"
    r"|i (?:was lying|lied)(?: to you)?(?: about (?:that|it|this))?"
    r")"
    r"(?: ,? ?(?:at all|i am afraid|ringback|sorry|please|though))*"
)
AFTER_NO = re.compile(rf"(?:{_IS} )?(?:{_THING} )?{_VALUE}")
BEGINS_WRONG = re.compile(_WRONG)
SIMPLY_NOT = re.compile(r"(?:i|she|he|they|it|that) (?:do|does|is|am|are|did|was|were) not")
NO = frozenset({"no", "nope", "nah"})
ACTUALLY = frozenset({"actually", "sorry"})
NOT_VALUES = word_set("""
    fine okay ok all alright right good great enough me you it that this thanks thank nothing not
    no yes sure raining late early true wrong correct problem please wait stop never forget what
    why who how when where everything later tomorrow today now just only because if i he she we
    they there here too so very really can could would will should do don't is are was the my your
    worries need bother mind matter hurry way idea clue thats kidding joking again off on up out
    let joking number answer question everybody
    cancel delete remove tell call send read remind go more some any anything something
""")
EMPTY_ENDS = word_set("please now then actually sorry ringback instead though today")
DAY_OPENINGS = word_set("""
    it is 's that on her his my their she he was born birthday anniversary i said meant mean you
    make should be the
""")
"""What may stand before the right day."""
WORK = re.compile(r"\b(?:quit|left|resigned)\b")
