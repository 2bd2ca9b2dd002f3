"""Finds what looks like a secret wherever a sentence names one: "it's Blue42Sky, my password".

Whoever names a password, a PIN, a door's code, a login or a key tells it in any words and on either
side of its name. So inside such a sentence, and in the answer to a question about one, whatever is
written as no word is (letters with digits, groups of digits, marks inside) is taken for it. What
could as well be a word stays: "my password is on the fridge".
"""

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.spans import Span
from backend.memory.facts.language.words import Word, words_of
from backend.memory.facts.other_numbers import is_something_else
from backend.memory.facts.passwords import Group, Named, is_no_value, named_in

TOKEN_CHARACTERS_MAX = 120
LETTERS_DIGITS_MIN = 5  # "B12" is a room; a shorter one must stand behind "is" or ":"
KEY_MIN = 8  # "the key F5", "the key to A12"
MARKED_MIN = 6
DIGITS = range(4, 11)  # of a code that stands anywhere in a sentence about one
LED_DIGITS = range(4, 65)  # of a password or a key that stands behind "is"
ANSWER_WORDS_MAX = 4  # to somebody's question: "Blue42Sky, I think."
REST_WORDS_MAX = 2  # "Here is my new password. Blue42Sky."
ASKED_CHARACTERS_MAX = 400  # of what was said before: its end asks
PHRASE_WORDS = range(4, 31)  # a wallet's recovery words are 24
PHRASE_CHARACTERS_MAX = 600

# Ends lie between blanks, so that no password is cut at its own mark.
_ENDS = re.compile(r"[.!?\u2026][\"'\u201d\u2019)]?(?=\s)|[\r\n]+")
_NAMING = re.compile(
    r"pass|pw|\bp[iu][nk]|\bcv[vc]|\btan\b|code|combination|wi-?fi|key|token|login|credential"
    r"|seed|recovery|backup",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\s\u2013\u2014]+")
_PLACED = re.compile(r"\[[^\]\n]{1,60}\]")  # what stands where something was taken out
_PLACE = "\u241f"
_BEHIND = ".,;:!?\u2026*\"'\u201d\u2019\u00bb)]}>`"
_AHEAD = "\"'\u201c\u201e\u2018\u00ab([{<*`"
_HEADED = re.compile(r"[^\W\d]{1,20}(?:[:=]|->)(?=\S)")  # "password=Blue42Sky"
_LICENCE = re.compile(r"(?:[A-Z0-9]{4,6}-){2,8}[A-Z0-9]{4,6}")
_POINTS = re.compile(r"\s*(?:it|that|this)\b", re.IGNORECASE)
_ANSWERS = re.compile(r"\b(?:it|that)(?:['\u2019]s| is| was)\b", re.IGNORECASE)
_LED_BY = word_set("""
    is 's was are be were been now to from equals equal = : / reads says as becomes means
    namely it's that's its == -> =>
""")
_TOLD_BY = frozenset({"is", "are", "was", "were", "'s", ":", ",", "="})
_WHEN = word_set("""
    in since at until till by before after around about on during within over under than every
    only all those these other two three four ago nearly almost roughly
""")
_NOT_COUNTED = word_set("""
    and is was are were for to but now then as please or so because if too at on in again
    instead since from today opens open unlocks unlock works gets lets
""")
_ORDINARY = word_set("""
    a an the my our your his her their its it this that these those i you he she we they me him
    us them is are was were be been being am has have had do does did will would can could
    should may might must shall not no never always ever often still already just only also even
    too so very or but if when while because than then there here where what which who how why
    to of in on at by for from with without into onto over under after before as again today
    tomorrow yesterday now soon later needs please thanks ok okay yes remember know seems
""")


@dataclass(frozen=True, slots=True)
class _Token:
    """What stands between two blanks, without the marks around it, and the words beside it."""

    text: str
    start: int
    end: int
    before: str
    earlier: str
    after: str
    is_led: bool  # behind "is", ":", "/" or a quotation mark, where a value stands


def looks_in(text: str, asked: str = "") -> Iterator[tuple[Group, Span]]:
    """Find what looks like a secret, in the sentences that name one and in answers to them.

    `asked` is what was said right before it.
    """
    heard = _names(asked[-ASKED_CHARACTERS_MAX:]) if "?" in asked else []
    if not heard and _NAMING.search(text) is None:
        return
    words_max = ANSWER_WORDS_MAX  # of what may be an answer without saying so
    last: list[_Token] = []
    for start, said in _sentences(text):
        named, tokens = _names(said), _tokens(said, start)
        if named:
            yield from _found(tokens, named, start)
            for one in named:
                yield from _phrase(text, start + one.end, one)
            if _POINTS.match(said):  # "Remember Blue42Sky. It's my password."
                yield from _found(last, named[:1], start)
        elif heard and (len(tokens) <= words_max or _ANSWERS.search(said)):
            yield from _found(tokens, heard[-1:], start, is_answer=True)
        words_max = len(text) if said.rstrip().endswith("?") else REST_WORDS_MAX
        heard, last = named, tokens


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for match in _ENDS.finditer(text):
        if text[start : match.end()].strip():
            yield start, text[start : match.end()]
        start = match.end()
    if text[start:].strip():
        yield start, text[start:]


def _names(said: str) -> list[Named]:
    return list(named_in(said)) if _NAMING.search(said) else []


def _tokens(said: str, start: int) -> list[_Token]:
    # Nothing is looked for in the place of what was taken out, and every place stays where it is.
    plain = _PLACED.sub(lambda match: _PLACE * len(match[0]), said).replace("\u2019", "'")
    places = list(_TOKEN.finditer(plain))
    lows = [match[0].strip(_BEHIND + _AHEAD).lower() or match[0] for match in places]
    found: list[_Token] = []
    for at, match in enumerate(places):
        text = match[0].lstrip(_AHEAD)
        head = _HEADED.match(text)
        begin = match.end() - len(text) + (head.end() if head else 0)
        text = plain[begin : match.end()].rstrip(_BEHIND)
        if not text or _PLACE in text:
            continue
        behind = places[at - 1][0] if at else ""
        is_quoted = begin > match.start()
        after = "" if match[0][-1] in ",;:.!?" or at + 1 == len(lows) else lows[at + 1]
        found.append(
            _Token(
                text=said[begin : begin + len(text)],
                start=start + begin,
                end=start + begin + len(text),
                before=lows[at - 1] if at else "",
                earlier=lows[at - 2] if at > 1 else "",
                after=after,
                is_led=is_quoted or behind[-1:] in {":", "=", "/"} or lows[at - 1] in _LED_BY
                if at
                else is_quoted,
            )
        )
    return found


def _found(
    tokens: Sequence[_Token], named: Sequence[Named], start: int, *, is_answer: bool = False
) -> Iterator[tuple[Group, Span]]:
    starts = [start + one.start for one in named]
    for token in tokens:
        behind = bisect(starts, token.start)
        nearest = min(
            named[max(0, behind - 1) : behind + 1],
            key=lambda one: abs(start + one.start - token.start),
        )
        # "dana@example.com/sunshine": behind the slash even a word is the password.
        begin = _behind_slash(token.text) if nearest.group is Group.LOGIN else 0
        if begin or _looks(token, nearest.group, is_alone=is_answer and len(tokens) <= 2):
            yield (
                nearest.group,
                Span(token.start + begin, token.end, token.text[begin:], nearest.name),
            )


def _behind_slash(text: str) -> int:
    name, slash, rest = text.partition("/")
    return len(name) + 1 if slash and rest and "@" in name else 0


def _looks(token: _Token, group: Group, *, is_alone: bool) -> bool:
    """Say whether it is what was named, rather than a word or another thing's number."""
    text = token.text
    if group is Group.LOGIN and token.before == "/" and "@" in token.earlier:
        return True
    if len(text) > TOKEN_CHARACTERS_MAX or is_something_else(text, token.before, token.earlier):
        return False
    is_led = token.is_led or is_alone
    has_digit = any(one.isdecimal() for one in text)
    if has_digit and any(one.isalpha() for one in text):
        least = 4 if is_led else (KEY_MIN if group is Group.KEY else LETTERS_DIGITS_MIN)
        return len(text) >= least
    if has_digit:
        return _is_code(token, group, is_led=is_led)
    if group is Group.KEY and _LICENCE.fullmatch(text):
        return True
    return is_led and len(text) >= MARKED_MIN and _is_made_up(text)


def _is_code(token: _Token, group: Group, *, is_led: bool) -> bool:
    """Say whether digits are a code: not a year, an amount or a telephone's number."""
    text = token.text
    digits = re.sub(r"\D", "", text)
    counts = DIGITS if group is Group.CODE else LED_DIGITS
    if not re.fullmatch(r"[\d./:#*-]+", text) or len(digits) not in counts:
        return False
    is_year = re.fullmatch(r"(?:19|20)\d\d", text) is not None
    if group is not Group.CODE:
        return is_led and not (is_year and token.before in {"from", "to"})
    beside = token.before[-1:] + token.after[:1]  # "DE89 3704 0044"
    is_of_more = text.isdecimal() and any(one.isdecimal() for one in beside)
    if token.before in _WHEN or is_of_more or (is_year and not is_led):
        return False
    is_counted = token.after.isalpha() and token.after not in _NOT_COUNTED
    return is_led or not is_counted


def _is_made_up(text: str) -> bool:
    """Say whether capitals or marks stand inside, as in no word and hardly a name."""
    is_mixed = re.search(r"[a-z][A-Z]", text) and not re.match(
        r"(?:Ma?c|De|Le|La|Di|Van)[A-Z]", text
    )
    return bool(is_mixed) or re.search(r"[^\W\d][!@#$%^*+=~<>|\\?]+\w", text) is not None


def _phrase(text: str, start: int, named: Named) -> Iterator[tuple[Group, Span]]:
    """Find words that are told as one: "the passphrase correct horse battery staple"."""
    if not named.is_phrase:
        return
    words = words_of(text[start : start + PHRASE_CHARACTERS_MAX], is_whole=True)
    at = 0
    while at < len(words) and (words[at].low in _TOLD_BY or not words[at].low.strip()):
        at += 1
    if at and at < len(words) and is_no_value(words[at].low):
        return
    taken: list[Word] = []
    is_counted = False  # "1. apple 2. berry"
    for word in words[at:]:
        if word.low.isalpha() and word.low not in _ORDINARY | {"and"}:
            taken.append(word)
        elif not (is_counted or _may_part(word, is_first=not taken)):
            break
        is_counted = word.low.isdecimal()
        if len(taken) == PHRASE_WORDS.stop - 1:
            break
    if len(taken) >= PHRASE_WORDS.start:
        begin, end = start + taken[0].start, start + taken[-1].end
        yield named.group, Span(begin, end, text[begin:end], named.name)


def _may_part(word: Word, *, is_first: bool) -> bool:
    """Say whether it stands between two words of a phrase: each may have a line of its own."""
    is_line = not word.text.strip("\r\n") and not is_first
    return is_line or word.low in {",", ";", "and"} or word.low.isdecimal()
