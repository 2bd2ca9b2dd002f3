"""Cuts a streamed reply into phrases that can be spoken while the rest is still being thought."""

import re

from backend.kernel.speech import Phrase

FIRST_CLAUSE_LETTERS_MIN = 20  # shorter first clauses sound clipped and save no time
FIRST_PHRASE_LETTERS_MAX = 90
SHORT_SENTENCE_LETTERS = 12  # "Yes." is spoken together with what follows
PHRASE_LETTERS_MAX = 240
CLAUSE_LETTERS_MIN = 60  # of an overlong sentence

CODE_LETTERS_MAX = 4_000  # a block of code is kept together: it is named, not read

# A full stop after one of these, or after a single letter, ends no sentence.
ABBREVIATIONS = frozenset(
    [
        *("mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "a.k.a", "fig", "approx"),
        *("dept", "est", "ca", "cf", "tel", "ext"),
    ]
)
# After one of these it may: when what follows begins like a sentence.
ENDING_ABBREVIATIONS = frozenset(
    [
        *("a.m", "p.m", "etc", "inc", "ltd", "corp", "ave", "rd", "blvd", "no", "u.s", "u.k"),
        *("jr", "sr", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct"),
        *("nov", "dec", "mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    ]
)
CLOSING = "[\"'\u201d\u2019)\\]*_]*"  # quotes, brackets and emphasis that close with it
OPENING = "(\"'\u201c\u2018[*_"
# Scripts that put no space behind a sentence have stops of their own.
ENDING = re.compile(rf"[.!?…]+{CLOSING}(?=\s)|[\u3002\uff01\uff1f\u061f\u0964]+{CLOSING}|\n+")
CLAUSE_ENDING = re.compile(rf"[,;:\u2014\u2013]{CLOSING}(?=\s)|[\uff0c\u3001\uff1b\uff1a]")
FENCE = "```"
OPEN_LINK = re.compile(r"\[[^\]\n]*$|\]\([^)\s]*$")
SPACE = re.compile(r"\s")
LIST_NUMBER = re.compile(r"(?:^|\n)\s*\d{1,2}\.$")


class Phrases:
    """One reply on its way from text to speech; nothing that is fed is ever lost."""

    def __init__(self) -> None:
        self._rest = ""
        self._index = 0

    def feed(self, text: str) -> list[Phrase]:
        """Return the phrases that can leave now."""
        self._rest += text
        phrases: list[Phrase] = []
        while (end := self._end_of_next()) is not None:
            phrases += self._cut(end)
        return phrases

    def flush(self) -> list[Phrase]:
        """Return what is left; the reply is over, and a new one may begin."""
        phrases: list[Phrase] = []
        self._rest += "\n"
        while (end := self._end_of_next()) is not None:
            phrases += self._cut(end)
        phrases += self._cut(len(self._rest))
        self._index = 0
        return phrases

    def _cut(self, end: int) -> list[Phrase]:
        text, self._rest = self._rest[:end].strip(), self._rest[end:].lstrip()
        if not text:
            return []
        phrase = Phrase(text, self._index)
        self._index += 1
        return [phrase]

    def _end_of_next(self) -> int | None:
        sentence = self._sentence_end()
        if self._index == 0:
            early = self._clause_end(FIRST_CLAUSE_LETTERS_MIN, sentence)
            if early is not None:
                return early
        if sentence is not None and sentence <= PHRASE_LETTERS_MAX:
            return sentence
        limit = FIRST_PHRASE_LETTERS_MAX if self._index == 0 else PHRASE_LETTERS_MAX
        if len(self._rest) <= limit:
            return None
        if self._is_inside_code(limit):
            return None if len(self._rest) <= CODE_LETTERS_MAX else CODE_LETTERS_MAX
        return self._clause_end(CLAUSE_LETTERS_MIN, limit) or self._word_end(limit)

    def _sentence_end(self) -> int | None:
        for ending in ENDING.finditer(self._rest):
            end = ending.end()
            if self._is_inside_code(end):
                continue
            is_line = ending.group().startswith("\n")
            is_last_line = is_line and end == len(self._rest)
            if is_line and self._rest[:end].strip() and (is_last_line or end >= 2):
                return end
            if end >= SHORT_SENTENCE_LETTERS and not is_line and self._ends_here(ending):
                return end
        return None

    def _is_inside_code(self, end: int) -> bool:
        return self._rest.count(FENCE, 0, end) % 2 == 1

    def _is_inside_link(self, end: int) -> bool:
        return OPEN_LINK.search(self._rest[:end]) is not None

    def _ends_here(self, ending: re.Match[str]) -> bool:
        if not ending.group().startswith(".") or ending.group().startswith(".."):
            return True
        before = self._rest[: ending.start()]
        if LIST_NUMBER.search(before + "."):
            return False
        if self._is_inside_link(ending.start()):
            return False
        word = _last_word(before)
        if word in ENDING_ABBREVIATIONS:
            return self._rest[ending.end() :].lstrip()[:1].isupper()
        is_initial = len(word) == 1 and word.isalpha() and word != "i"
        return not is_initial and word not in ABBREVIATIONS

    def _clause_end(self, letters_min: int, before: int | None) -> int | None:
        limit = len(self._rest) if before is None else before
        ends = [
            clause.end()
            for clause in CLAUSE_ENDING.finditer(self._rest)
            if letters_min <= clause.end() < limit and self._may_breathe(clause)
        ]
        if not ends:
            return None
        return ends[0] if self._index == 0 else ends[-1]

    def _may_breathe(self, clause: re.Match[str]) -> bool:
        """Never inside a link or code, nor behind "e.g.,"."""
        before = self._rest[: clause.start()]
        is_abbreviated = before.endswith(".") and _last_word(before[:-1]) in ABBREVIATIONS
        return not (
            is_abbreviated
            or self._is_inside_link(clause.start())
            or self._is_inside_code(clause.end())
        )

    def _word_end(self, limit: int) -> int:
        space = self._rest.rfind(" ", 0, limit)
        return space if space > 0 else limit


def _last_word(text: str) -> str:
    return SPACE.split(text)[-1].lstrip(OPENING).lower()
