"""Finds what must never be stored as it was said: card numbers, passwords, PINs, keys.

Pure, and good for typed words and for transcripts: "four one one one …" is a card number too. An
account's number (IBAN) is no secret: it is there to be told.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from backend.memory.facts.key_names import key_name
from backend.memory.facts.language.spans import DigitRun, Span, digit_runs
from backend.memory.facts.language.words import words_of
from backend.memory.facts.passwords import Group, codes_in, passwords_in
from backend.memory.facts.secret_looks import looks_in

Handling = Literal["keep", "mask", "vault"]

ENTROPY_BITS_MIN = 3.6  # of a character; English is near 2.5 by its words' letters alone
KEY_CHARACTERS_MIN = 24


class SecretKind(StrEnum):
    """What a secret is; its value is what stands in its place."""

    CARD = "card number"
    PASSWORD = "password"  # noqa: S105 - the word, not one
    CODE = "code"  # a PIN, a door's code, a card's security code
    KEY = "key"
    PRIVATE_KEY = "private key"


_KIND_OF = {
    Group.PASSWORD: SecretKind.PASSWORD,
    Group.LOGIN: SecretKind.PASSWORD,
    Group.CODE: SecretKind.CODE,
    Group.KEY: SecretKind.KEY,
}


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret, where it stands in the text as it was said, and what it opens."""

    kind: SecretKind
    value: str
    start: int
    end: int
    name: str = ""  # "wifi password": by which people ask for it again


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A text as it may be stored, and what was taken out of it."""

    text: str
    secrets: tuple[Secret, ...] = ()


_PRIVATE_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_PRIVATE_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----")
# Each alternative begins with letters of its own, so that a text is gone through once.
_KEYS = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"sk-[A-Za-z0-9_-]{16,300}|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,200}"
    r"|gsk_[A-Za-z0-9]{20,200}|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}"
    r"|glpat-[A-Za-z0-9_-]{16,200}|xox[abeprs]-[A-Za-z0-9-]{10,250}|hf_[A-Za-z0-9]{20,100}"
    r"|npm_[A-Za-z0-9]{30,100}|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|AIza[A-Za-z0-9_-]{30,60}"
    r"|ya29\.[A-Za-z0-9_-]{20,400}|SG\.[A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{16,80}"
    r"|eyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{4,4000}\.[A-Za-z0-9_-]{4,2000}"
    r")(?![A-Za-z0-9_-])"
)
_DENSE = re.compile(r"(?<![A-Za-z0-9_+/=-])[A-Za-z0-9_+/=-]{24,512}(?![A-Za-z0-9_+/=-])")
_IN_ADDRESS = re.compile(r"://[^\s/:@]{1,100}:(?P<value>[^\s/@]{1,200})@")
# By a card's first digits: how long its number is (ISO/IEC 7812; the schemes in use).
_CARD_LENGTHS: tuple[tuple[re.Pattern[str], tuple[int, ...]], ...] = (
    (re.compile(r"4"), (16, 19, 13)),
    (re.compile(r"5[1-5]|2[2-7]"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"30|36|38"), (14,)),
    (re.compile(r"35"), (16,)),
    (re.compile(r"6|50|5[6-8]"), (16, 19, 18, 17)),
)


def scrubbed(text: str, handling: Handling = "mask", *, asked: str = "") -> Scrubbed:
    """Return a text without its secrets, and the secrets; with "keep" the text stays as it is.

    What was scrubbed once is not changed again. `asked` is what was said right before: a bare
    "Blue42Sky" answers "What is the password?".
    """
    found = _without_overlaps(_secrets(text, asked))
    if handling == "keep" or not found:
        return Scrubbed(text, ())
    parts: list[str] = []
    at = 0
    for secret in found:
        place = f"{secret.kind} in the vault" if handling == "vault" else str(secret.kind)
        parts += [text[at : secret.start], f"[{place}]"]
        at = secret.end
    return Scrubbed("".join([*parts, text[at:]]), tuple(found))


def _secrets(text: str, asked: str) -> Iterator[Secret]:
    begin = _PRIVATE_BEGIN.search(text)
    while begin is not None:
        end = _PRIVATE_END.search(text, begin.end())
        last = end.end() if end is not None else len(text)  # cut off: all of the rest is of it
        yield _secret(SecretKind.PRIVATE_KEY, text, begin.start(), last)
        begin = _PRIVATE_BEGIN.search(text, last)
    for match in _KEYS.finditer(text):
        name = key_name(text, match.start(), is_issued=True)
        yield _secret(SecretKind.KEY, text, match.start(), match.end(), name)
    for match in _DENSE.finditer(text):
        if _is_dense(match[0]):
            name = key_name(text, match.start(), is_issued=False)
            yield _secret(SecretKind.KEY, text, match.start(), match.end(), name)
    for match in _IN_ADDRESS.finditer(text):
        yield _secret(SecretKind.PASSWORD, text, match.start("value"), match.end("value"))
    words = words_of(text, is_whole=True)
    runs = digit_runs(words)
    for run in runs:
        yield from (_secret(SecretKind.CARD, text, *span) for span in _cards(run))
    for span in codes_in(words, runs):
        yield _secret(SecretKind.CODE, text, span.start, span.end, span.name)
    for span in passwords_in(text, words):
        yield _secret(SecretKind.PASSWORD, text, span.start, span.end, span.name)
    for group, span in looks_in(text, asked):
        yield _secret(_KIND_OF[group], text, span.start, span.end, span.name)


def _secret(kind: SecretKind, text: str, start: int, end: int, name: str = "") -> Secret:
    return Secret(kind, text[start:end], start, end, name or str(kind))


def _cards(run: DigitRun) -> Iterator[tuple[int, int]]:
    """Find card numbers in digits that were said in a row; other digits may stand around them."""
    if run.is_dialled:
        return
    skip_to = 0
    for first in range(len(run.parts)):
        if first < skip_to:
            continue
        for last, digits in _windows(run.parts, first):
            if is_card(digits):
                yield run.parts[first].start, run.parts[last].end
                skip_to = last + 1
                break


def _windows(parts: Sequence[Span], first: int) -> Iterator[tuple[int, str]]:
    """Join digits from one part on, as long as a card's number can be; the likeliest first."""
    digits = ""
    found: list[tuple[int, str]] = []
    for last in range(first, len(parts)):
        digits += parts[last].value
        if len(digits) > 19:
            break
        if len(digits) >= 13:
            found.append((last, digits))
    return iter(sorted(found, key=lambda window: abs(len(window[1]) - 16)))


def is_card(digits: str) -> bool:
    """Say whether digits are a card's number: its scheme, its length, and its check digit."""
    for scheme, lengths in _CARD_LENGTHS:
        if scheme.match(digits) and len(digits) in lengths:
            doubled = (int(digit) * 2 for digit in digits[-2::-2])
            rest = sum(map(int, digits[-1::-2]))
            return (rest + sum(value - 9 * (value > 9) for value in doubled)) % 10 == 0
    return False


def _is_dense(token: str) -> bool:
    """Say whether letters and digits are mixed as in a key, not as in a word or an identifier."""
    has_all = re.search(r"[a-z]", token) and re.search(r"[A-Z]", token) and re.search(r"\d", token)
    if len(token) < KEY_CHARACTERS_MIN or not has_all:
        return False
    counts = Counter(token).values()
    bits = -sum(count / len(token) * math.log2(count / len(token)) for count in counts)
    return bits >= ENTROPY_BITS_MIN


def _without_overlaps(found: Iterator[Secret]) -> list[Secret]:
    """Keep the widest of those that overlap, in the order of the text."""
    kept: list[Secret] = []
    for secret in sorted(found, key=lambda one: (one.start, -one.end)):
        if secret.end <= secret.start:
            continue
        if kept and secret.start < kept[-1].end:
            if secret.end > kept[-1].end:
                value = kept[-1].value + secret.value[kept[-1].end - secret.start :]
                kept[-1] = Secret(kept[-1].kind, value, kept[-1].start, secret.end, kept[-1].name)
            continue
        kept.append(secret)
    return kept
