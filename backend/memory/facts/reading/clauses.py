"""Cuts sentences into what is asserted: no question, no supposition, nothing that others said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from backend.memory.facts.language import lexicon
from backend.memory.facts.language.kin import kin_of
from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.numbers import ordinal_of
from backend.memory.facts.language.words import Sentence, Word

CLAUSE_WORDS_MAX = 40
_LEAD_WORDS_MAX = 6

_PRONOUNS = frozenset({"i", "she", "he", "we", "they", "you", "it"})
_OWNERS = frozenset({"my", "our", "his", "her", "their", "your"})
_JOINTS = frozenset(
    {"um", "uh", "er", "and", "but", "because", "so", "though", "although", "plus", "then", "cause"}
)
_ONLY_BEFORE_SUBJECTS = frozenset({"before", "after", "once", "until", "while"})
_TIME_LEADS = frozenset(
    {"on", "since", "in", "last", "every", "for", "this", "at", "from", "next", "tomorrow"}
    | {"until", "till", "between"}
)
_GOES_ON = word_set("""
    am is are 's have has was were live lives work works like likes love loves hate hates do
    does drive drives take takes speak speaks don't used moved go get eat drink play study own
""")
_ELLIPTIC = {
    "live": ("in", "at", "with"),
    "lives": ("in", "at", "with"),
    "work": ("at", "for", "as", "in"),
    "works": ("at", "for", "as", "in"),
    "speak": (),
    "speaks": (),
    "drive": ("a", "an"),
    "drives": ("a", "an"),
    "have": ("a", "an", "two", "three", "four"),
    "has": ("a", "an", "two", "three", "four"),
    "like": (),
    "likes": (),
    "hate": (),
    "hates": (),
    "am": (),
    "go": ("to",),
    "goes": ("to",),
    "get": ("up",),
    "gets": ("up",),
}
_PIN = ("never forget", "do not forget", "do not ever forget", "always remember")
_LEADS = (
    *_PIN,
    "remember",
    "keep in mind",
    "bear in mind",
    "make a note",
    "take a note",
    "note",
    "you should know",
    "just so you know",
    "so you know",
    "did you know",
    "i told you",
    "i already told you",
    "i have told you",
    "i mean",
    "i must say",
    "as i said",
    "like i said",
    "like i told you",
    "let me think",
    "let me see",
    "as you know",
    "as i told you",
    "the thing is",
    "the truth is",
    "fun fact",
    "for the record",
    "for your information",
    "for what it 's worth",
    "fyi",
    "you know",
    "by the way",
    "of course",
    "in fact",
    "to be honest",
    "please",
    "can you remember",
    "could you remember",
    "i want you to know",
    "i wanted to say",
    "i just wanted to say",
    "i wanted to tell you",
    "i just wanted to tell you",
    "i wanted to let you know",
    "i just wanted to let you know",
    "i want to tell you",
    "let me tell you",
    "i want you to remember",
)


def _by_first_word() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for lead in sorted((tuple(lead.split()) for lead in _LEADS), key=len, reverse=True):
        found.setdefault(lead[0], []).append(lead)
    return found


_LEAD_WORDS = _by_first_word()
_WH = frozenset({"what", "when", "where", "who", "which", "why", "how", "if", "whether", "to"})


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that is asserted."""

    words: tuple[Word, ...]
    is_pinned: bool = False  # "never forget that …"
    is_elliptic: bool = False  # its subject is that of the clause before


def clauses_of(sentence: Sentence) -> list[Clause]:
    """Return what a sentence asserts; nothing when it asks, supposes or tells a tale."""
    words, is_pinned = without_leads(sentence.words)
    if sentence.is_asked or not words or _asks(words) or _is_tale(sentence.words):
        return []
    if _is_tagged(words) or _is_mocking(sentence.words):
        return []
    words = _asserted(_without_tail(words))
    found: list[Clause] = []
    start = 0
    for index in [*_starts(words), len(words)]:
        part = words[start:index]
        is_elliptic = start > 0 and part[:1] != () and part[0].low in _ELLIPTIC
        inner, is_inner_pinned = without_leads(part)
        if inner and is_real(inner):
            moved = _times_last(inner)[:CLAUSE_WORDS_MAX]
            found.append(Clause(moved, is_pinned or is_inner_pinned, is_elliptic))
        start = index
    return found


def without_leads(words: Sequence[Word]) -> tuple[tuple[Word, ...], bool]:
    """Take off what only opens a sentence; say too whether it asks never to be forgotten."""
    at, is_pinned = 0, False
    while at < len(words):
        lead = _lead_at(words, at)
        if lead is not None and not _asks_on(words, at + len(lead)):
            is_pinned = is_pinned or " ".join(lead) in _PIN
            at += len(lead)
            at += at < len(words) and words[at].low == "that"
        elif words[at].is_mark or words[at].low in lexicon.FILLERS:
            at += 1
        else:
            break
    return tuple(words[at:]), is_pinned


def is_real(words: Sequence[Word]) -> bool:
    """Say whether a clause tells what is so, not what could be."""
    lows = [word.low for word in words]
    if any(low in lexicon.UNREAL for low in lows) or _is_allowed(words):
        return False
    return not any(
        first in {"some", "one", "these"} and second == "day" for first, second in pairwise(lows)
    )


def _is_allowed(words: Sequence[Word]) -> bool:
    """Say whether "may" is the verb, not the month."""
    for at, word in enumerate(words):
        if word.low == "may" and (at == 0 or words[at - 1].low in _PRONOUNS or not word.is_capital):
            before = words[at - 1].low if at else ""
            follows = words[at + 1].low if at + 1 < len(words) else ""
            is_dated = before in _BEFORE_MONTHS or ordinal_of(words, at + 1)[0] or not follows
            if not is_dated and not ordinal_of(words, at - 1)[0]:
                return True
    return False


_BEFORE_MONTHS = frozenset({"since", "in", "of", "next", "last", "this", "on", "every", "by"})


def is_subject(words: Sequence[Word], at: int) -> bool:
    """Say whether a clause could begin with this word."""
    low = words[at].low
    if low in _PRONOUNS or low in _OWNERS:
        return True
    follows = words[at + 1].low if at + 1 < len(words) else ""
    return low in lexicon.FIRST_NAMES and (
        follows in _GOES_ON or follows in {"'s", "from", "and"} or follows.endswith("s")
    )


def _asks_on(words: Sequence[Word], at: int) -> bool:
    return at < len(words) and words[at].low in _WH


def _asks(words: Sequence[Word]) -> bool:
    first = words[0].low
    second = words[1].low if len(words) > 1 else ""
    return first in lexicon.QUESTION_STARTS or (first == "tell" and second == "me")


def _is_tagged(words: Sequence[Word]) -> bool:
    """Say whether it asks to be borne out, its mark left out: "I live in Porto, do I"."""
    lows = [word.low for word in words if not word.is_mark]
    if lows[-1] in _PRONOUNS and len(lows) > 3:
        helper = lows[-3] if lows[-2] == "not" else lows[-2]
        return helper in _HELPERS
    return lows[-1:] == ["right"] and len(lows) > 3 and lows[-2] not in _BEFORE_RIGHT


_HELPERS = frozenset({"do", "does", "did", "am", "is", "are", "was", "were", "have", "has"})
_BEFORE_RIGHT = frozenset({"all", "turn", "is", "'s", "on", "the", "to", "am", "was", "not"})


def _is_mocking(words: Sequence[Word]) -> bool:
    """Say whether it opens as what is meant the other way round: "yeah right, I love waiting"."""
    lows = [word.low for word in words if not word.is_mark][:2]
    return lows in (["yeah", "right"], ["oh", "sure"], ["oh", "great"], ["as", "if"])


_TAILS = (("remember", "that"), ("remember", "it"), ("do", "not", "forget", "that"))


def _without_tail(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Take off what only asks to keep what was said before: "… remember that"."""
    for tail in _TAILS:
        if tuple(word.low for word in words[-len(tail) :]) == tail and len(words) > len(tail):
            return words[: -len(tail)]
    return words


def _is_tale(words: Sequence[Word]) -> bool:
    lows = ["", *(word.low for word in words)]
    return any(
        (word in lexicon.FICTION and before in _TELLS)
        or (word == "life" and before in {"another", "next", "previous", "past"})
        for before, word in pairwise(lows)
    ) or any(word.text in '"\u201c\u201d' for word in words)


_TELLS = frozenset({"the", "a", "this", "that", "my", "for", "our"})


def _asserted(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return what comes before others' words, thoughts and conditions; with their clause left out.

    What only tells when, or is addressed to us, leaves its clause standing.
    """
    end = _forward_block(words)
    if end == len(words) or words[end].low in _LEAVES_STANDING:
        return words[:end]
    return words[: max([0, *_starts(words[:end])])]


_LEAVES_STANDING = frozenset(
    {"when", "whenever", "while", "until", "before", "after", "once", "remember", "forget"}
)


def _forward_block(words: Sequence[Word]) -> int:
    """Return from where on nothing is asserted: what others say, think, or what if."""
    for at, word in enumerate(words):
        follows = words[at + 1].low if at + 1 < len(words) else ""
        if word.low == "goes":
            if follows == ",":
                return at
        elif word.low in _ONLY_BEFORE_SUBJECTS:
            if follows in _PRONOUNS | _OWNERS:
                return at
        elif word.low in lexicon.FORWARD and not _is_told_by_oneself(words, at):
            return at
    return len(words)


def _is_told_by_oneself(words: Sequence[Word], at: int) -> bool:
    """Say whether it is a lead of ours in mid-sentence: "by the way, remember that I …"."""
    follows = words[at + 1].low if at + 1 < len(words) else ""
    if words[at].low == "remember":
        return follows == "that"
    if words[at].low in {"say", "tell", "know"}:  # "I just wanted to say …"
        return {"wanted", "want", "let"} & {
            word.low for word in words[max(0, at - 4) : at]
        } != set()
    return words[at].low == "forget" and at > 0 and words[at - 1].low in {"never", "not"}


def _starts(words: Sequence[Word]) -> Iterator[int]:
    has_lead = bool(words) and words[0].low in _TIME_LEADS
    has_lead = has_lead and (len(words) < 2 or words[1].low not in {"is", "'s"})
    for at in range(1, len(words)):
        before = words[at - 1]
        is_joint = before.is_mark or before.low in _JOINTS
        if _is_aside(words, at):
            continue
        if is_joint and (is_subject(words, at) or _is_lead(words, at) or _is_elliptic(words, at)):
            yield at
        elif words[at].low in {"i", "she", "he", "we"} and not is_joint:
            follows = words[at + 1].low if at + 1 < len(words) else ""
            is_led = before.low in lexicon.COMPLEMENTS | lexicon.UNREAL | lexicon.FORWARD
            if not is_led and follows in _GOES_ON and not (has_lead and at <= _LEAD_WORDS_MAX):
                yield at


def _is_aside(words: Sequence[Word], at: int) -> bool:
    """Say whether it only tells who the one before is: "Anna, my sister, lives in Lisbon"."""
    if words[at].low not in {"my", "our"} or words[at - 1].low != "," or at > 3:
        return False
    return at + 2 < len(words) and bool(kin_of(words[at + 1].low)) and words[at + 2].low == ","


def _is_lead(words: Sequence[Word], at: int) -> bool:
    return _lead_at(words, at) is not None


def _lead_at(words: Sequence[Word], at: int) -> tuple[str, ...] | None:
    leads = _LEAD_WORDS.get(words[at].low)
    if leads is None:
        return None
    ahead = tuple(word.low for word in words[at : at + len(leads[0])])  # the longest comes first
    return next((lead for lead in leads if ahead[: len(lead)] == lead), None)


def _is_elliptic(words: Sequence[Word], at: int) -> bool:
    wanted = _ELLIPTIC.get(words[at].low)
    if wanted is None or words[at - 1].is_mark:
        return False
    return not wanted or (at + 1 < len(words) and words[at + 1].low in wanted)


def _times_last(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Put a time that opens a clause behind it: "On Sundays I go …", "Since May I've been …"."""
    if words[0].low not in _TIME_LEADS:
        return words
    for at in range(1, min(_LEAD_WORDS_MAX + 1, len(words))):
        if words[at].low in _PRONOUNS or (words[at].low in _OWNERS and words[at - 1].is_mark):
            lead = words[: at - 1] if words[at - 1].is_mark else words[:at]
            return words[at:] + lead
    return words
