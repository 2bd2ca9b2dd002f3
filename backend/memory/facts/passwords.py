"""Finds passwords and codes by the words around them: "my wifi password is …", "the PIN is …"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.spans import DigitRun, Span
from backend.memory.facts.language.words import ENDS, Word, words_of

CODE_DIGITS = range(3, 13)
_NAME_WORDS_MAX = 6
_VALUE_CHARACTERS_MAX = 120
_MARKS_BEFORE_MAX = 8

_CODES = word_set("tan pin pincode pins puk cvv cvc passcode code codes combination")
_CODES_BY_KIND = word_set("code codes combination")  # those alone are no secret
_CODE_OF = word_set("""
    pin security door gate alarm safe access entry lock garage house building secret sim bank card
    unlock verification authentication login pass intercom front back luggage bike phone
    voicemail tan lockbox locker keypad padlock shed gym suitcase entrance backup recovery otp
""")
_PASSWORDS = word_set("""
    pw pwd passwd password passphrase passwort passphrases passwords passkey
""")
_SECOND = {("pass", "word"), ("pass", "phrase"), ("wifi", "key"), ("wi-fi", "key")}
_SECOND |= {("secret", "key"), ("api", "key"), ("recovery", "phrase"), ("seed", "phrase")}
_SECOND |= {("access", "token"), ("api", "token"), ("master", "key"), ("network", "key")}
_SECOND |= {(kind, end) for kind in ("seed", "recovery", "backup") for end in ("words", "phrase")}
_PHRASES = word_set("passphrase passphrases phrase words")
_LOGINS = word_set("login logins credentials")
_KEYS = word_set("token tokens key keys wifi wi-fi wlan")
_PINNED = word_set("the this that it a an these up")  # "pin the note to the board"
_CHANGING = word_set("change changed changing set setting reset update updated switch switched")
_ABOUT_THEM = word_set("""
    manager managers policy policies field fields prompt protection generator page screen app rules
""")  # "my password manager" is none
_IS = word_set("is 's was are equals equal reads : = to")
_WHEN = word_set("in since until till before after around within")
_LINKS = word_set("""
    number code for of on at the my our his her their your to a an in new old current is now
    bank account email
    mail laptop computer phone wifi wi-fi router home work netflix card credit debit app
""")
_NO_VALUE = word_set("""
    not what too still being never no wrong in on at with under written stored saved kept from by
    very so gone expired lost stolen missing required invalid forgotten hard easy long short weak
    strong different hidden somewhere unknown always about correct incorrect secret safe private
    ready here there working reset changed hacked leaked compromised exposed shared expiring driving
    getting broken visible taped hanging sent needed used known
""")
_HINTS = (("the", "same"), ("the", "name"), ("the", "first"), ("my", "birthday"), ("my", "name"))
_ALL_ADJECTIVES = word_set("correct secret safe private long short strong weak easy hard ready")
_VALUE = re.compile(r"[^\s]{1,120}")
_AFTER = ".,;:\"')\u201d\u2026"  # "!" and "?" may well be its last letter
_TRIM = ".,;:!?\"'()\u201c\u201d\u2026"


class Group(StrEnum):
    """What is named: it decides what looks like one."""

    PASSWORD = "password"  # noqa: S105 - the word, not one
    CODE = "code"
    LOGIN = "login"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Named:
    """The words that name a secret, and where they stand."""

    group: Group
    name: str  # "wifi password"
    start: int
    end: int
    is_phrase: bool = False  # it is told in several words


def named_in(text: str) -> Iterator[Named]:
    """Yield where a text names a secret: a password, a door's code, a login, a key."""
    words = words_of(text, is_whole=True)
    for at, word in enumerate(words):
        size = _password_at(words, at)
        last = at + (size or 1) - 1
        follows = words[last + 1].low if last + 1 < len(words) else ""
        is_verb = word.low in {"pin", "pins"} and follows in _PINNED
        if text[word.start - 1 : word.start] == "[" or follows in _ABOUT_THEM or is_verb:
            continue
        group, name = _grouped(words, at, size)
        if group is not None:
            is_phrase = words[last].low in _PHRASES
            yield Named(group, name, word.start, words[last].end, is_phrase)


def is_no_value(low: str) -> bool:
    """Say whether a word behind "is" tells of the password, rather than it: "gone", "on the …"."""
    return low in _NO_VALUE - _ALL_ADJECTIVES


def _grouped(words: Sequence[Word], at: int, size: int) -> tuple[Group | None, str]:
    low = words[at].low
    if size:
        return Group.PASSWORD, _named(words, at, size)
    if low in _CODES:
        name = _code_name(words, at)
        return (Group.CODE if name else None), name
    if low in _LOGINS or low in _KEYS:
        return Group.LOGIN if low in _LOGINS else Group.KEY, _named(words, at, 1)
    return None, ""


def codes_in(words: Sequence[Word], runs: Sequence[DigitRun]) -> Iterator[Span]:
    """Find digits that are told as a code: "my PIN is 4821", "4821 is the door code"."""
    for run in runs:
        is_when = run.first > 0 and words[run.first - 1].low in _WHEN
        if len(run.digits) not in CODE_DIGITS or is_when:
            continue
        name = _name_before(words, run.first) or _name_after(words, run.last)
        if name:
            yield Span(run.parts[0].start, run.parts[-1].end, run.digits, name)


def names_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield by which names words speak of secrets, each with what tells it from others.

    As "wifi password" and "wifi": whoever asks says it in the words in which it was told.
    """
    words = words_of(text, is_whole=True)
    for at, word in enumerate(words):
        if text[word.start - 1 : word.start] == "[":
            continue  # it stands in the place of one
        size = _password_at(words, at) or int(word.low in _LOGINS)
        name = _named(words, at, size) if size else ""
        if not size and word.low in _CODES:
            name = _code_name(words, at)
        noun = " ".join(each.low for each in words[at : at + (size or 1)])
        if name:
            yield name, name.removesuffix(noun).strip()


def passwords_in(text: str, words: Sequence[Word]) -> Iterator[Span]:
    """Find what is told as a password, up to where the sentence goes on with something else."""
    for at in range(len(words)):
        size = _password_at(words, at)
        if not size or text[words[at].start - 1 : words[at].start] == "[":
            continue
        if at + size < len(words) and words[at + size].low in _ABOUT_THEM:
            continue
        after = _value_at(words, at + size)
        name = _named(words, at, size)
        if after is not None:
            span = _value(text, words, after, name)
            if span is not None:
                yield span
                yield from _renewed(words, after, name)
        elif at >= 2 and _is_reversed(words, at):
            yield from _reversed(text, words, at, name)


def _renewed(words: Sequence[Word], at: int, name: str) -> Iterator[Span]:
    """Find the one that takes its place: "… was hunter2, but now it's hunter3"."""
    for index in range(at + 1, min(len(words) - 1, at + 12)):
        word = words[index + 1]
        if words[index].low in _IS | {"now"} and _looks_made_up(word.text):
            yield Span(word.start, word.end, word.text, name)


def _password_at(words: Sequence[Word], at: int) -> int:
    """Return how many words name a password here; 0 when none do."""
    if words[at].low in _PASSWORDS:
        return 1
    follows = words[at + 1].low if at + 1 < len(words) else ""
    return 2 if (words[at].low, follows) in _SECOND else 0


def _value_at(words: Sequence[Word], at: int) -> int | None:
    """Return where the value begins: behind "is", with what it is for in between."""
    for index in range(at, min(len(words), at + _NAME_WORDS_MAX)):
        low = words[index].low
        if low in _IS and (index == at or low not in {"to", "'s"} or _is_it(words, index)):
            if low == "to" and not _is_changed(words, at):
                continue
            after = index + 1
            while after < len(words) and words[after].low in _IS:
                after += 1
            return after if after < len(words) else None
        told = _behind_comma(words, index) if low == "," else None
        if told is not None:
            return told
        if low[0] in ENDS or low in {",", "and"} or (low not in _LINKS and index - at >= 4):
            break
    # "Password: hunter2" and "wifi password hunter2": only what looks like one.
    if at < len(words) and _looks_made_up(words[at].text):
        return at
    return None


def _is_it(words: Sequence[Word], at: int) -> bool:
    return words[at].low == "'s" and words[at - 1].low in {"it", "that"}  # not "Anna's laptop"


def _is_changed(words: Sequence[Word], at: int) -> bool:
    return any(word.low in _CHANGING for word in words[max(0, at - _NAME_WORDS_MAX) : at])


def _behind_comma(words: Sequence[Word], at: int) -> int | None:
    """Return where the value begins in ", by the way, is …" and in ", which is …"."""
    ahead = [word.low for word in words[at + 1 : at + _NAME_WORDS_MAX + 2]]
    if ahead[:1] in (["which"], ["that"]) and ahead[1:2] in (["is"], ["was"]):
        found = at + 3
    elif "," in ahead[:-1] and ahead[ahead.index(",") + 1] in {"is", "was"}:
        found = at + 1 + ahead.index(",") + 2
    else:
        return None
    return found if found < len(words) else None


def _value(text: str, words: Sequence[Word], at: int, name: str) -> Span | None:
    """Return the value: what is typed up to a blank; what is spoken up to the clause's end."""
    start = words[at].start
    # A mark may belong to it: "!secret1", "#1dog"; so go back to the blank before.
    least = max(0, start - _MARKS_BEFORE_MAX)
    while start > least and not text[start - 1].isspace() and text[start - 1] not in "\"'([:=":
        start -= 1
    match = _VALUE.match(text, start)
    if match is None or "[" in text[max(0, start - 1) : start + 1]:
        return None  # it was taken out before
    first = words[at].low
    follows = words[at + 1].low if at + 1 < len(words) else ""
    typed = match[0].rstrip(_AFTER)
    if _looks_made_up(typed):
        return Span(start, start + len(typed), typed, name)
    last = _clause_end(words, at)
    is_alone = last == at
    if (first, follows) in _HINTS or (
        first in _NO_VALUE and (is_alone or first not in _ALL_ADJECTIVES)
    ):
        return None
    end = min(words[last].end, start + _VALUE_CHARACTERS_MAX)
    return Span(start, end, text[start:end], name)


def _clause_end(words: Sequence[Word], at: int) -> int:
    """Return the last word of what is told: "correct horse battery staple"."""
    last = at
    for index in range(at + 1, min(len(words), at + 12)):
        low = words[index].low
        if low[0] in ENDS or low in {",", ";", "but", "so", "because", "please", "ok", "okay"}:
            break
        if low == "and" and index + 1 < len(words) and words[index + 1].low in _GOES_ON:
            break
        last = index
    return last


_GOES_ON = word_set("i my the it he she we they please that this you don't do call tell")


def _is_reversed(words: Sequence[Word], at: int) -> bool:
    """Say whether it was said the other way: "hunter2 is my wifi password"."""
    return any(words[index].low in {"is", "'s"} for index in range(max(0, at - 4), at))


def _reversed(text: str, words: Sequence[Word], at: int, name: str) -> Iterator[Span]:
    link = next(index for index in range(max(0, at - 4), at) if words[index].low in {"is", "'s"})
    if link == 0:
        return
    start = words[link - 1].start
    least = max(0, start - _VALUE_CHARACTERS_MAX)
    while start > least and not text[start - 1].isspace():
        start -= 1
    typed = text[start : words[link - 1].end]
    if _looks_made_up(typed):
        yield Span(start, words[link - 1].end, typed, name)


def _looks_made_up(token: str) -> bool:
    """Say whether no word is written so: digits or marks among letters."""
    bare = token.strip(_TRIM)
    has_letter = any(one.isalpha() for one in bare)
    has_digit = any(one.isdecimal() for one in bare)
    has_mark = any(one in "!@#$%^&*_+=~<>|\\/?" for one in token)
    is_mixed = any(one.isupper() for one in bare[1:]) and any(one.islower() for one in bare)
    is_ordinal = re.fullmatch(r"\d{1,4}(?:st|nd|rd|th|s|am|pm)", bare.lower()) is not None
    long_enough = len(bare) >= 4 and not is_ordinal
    return long_enough and ((has_letter and has_digit) or (has_mark and has_letter) or is_mixed)


def _named(words: Sequence[Word], at: int, size: int) -> str:
    """Return by what it is asked for again: "wifi password", "password for the bank"."""
    what = " ".join(word.low for word in words[at : at + size])
    told = f"{_qualifier(words, at)} {what}".strip()
    rest = [word.low for word in words[at + size : at + size + 4]]
    if rest[:1] and rest[0] in {"for", "of"}:
        kept = [low for low in rest[1:] if low not in _NOT_OF and low not in _IS and low.isalpha()]
        told = f"{kept[0]} {told}" if kept else told
    return told


def _qualifier(words: Sequence[Word], at: int) -> str:
    """Return which of several it is: all words from "my" on, else the one before it."""
    for back in range(1, _QUALIFIER_WORDS_MAX + 2):
        low = words[at - back].low if at >= back else ""
        if low in _WHOSE:
            between = [word.low for word in words[at - back + 1 : at] if word.low not in _NOT_OF]
            return " ".join(between).replace(" 's", "'s").strip()
        if not (low.replace("-", "").isalpha() or low == "'s"):
            break
    before = words[at - 1].low if at else ""
    return before if before.replace("-", "").isalpha() and before not in _NOT_OF else ""


_QUALIFIER_WORDS_MAX = 4  # "my sister's wifi password"
_WHOSE = word_set("my our the his her their your")
_NOT_OF = word_set("""
    my our the his her their your a an is new old current and for of that this to
    what which whose me us it them give tell remember know have say ask about please again
    secret exact actual right correct full whole same
""")


def _name_before(words: Sequence[Word], at: int) -> str:
    """Return the code's name when one stands shortly before: "the alarm code is …"."""
    for back in range(1, _NAME_WORDS_MAX + 2):
        index = at - back
        if index < 0 or words[index].low[0] in ENDS or words[index].low in {"and", "but"}:
            return ""
        if words[index].low in _CODES and (back == 1 or words[index + 1].low in _IS | _LINKS):
            return _code_name(words, index)
    return ""


def _name_after(words: Sequence[Word], at: int) -> str:
    """Return the code's name when it follows: "… is my PIN"."""
    if at + 2 >= len(words) or words[at + 1].low not in {"is", "'s"}:
        return ""
    for index in range(at + 2, min(len(words), at + 6)):
        if words[index].low in _CODES:
            return _code_name(words, index)
    return ""


def _code_name(words: Sequence[Word], at: int) -> str:
    """Return "alarm code" or "pin"; "code" alone is no secret: countries and errors have one."""
    low = words[at].low
    of_it = at - 1 if at > 1 and words[at - 1].low == "'s" else at  # "our safe's combination"
    before = words[of_it - 1].low if of_it else ""
    if before in _CODE_OF:
        first = words[of_it - 2].low if of_it > 1 else ""  # "bank card PIN"
        return f"{first} {before} {low}" if first in _CODE_OF else f"{before} {low}"
    follows = [word.low for word in words[at + 1 : at + 5]]
    of = " ".join(word for word in follows if word in _CODE_OF)
    if of and follows[0] in {"for", "of", "to"}:
        return f"{of} {low}"
    return low if low not in _CODES_BY_KIND or before in {"my", "our"} else ""
