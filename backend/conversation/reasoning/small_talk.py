"""What people say when they want nothing in particular, and what is civil to answer."""

import re

_LEAD = r"(?:(?:oh|well|hey|haha|ok(?:ay)?|no|yes|and|but|so|sorry|ringback)\b[ ,.!]*)*"
_TAIL = r"(?: (?:now|then|please|today|really|so much|very much|at all|again|ringback))*"


def _pattern(alternatives: str) -> re.Pattern[str]:
    joined = "".join(line.strip() for line in alternatives.splitlines())
    return re.compile(rf"{_LEAD}(?:{joined}){_TAIL}")


_FEELING = (
    r"(?:i'?m|i am|i feel|i'm feeling|i am feeling)(?: (?:so|very|really|quite|a bit|pretty))*"
)

ANSWERS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "nod",
        _pattern(
            r"""ok(?:ay)?|k|yes|yeah|yep|yup|sure|right|alright|all right|fine|cool|nice|great|good
            |perfect|i see|got it|understood|hmm+|mm+|uh huh|aha|maybe|whatever|indeed|exactly
            |that'?s (?:right|correct|true|good|great|it|fine)|no problem"""
        ),
        "All right.",
    ),
    (
        "no",
        _pattern(
            r"""no|nope|nah|nothing|never ?mind|forget it|no,? thank(?:s| you)|nothing else
            |cancel|stop|not (?:now|really)|don'?t bother"""
        ),
        "All right. I'm here when you want something.",
    ),
    (
        "laugh",
        _pattern(r"(?:ha){2,}h?|(?:he){2,}|lol|lmao|rofl|(?:that'?s|you'?re) (?:funny|hilarious)"),
        "I'm glad that you're in a good mood.",
    ),
    (
        "praise",
        _pattern(
            r"""(?:good|great|nice|excellent) (?:job|work|one)|well done|good (?:bot|girl|boy)
            |you(?:'re| are)(?: (?:so|very|really|pretty))* (?:great|good|nice|sweet|smart|clever
            |awesome|amazing|helpful|funny|kind|the best|wonderful)|awesome|amazing|wonderful
            |i (?:love|like|adore) you|you rock"""
        ),
        "That's kind of you, thank you.",
    ),
    (
        "rude",
        _pattern(
            r"""(?:you(?:'re| are)?(?: (?:such|so|a|an|really|very|just|fucking|bloody))*
            (?: ?(?:stupid|dumb|useless|idiot|moron|terrible|awful|annoying|rubbish|crap|bad|ugly
            |boring|the worst|worthless|liar|suck|bitch|asshole)\b)+.{0,20})
            |(?:fuck|screw|damn|curse)(?: you| off| this| it)?|piss off|go to hell
            |shut (?:the .+ )?up
            |i hate (?:you|this)|bullshit|what the (?:fuck|hell).{0,20}|wtf|stupid|idiot|useless
            |this (?:is )?(?:sucks|stupid|useless|crap|rubbish)"""
        ),
        "I'm sorry that I'm no better help. Tell me what you need, in other words.",
    ),
    (
        "wrong",
        _pattern(
            r"""(?:that(?:'?s| is| was)|this is|it'?s|you(?:'re| are)|you got (?:it|that))
            (?: (?:all|completely|totally|just|simply))*
            (?: (?:wrong|incorrect|false|mistaken|not (?:true|right|correct)
            |not what i (?:said|meant|asked)))
            |wrong|incorrect|that'?s a mistake|not what i (?:said|meant|asked)|i didn'?t say that
            |you misunderstood(?: me)?"""
        ),
        "I'm sorry. Tell me how it really is, and I'll remember it.",
    ),
    (
        "sorry",
        _pattern(r"(?:i'?m |i am )?(?:so |very )?sorry|excuse me|my bad|my mistake|oops"),
        "No harm done.",
    ),
    (
        "low",
        _pattern(
            rf"""{_FEELING} (?:sad|bored|lonely|tired|exhausted|depressed|upset|angry|anxious|ill
            |sick|stressed|worried|down|unhappy|scared|afraid|not (?:well|good|happy))"""
        ),
        "I'm sorry to hear that. Tell me about it, if you like.",
    ),
    (
        "high",
        _pattern(
            rf"""{_FEELING} (?:happy|good|fine|great|well|excited|glad|relieved|proud|better
            |in love|okay|ok)"""
        ),
        "I'm glad to hear that.",
    ),
    (
        "age",
        _pattern(
            r"""how old are you|when (?:were you|is your|'?s your) (?:born|made|birthday)
            |(?:who|what company) (?:made|built|created|wrote|owns|programmed) you
            |where (?:are you|do you (?:live|come from|run))(?: from)?
            |(?:are you|do you have) (?:alive|feelings|conscious|sentient|a body|a family)"""
        ),
        "I'm a program that somebody runs on a machine of their own; there is not much more to me.",
    ),
    (
        "english",
        _pattern(
            r"""(?:can|do) you (?:speak|understand|know)(?: any)?
            (?: (?:german|french|spanish|italian|portuguese|dutch|polish|chinese|japanese|russian
            |arabic|turkish|hindi|other languages?|languages?|another language))
            |(?:what|which) languages? (?:do|can) you (?:speak|understand)"""
        ),
        "I understand only English so far.",
    ),
    (
        "privacy",
        _pattern(
            r"""(?:do|are) you (?:record|recording|listen|listening|store|storing|spy|spying)
            (?:ing)?(?: (?:on|to))?(?: (?:me|us|this|this call|what i say|everything))?
            |where(?:'?s| is| are| do you keep) (?:my|our|the|your) (?:data|words|memories)
            |(?:is (?:this|it)|am i) (?:safe|private|secure|recorded)
            |who can (?:see|hear|read) .{0,30}
            |is (?:this|my data) (?:safe|private|secure|recorded)"""
        ),
        "I keep what we say in words, on the machine that I run on. Whoever runs that machine"
        " decides what else it uses.",
    ),
    (
        "everything",
        _pattern(
            r"""what (?:did|have|do) i (?:say|said|tell you|told you)
            (?: (?:today|yesterday|so far|lately|before|last time|last week|this week))*
            |what (?:all )?(?:did|have) we talk(?:ed)? about"""
        ),
        "Ask me about one person or one thing, and I'll say what you told me."
        " The page lists all that I remember.",
    ),
)

REPEAT = _pattern(
    r"""what|huh|eh|pardon(?: me)?|come again|what did you (?:just )?say|what was that
    |(?:can|could|would) you (?:please )?(?:say|repeat) (?:that|it)(?: again)?
    |(?:please )?(?:say|repeat)(?: (?:that|it|yourself))?(?: again)?|once more|i (?:didn'?t|don'?t)
    (?: (?:hear|catch|get|understand)) (?:that|you|it)|again"""
)
WHO_AM_I = _pattern(
    r"""(?:(?:do you know|tell me) )?
    (?:who am i|who i am|what(?:'s| is) my name|my name(?: is what)?)"""
)

_LETTERS = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_WORD = re.compile(r"[^\W\d_]+")
# Little words of the neighbours' languages that English does not have.
_FOREIGN_WORDS = """
    und der das ist ich nicht mein meine wie geht ein eine habe guten wann hast mir dir dich mich
    sie sind kannst bitte danke oder auch heute morgen schwester bruder geburtstag
    cómo llamas llamo appelle oui está heißt heiße buenos días
    el la loss una es que como esta soy mi cuando por favor gracias hola quiero donde tengo
    le les je suis ma mon est une vous nous quand bonjour merci pas avec pour où
    il che sono mia mio quando ciao grazie ho di non perché obrigado minha meu você não
    het een niet ik mijn wanneer dank
"""
_FOREIGN = frozenset(_FOREIGN_WORDS.split())
_ENGLISH_WORDS = """
    the a an is are was were i you he she it we they my your his her our their to of in on at and or
    for with that this what when where who why how do does did have has had can will would not
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())


def small_talk(folded: str) -> str:
    """Return the topic of a folded utterance that wants nothing; empty when it does."""
    return next((topic for topic, pattern, _ in ANSWERS if pattern.fullmatch(folded)), "")


def answer(topic: str) -> str:
    """Return what is said to a topic."""
    return next(said for name, _, said in ANSWERS if name == topic)


def is_foreign(text: str) -> bool:
    """Say whether words are plainly of another language than English."""
    letters = _LETTERS.findall(text)
    if not letters:
        return False
    if "\u00bf" in text or "\u00a1" in text:  # only Spanish opens its questions
        return True
    if sum(1 for letter in letters if _LATIN.match(letter)) * 2 < len(letters):
        return True
    words = [word.lower() for word in _WORD.findall(text)]
    foreign = sum(1 for word in words if word in _FOREIGN)
    english = sum(1 for word in words if word in _ENGLISH)
    return foreign >= 2 and foreign > english and foreign * 4 >= len(words)


def is_wordless(text: str) -> bool:
    """Say whether there is nothing to read in it: pictures, marks."""
    return not any(letter.isalnum() for letter in text)
