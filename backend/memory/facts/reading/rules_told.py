"""What is told by its name, "my favourite colour is", and what is wished once and for all."""

from collections.abc import Callable, Iterator, Sequence

from backend.memory.facts.language import lexicon
from backend.memory.facts.language.kin import KIN, kin_of
from backend.memory.facts.language.lexicon import word_set
from backend.memory.facts.language.numbers import digits_of
from backend.memory.facts.language.times import day_and_month, written
from backend.memory.facts.language.words import Word
from backend.memory.facts.predicates import FAVOURITE
from backend.memory.facts.reading.objects import is_thing, object_words
from backend.memory.facts.reading.scene import Draft
from backend.memory.facts.reading.subjects import (
    ONE,
    Known,
    Person,
    low,
    name_end,
    named,
    owner_of,
    said,
)

_IS = frozenset({"is", "'s", "are", ":"})
_PHONES = frozenset(
    {
        "number",
        "phone",
        "phone number",
        "mobile",
        "mobile number",
        "telephone number",
        "cell number",
    }
)
_MAILS = frozenset({"email", "e-mail", "mail", "email address", "e-mail address", "mail address"})
_DATES = {
    "birthday": "birthday",
    "date of birth": "birthday",
    "anniversary": "anniversary",
    "wedding anniversary": "anniversary",
    "wedding day": "anniversary",
}
_NAMES = frozenset({"name", "full name", "first name"})
_NICKNAMES = frozenset({"nickname", "pet name"})
_WHEN = frozenset({"before", "after", "during", "on", "at", "in"})
_THIS_TIME = lexicon.word_set(
    "today tomorrow tonight now yet again next this morning any more anymore"
)
_TELLING = word_set("""
    call ring text wake answer speak talk tell remind ask address read say use give send
    interrupt wait let keep repeat greet start spell message phone mention respond reply
""")
_ONE_SELF = frozenset({"me", "my", "us", "our", "i"})
_NOT_CALLED = word_set("""
    back later again when at on in if as before after tomorrow today tonight now soon please a
    an the crazy whatever old names by up out for every any anytime maybe
""")
_NOUN_WORDS_MAX = 5


def told(words: Sequence[Word], known: Known) -> Iterator[Draft]:
    """Read "my sister's name is Anna", "our wedding anniversary is on the 12th of June"."""
    owner = owner_of(words, 0, known)
    if owner is None:
        yield from _told_last(words)
        return
    person, start = owner
    at = next(
        (
            at
            for at in range(start, min(len(words), start + _NOUN_WORDS_MAX + 1))
            if words[at].low in _IS
        ),
        -1,
    )
    if at <= start or low(words, at + 1) == "not" or low(words, at + 1) == "no":
        return
    nouns = [word.low for word in words[start:at] if word.low not in {"new", "own"}]
    yield from _of_noun(words, person, " ".join(nouns), at + 1, known)


def _told_last(words: Sequence[Word]) -> Iterator[Draft]:
    """Read "green is my favourite colour"."""
    for at in range(1, min(len(words) - 3, 6)):
        if words[at].low in {"is", "are"} and low(words, at + 1) in {"my", "our"}:
            kind = [word.low for word in words[at + 3 :]]
            if low(words, at + 2) in {"favourite", "favorite"} and 1 <= len(kind) <= 2:
                yield from _favourite(words[:at], ONE, " ".join(kind), 0)
            return


def _of_noun(
    words: Sequence[Word], person: Person, noun: str, at: int, known: Known
) -> Iterator[Draft]:
    last = noun.rpartition(" ")[2]
    if noun in _NAMES | _NICKNAMES:
        yield from _name(words, person, at, known, is_nickname=noun in _NICKNAMES)
    elif noun.startswith(("favourite ", "favorite ")):
        yield from _favourite(words, person, noun.partition(" ")[2], at)
    elif noun in _DATES:
        yield from _date(words, person, _DATES[noun], at)
    elif noun in _CONTACTS:
        yield from _CONTACTS[noun](words, person, at)
    elif kin_of(last):
        yield from _relatives(words, person, last, at, known)


def _tongue(words: Sequence[Word], person: Person, at: int) -> Iterator[Draft]:
    if low(words, at) in lexicon.LANGUAGES:
        yield Draft(person, "speaks", named(words[at : at + 1]))


def _name(
    words: Sequence[Word], person: Person, at: int, known: Known, *, is_nickname: bool
) -> Iterator[Draft]:
    at += low(words, at) in {"called", "actually", "really", "just"}
    end = name_end(words, at, known, is_told=True)
    if end == at:
        return
    name = named(words[at:end])
    if person.is_self:
        yield Draft(person, "called" if is_nickname else "name", name, is_pinned=True)
    elif person.kin and person.name == person.kin and not is_nickname:
        yield Draft(ONE, person.kin, name)


def _relatives(
    words: Sequence[Word], person: Person, noun: str, at: int, known: Known
) -> Iterator[Draft]:
    """Read "my sisters are called Anna and Maria", "my doctor is called Miller"."""
    kin = kin_of(noun)
    is_told = low(words, at) in {"called", "named"}
    at += is_told
    if (
        noun not in KIN
        and noun.endswith("s")
        and kin != noun
        and not is_told
        and words[at - 1].low != "are"
    ):
        return
    while at < len(words):
        end = name_end(words, at, known, is_told=is_told)
        if end == at or not (is_told or low(words, end) in {"", ",", "and", "by", "but"}):
            return
        yield Draft(person, kin, named(words[at:end]))
        if low(words, end) not in {"and", ","} or not noun.endswith(("s", "ren")):
            return
        at = end + 1


def _favourite(words: Sequence[Word], person: Person, kind: str, at: int) -> Iterator[Draft]:
    found = object_words(words, at)
    cut = next((n for n, word in enumerate(found) if word.low == ","), len(found))
    found = found[:cut]
    spelt = kind.replace("color", "colour").replace("flavor", "flavour")
    if low(words, at) in {"on", "in", "at", "over", "back", "off", "out", "about"}:
        return
    if kind.rpartition(" ")[2] in {"part", "thing", "one", "bit", "moment"}:
        return
    if kind and len(kind.split()) <= 3 and (is_thing(found, words_max=6) or _is_number(found)):
        yield Draft(person, f"{FAVOURITE}{spelt}", said(found))


def _is_number(words: Sequence[Word]) -> bool:
    return len(words) == 1 and bool(digits_of(words, 0)[0])


def _date(words: Sequence[Word], person: Person, predicate: str, at: int) -> Iterator[Draft]:
    at += low(words, at) == "on"
    exact = day_and_month(words, at)
    if exact is not None:
        yield Draft(person, predicate, written(*exact[:3]))


def _number(words: Sequence[Word], person: Person, at: int) -> Iterator[Draft]:
    digits, _ = digits_of(words, at)
    if 5 <= len(digits.lstrip("+")) <= 15:
        yield Draft(person, "phone number", digits)


def _mail(words: Sequence[Word], person: Person, at: int) -> Iterator[Draft]:
    if "@" in low(words, at):
        yield Draft(person, "email", words[at].text.rstrip(".").lower())
        return
    rest = [word.low for word in words[at : at + 14]]
    if "at" not in rest or "dot" not in rest[rest.index("at") :]:
        return
    spelt = {"at": "@", "dot": ".", "underscore": "_", "dash": "-", "hyphen": "-", "minus": "-"}
    written_out = "".join(
        spelt.get(low_word, low_word) for low_word in rest if low_word.strip(",;:")
    )
    name, _, host = written_out.partition("@")
    if name and "." in host and "@" not in host:
        yield Draft(person, "email", written_out)


def _address(words: Sequence[Word], person: Person, at: int) -> Iterator[Draft]:
    rest = words[at : at + 10]
    if rest and any(word.low[:1].isdigit() for word in rest) and len(rest) >= 2:
        yield Draft(person, "address", said(rest))


_CONTACTS: dict[str, Callable[[Sequence[Word], Person, int], Iterator[Draft]]] = {
    **dict.fromkeys(_PHONES, _number),
    **dict.fromkeys(_MAILS, _mail),
    **dict.fromkeys(("address", "home address", "postal address"), _address),
    **dict.fromkeys(("mother tongue", "native language", "first language"), _tongue),
}


def wished(words: Sequence[Word], known: Known) -> Iterator[Draft]:
    """Read what is asked for once and for all: "never call me before nine", "call me Martin"."""
    at, is_standing = 0, False
    while at < len(words):
        follows = low(words, at + 1)
        if words[at].low == "from" and follows == "now" and low(words, at + 2) == "on":
            at, is_standing = at + 3, True
        elif words[at].low in {"please", "just"} or words[at].is_mark:
            at += 1
        elif words[at].low == "in" and follows == "future":
            at, is_standing = at + 2, True
        elif words[at].low == "in" and follows == "the" and low(words, at + 2) == "future":
            at, is_standing = at + 3, True
        else:
            break
    rest = words[at:]
    called = _called(rest, known)
    if called:
        yield Draft(ONE, "called", called, is_pinned=True)
    elif _is_standing(rest, is_standing=is_standing):
        wish = said(rest).rstrip(" ,;:").removesuffix(" please").rstrip(" ,")
        yield Draft(ONE, "wish", wish[:1].lower() + wish[1:], is_pinned=True)


def _called(words: Sequence[Word], known: Known) -> str:
    """Read "(you can / always / people) call me Marty"."""
    lows = [word.low for word in words[:6]]
    spoken = next((low for low in ("call", "calls") if low in lows), "")
    if not spoken or "me" not in lows:
        return ""
    at = lows.index(spoken)
    if lows[at + 1 : at + 2] != ["me"] or " ".join(lows[:at]) not in _WHO_CALLS:
        return ""
    start = at + 2
    if low(words, start) in _NOT_CALLED:
        return ""
    end = name_end(words, start, known, is_told=True)
    is_over = end >= len(words) or words[end].is_mark or words[end].low in {"and", "please", "from"}
    return named(words[start:end]) if end > start and is_over else ""


_WHO_CALLS = frozenset(
    {
        "", "you can", "you may", "always", "people", "everyone", "everybody", "my friends",
        "friends", "they all", "most people", "all my friends", "i want you to",
        "i like people to", "you can just", "you should",
        "please always", "always please",
    }
)  # fmt: skip


def _is_standing(words: Sequence[Word], *, is_standing: bool) -> bool:
    lows = [word.low for word in words]
    at = 0
    if lows[:1] in (["never"], ["always"]):
        at = 1
    elif lows[:3] == ["do", "not", "ever"]:
        at = 3
    elif lows[:2] == ["do", "not"] and lows[3:4] == ["me"] and lows[4:5] and lows[4] in _WHEN:
        at = 2
        if _THIS_TIME & set(lows):
            return False
    elif is_standing:
        at = 2 if lows[:2] == ["do", "not"] else 0
    else:
        return False
    at += lows[at : at + 1] == ["ever"]
    is_telling = lows[at : at + 1] != [] and lows[at] in _TELLING
    return is_telling and len(lows) <= 25 and bool(_ONE_SELF & set(lows[at:]))
