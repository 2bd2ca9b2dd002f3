"""Could these words be all that somebody wanted to say?

No full stop is trusted: Whisper writes one behind "I was wondering if" as well. What decides is
whether the last words can stand at the end of a sentence.
"""

import re
from enum import StrEnum

from backend.conversation.hearing.dictation import Dictation, dictation
from backend.conversation.hearing.ending import is_open
from backend.conversation.hearing.sentence import is_question, is_request, is_sentence, is_subject
from backend.conversation.hearing.vocabulary import (
    ANSWERS,
    AUXILIARIES,
    FAREWELLS,
    MONTHS,
    OPEN_ELSEWHERE,
    THANKS,
)

# Also the marks of Chinese, Japanese, Arabic and Hindi.
_ASKING = "?\uff1f\u061f"
_CLOSING = f".!\u3002\uff01\u0964{_ASKING}"
_APOSTROPHE = "\u2019"
_SENTENCE = re.compile(rf"(?<=[{_CLOSING}])\s+")
_WORD = re.compile(rf"[^\W_]+(?:['{_APOSTROPHE}][^\W_]+)*")
_OPEN_MARK = re.compile(r"(\.\.+|[\u2026\u2013\u2014,;:-])\W*$")
_CLOSED_MARK = re.compile(rf"[{_CLOSING}]\W*$")
_QUESTION_MARK = re.compile(rf"[{_ASKING}]\W*$")
WORDS_MANY = 7
QUESTION_WORDS_FEW = 3
# What happened on a day of some year: the year may follow the month.
_YEARLY = frozenset({"happened", "born", "died", "married", "since", "dated", "met", "founded"})


class Completeness(StrEnum):
    """What the words of a pause look like."""

    NOTHING = "nothing"  # no word in it
    FAREWELL = "farewell"
    ANSWER = "answer"  # "yes", "not today"
    QUESTION = "question"  # or a request
    COMPLETE = "complete"
    BRIEF = "brief"  # a sentence of a few words, often the first of several
    WHOLE_NUMBER = "whole number"
    UNSURE = "unsure"
    SUBJECT = "subject"  # "my sister", "the second one": as an answer it is all
    UNFINISHED = "unfinished"
    DICTATING = "dictating"


def completeness(text: str, *, digits: int | None = None, language: str = "en") -> Completeness:
    """Judge the words; `digits` is how many are expected (0: any number), none when none are."""
    words = _last_sentence(text)
    if not words:
        return Completeness.NOTHING
    found = dictation(text, digits=digits)
    if found is not None:
        return _DICTATED[found]
    if _OPEN_MARK.search(text):
        return Completeness.UNFINISHED
    if language != "en":
        return _elsewhere(text, words[-1], language)
    return _english(text, words)


def _last_sentence(text: str) -> list[str]:
    """Return its words; what was open before a full stop is part of it."""
    sentences = [
        [word.lower().replace(_APOSTROPHE, "'") for word in _WORD.findall(sentence)]
        for sentence in _SENTENCE.split(text.strip())
    ]
    words = sentences.pop()
    while words and sentences and sentences[-1] and is_open(sentences[-1]):
        words = sentences.pop() + words
    return words


def _english(text: str, words: list[str]) -> Completeness:
    said = " ".join(words)
    if any(said == farewell or said.endswith(f" {farewell}") for farewell in FAREWELLS):
        return Completeness.FAREWELL
    if said in ANSWERS:
        # "… That was all for today. Thank you." needs no more; "Yes." may be a beginning.
        has_content = len(_WORD.findall(text)) > len(words)
        return Completeness.COMPLETE if has_content and said in THANKS else Completeness.ANSWER
    if is_open(words):
        return Completeness.UNFINISHED
    return _sentence(text, words)


def _sentence(text: str, words: list[str]) -> Completeness:
    """Judge words whose end could be one."""
    if words[-1] in MONTHS and not _YEARLY.isdisjoint(words):
        return Completeness.UNSURE
    if is_question(words, has_mark=bool(_QUESTION_MARK.search(text))) or is_request(words):
        # "Is it true" may be a question's beginning.
        is_short = len(words) <= QUESTION_WORDS_FEW and words[0] in AUXILIARIES
        return Completeness.BRIEF if is_short else Completeness.QUESTION
    if is_sentence(words):
        is_brief = len(_WORD.findall(text)) < WORDS_MANY
        return Completeness.BRIEF if is_brief else Completeness.COMPLETE
    return Completeness.SUBJECT if is_subject(words) else Completeness.UNSURE


def _elsewhere(text: str, last: str, language: str) -> Completeness:
    """Judge a language whose grammar is not known here: by its last word and its marks."""
    if last in OPEN_ELSEWHERE.get(language, frozenset()):
        return Completeness.UNFINISHED
    if _QUESTION_MARK.search(text):
        return Completeness.QUESTION
    return Completeness.COMPLETE if _CLOSED_MARK.search(text) else Completeness.UNSURE


_DICTATED = {
    Dictation.OPEN: Completeness.DICTATING,
    Dictation.MAYBE_WHOLE: Completeness.UNSURE,
    Dictation.WHOLE: Completeness.WHOLE_NUMBER,
}
