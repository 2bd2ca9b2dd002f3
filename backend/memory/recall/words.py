"""Which words of a question matter, and how many of them a text answers."""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from backend.memory.graph.extraction import extract_concepts
from backend.platform import words as cutting

ALIKE = 0.72  # "Hannah" and "Anna" are 0.8, "Anna" and "Diana" 0.67

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W\d_]+)?")
_BETWEEN = re.compile(r"[\s!-&(-/:-@\[-`{-~]+")  # ASCII's marks but the apostrophe
_ENGLISH = re.compile(r"(?<!\w)[A-Za-z]+(?:'[A-Za-z]+)?(?!\w)")
_LITTLE = """
    a an the and or but if of to in on at by for with about as into from up down out over under
    again then once here there all any both each few more most other some such no nor not only
    own same so than too very s t can will just don should now is am are was were be been being
    have has had do does did doing would could might may shall i me my myself we us our ours you
    your yours he him his she her hers it its they them their theirs what which who whom whose
    this that these those when where why how during after before while because until also get
    got ever please tell told say said know remember ask asked mention mentioned talk talked
    think i'm i've i'd it's what's that's let's anything something everything thing things many
    much
"""
_STOP = frozenset(_LITTLE.split())
_BRITISH = re.compile(r"(?<=\w\w)our")  # colour, favourite, neighbour: both sides are cut alike
HEAD = 3  # letters of a word that no ending is cut off from
_ENDINGS = ("ings", "ing", "edly", "ies", "ied", "ed", "es", "s", "ly")


def content_terms(text: str) -> str:
    """Return a question without its little words, for a search that has its own stems."""
    told = _ENGLISH.sub(_unless_little, text.replace("\u2019", "'"))
    return " ".join(word for word in _BETWEEN.split(told) if word)


def content_words(text: str) -> frozenset[str]:
    """Return the stems of the words that carry the meaning."""
    unspaced, words = _words(text)
    return frozenset(stem(word) for word in words if word not in _STOP) | unspaced


def is_bare(text: str) -> bool:
    """Say whether somebody typed nothing but words that matter: they look for these very words."""
    unspaced, words = _words(text)
    told = list(words)
    return bool(told or unspaced) and not any(word in _STOP for word in told)


def names_asked(question: str) -> frozenset[str]:
    """Return the words of the names that a question is about."""
    mentions = extract_concepts(question).mentions
    return frozenset(
        word for mention in mentions for word in mention.concept.key.split() if len(word) > 2
    )


def names_any(names: frozenset[str], text: str) -> bool:
    """Say whether a text has one of the names, or one that sounds alike: speech is heard so."""
    if not names:
        return True
    words = {
        match[0].casefold().replace("\u2019", "'").removesuffix("'s")
        for match in _WORD.finditer(text)
    }
    if names & words:
        return True
    alike = SequenceMatcher(autojunk=False)
    for name in names:
        alike.set_seq2(name)
        for word in words:
            alike.set_seq1(word)
            if alike.quick_ratio() >= ALIKE and alike.ratio() >= ALIKE:
                return True
    return False


def in_first_person(text: str, speakers: Iterable[str]) -> str:
    """Ask as the one who spoke would say it: nobody says "Melanie likes tea" of themselves.

    A turn is embedded without its speaker's name, so that "When did Melanie run?" lies nearer to
    "I ran" as "When did I run?" (10 points of recall@10 on LoCoMo's development half).
    """
    for speaker in speakers:
        first = speaker.split(maxsplit=1)[0] if speaker.strip() else ""
        if first:
            text = re.sub(rf"\b{re.escape(first)}['\u2019]s\b", "my", text)
            text = re.sub(rf"\b{re.escape(first)}\b", "I", text)
    return text


def stem(word: str) -> str:
    """Cut the commonest English endings: good enough to see that two words are one."""
    word = _BRITISH.sub("or", word)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] in "ey" else word


def _unless_little(word: re.Match[str]) -> str:
    return "" if word[0].lower() in _STOP else word[0].removesuffix("'s")


def coverage(question: frozenset[str], text: str) -> float:
    """Return which share of a question's words a text has."""
    if not question:
        return 0.0
    unspaced, words = _words(text)
    # Only what begins alike can have the same stem: few words of four hundred texts do.
    heads = {word[:HEAD] for word in question}
    said = {stem(word) for word in words if word[:HEAD] in heads and word not in _STOP}
    return len(question & (said | unspaced)) / len(question)


def _words(text: str) -> tuple[frozenset[str], Iterator[str]]:
    """Return the parts of what is written without spaces, and the other words, in one form."""
    if text.isascii():
        plain: Iterator[str] = (match[0].lower() for match in _WORD.finditer(text))
        unspaced: frozenset[str] = frozenset()
    else:
        unspaced, rest = cutting.unspaced(cutting.folded(text))
        plain = (word.strip("'") for word in rest.split())
    return unspaced, (whole for word in plain if (whole := _whole(word)))


def _whole(word: str) -> str:
    """Return a word without its 's; little ones that have it are known with it."""
    return word if word in _STOP else word.removesuffix("'s")
