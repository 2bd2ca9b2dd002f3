"""Reads what somebody wants from their words, by rules alone, in well under a millisecond."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from backend.conversation.reasoning import patterns, small_talk
from backend.conversation.reasoning.dates import is_about_days
from backend.conversation.reasoning.sums import solve
from backend.conversation.reasoning.unwanted import unwanted

HEARD_CHARACTERS_MAX = (
    4000  # longer texts are read as far as this: rules gain nothing from the rest
)

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00a0": " ", "\t": " ", "\n": " "})
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_EDGES = " \t\r\n.,;:!?-\u2026\"'"


class Intent(StrEnum):
    """What an utterance is for."""

    REMEMBER = "remember"  # content: what to keep in mind; empty when it was not said yet
    PIN = "pin"  # content: what never to forget; empty: what was just told
    CORRECT = "correct"  # what the last reply was from is not so
    SECRET = "secret"  # noqa: S105 - the word, not one: they told one, or ask for one that is in the vault
    FORGET = "forget"  # content: what of; empty: what was just told
    OVERVIEW = "overview"  # all that is known about them
    UNDO = "undo"  # what they changed last
    JOIN = "join"  # two names are of one
    WHOSE = "whose"  # they tell something of a name that several bear, or which of them it was
    HOW_KNOWN = "how_known"  # content: which thing, when they named it
    NOTE = "note"  # content: what to write down; empty when it was not said yet
    NOTE_DONE = "note_done"  # content: which note to tick off, as it was named
    NOTES_LIST = "notes_list"
    QUESTION = "question"  # something that memory or a model may know
    TIME = "time"
    DATE = "date"  # content: "today", "tomorrow", "yesterday" or a whole question of days
    SUM = "sum"  # content: the answer
    GREETING = "greeting"
    HOW_ARE_YOU = "how_are_you"
    THANKS = "thanks"
    IDENTITY = "identity"
    HELP = "help"
    LINE_CHECK = "line_check"
    UNSUPPORTED = "unsupported"  # a request for something we can't do yet
    SMALL_TALK = "small_talk"  # content: the topic
    REPEAT = "repeat"  # they want the last words again
    CONTINUE = "continue"  # they want the rest of what was cut off
    TEXT_ME = "text_me"  # content: "the rest" of what was cut off, or all of it, as a text
    HOLD_ON = "hold_on"  # they need a moment
    TRANSFER = "transfer"  # content: whom they want to be put through to
    WHO_AM_I = "who_am_i"
    OTHER_LANGUAGE = "other_language"
    UNCLEAR = "unclear"  # a word or a picture that says nothing by itself
    GOODBYE = "goodbye"
    STATEMENT = "statement"  # they tell us something
    SILENCE = "silence"  # no words


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the rules read from an utterance."""

    intent: Intent
    content: str = ""  # the slot of the intent, cleaned, in the person's own words
    is_question: bool = False
    ends_exchange: bool = False  # they said goodbye, alone or after their request
    detail: str = ""  # what it is about, when they said so

    @property
    def wants_recall(self) -> bool:
        """Say whether memory should be searched: what was said may bear on the answer."""
        return self.intent in {
            Intent.QUESTION,
            Intent.WHO_AM_I,
            Intent.STATEMENT,
            Intent.UNSUPPORTED,
        }

    @property
    def needs_recall(self) -> bool:
        """Say whether it can't be answered by somebody who may not tell what is remembered."""
        return self.intent in {
            Intent.QUESTION,
            Intent.WHO_AM_I,
            Intent.NOTES_LIST,
            Intent.NOTE_DONE,
            Intent.HOW_KNOWN,
            Intent.OVERVIEW,
            Intent.FORGET,
            Intent.UNDO,
            Intent.TRANSFER,  # a call goes on to others only for somebody we are sure of
        }

    @property
    def tells_something(self) -> bool:
        """Say whether the words are worth finding again: never questions, commands, greetings."""
        if self.intent in {Intent.REMEMBER, Intent.NOTE, Intent.PIN}:
            return bool(self.content)
        return self.intent is Intent.STATEMENT and not self.is_question


def understand(text: str) -> Understanding:
    """Return what somebody wants; never fails, whatever was said."""
    heard = _in_full(" ".join(text[:HEARD_CHARACTERS_MAX].translate(_APOSTROPHES).split()))
    sentences = [part for part in _SENTENCE_END.split(heard) if part.strip(_EDGES)]
    if not sentences:
        return Understanding(Intent.SILENCE)
    if patterns.GOODBYE.fullmatch(_folded(heard)):
        return Understanding(Intent.GOODBYE, ends_exchange=True)
    ends_exchange = len(sentences) > 1 and bool(patterns.GOODBYE.fullmatch(_folded(sentences[-1])))
    if ends_exchange:
        sentences = sentences[:-1]
    found = _request(sentences) or _whole(sentences)
    return replace(found, ends_exchange=ends_exchange)


def _in_full(heard: str) -> str:
    """Return what was typed in haste with its apostrophes: "whats", "im", "dont"."""

    def parted(match: re.Match[str]) -> str:
        word = match[0]
        end = 2 if word.lower().endswith("ve") else 1
        return f"{word[:-end]}'{word[-end:]}"

    return patterns.HASTY.sub(parted, heard)


def without_opening(text: str) -> str:
    """Return what was told without the words that only open it: "Actually", "no, well"."""
    return _cleaned(patterns.OPENING.sub("", text, count=1)) or text


def _request(sentences: list[str]) -> Understanding | None:
    """Find something to keep; what follows its sentence belongs to it."""
    for index, sentence in enumerate(sentences):
        words = _without_lead_in(sentence)
        rest = sentences[index + 1 :]
        for intent, pattern in (
            (Intent.NOTE_DONE, patterns.NOTE_DONE),
            (Intent.NOTE, patterns.NOTE),
            (Intent.NOTE, patterns.NOTE_ADD),
            (Intent.PIN, patterns.PIN_BARE),
            (Intent.PIN, patterns.PIN),
            (Intent.REMEMBER, patterns.REMEMBER_BARE),
            (Intent.REMEMBER, patterns.REMEMBER),
        ):
            match = pattern.fullmatch(words.lower().strip(_EDGES))
            if match is None or (
                intent in {Intent.REMEMBER, Intent.PIN} and _asks(sentence, match.group(0))
            ):
                continue
            if intent is Intent.NOTE_DONE:
                return Understanding(intent, next((slot for slot in match.groups() if slot), ""))
            return Understanding(intent, _content(words, match, rest))
    return None


def _asks(sentence: str, matched: str) -> bool:
    """Say whether it asks about the past: "Remember Anna's birthday?", "Do you remember …"."""
    is_polite = re.match(r"(?:.*\b)?(?:can|could|would|will) you\b", sentence.lower()) is not None
    has_that = re.match(r"\w+(?: \w+)?[ ,:]+that\b", matched) is not None
    return sentence.rstrip().endswith("?") and not (is_polite or has_that)


def _content(words: str, match: re.Match[str], rest: list[str]) -> str:
    """Cut the slot out of the words as they were said, capitals and all."""
    first = ""
    if "content" in match.re.groupindex and match["content"] is not None:
        offset = len(words) - len(words.lstrip(_EDGES))
        first = words[offset + match.start("content") : offset + match.end("content")]
    return _cleaned(" ".join([first.strip(), *rest]) if rest else first)


def _cleaned(content: str) -> str:
    """Return a slot without stray marks; a common first word loses its capital."""
    content = content.strip(_EDGES)
    first, _, others = content.partition(" ")
    if first.lower().strip(_EDGES) in patterns.COMMON_FIRST_WORDS and not first.isupper():
        return f"{first.lower()} {others}".strip()
    return content


_WHOLE: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    (Intent.TEXT_ME, patterns.TEXT_ME),
    (Intent.CONTINUE, patterns.CONTINUE),
    (Intent.HOW_KNOWN, patterns.HOW_KNOWN),
    (Intent.OVERVIEW, patterns.OVERVIEW),
    (Intent.FORGET, patterns.FORGET),
    (Intent.UNDO, patterns.UNDO),
    (Intent.JOIN, patterns.JOIN),
    (Intent.HOLD_ON, patterns.HOLD_ON),
    (Intent.TRANSFER, patterns.TRANSFER),
    (Intent.NOTES_LIST, patterns.NOTES_LIST),
    (Intent.TIME, patterns.TIME),
    (Intent.DATE, patterns.DATE),
    (Intent.THANKS, patterns.THANKS),
    (Intent.HOW_ARE_YOU, patterns.HOW_ARE_YOU),
    (Intent.IDENTITY, patterns.IDENTITY),
    (Intent.LINE_CHECK, patterns.LINE_CHECK),
    (Intent.HELP, patterns.HELP),
    (Intent.REPEAT, small_talk.REPEAT),
    (Intent.WHO_AM_I, small_talk.WHO_AM_I),
)


def _whole(sentences: list[str]) -> Understanding:
    """Read an utterance that asks us to keep nothing."""
    heard = " ".join(sentences)
    folded = _folded(heard)
    if patterns.GREETING.fullmatch(folded):
        return Understanding(Intent.GREETING)
    last = _folded(_without_lead_in(sentences[-1])) or folded
    for intent, pattern in _WHOLE:
        match = pattern.fullmatch(last) or pattern.fullmatch(folded)
        if match is not None:
            slots = [value.strip() for value in match.groupdict().values() if value]
            return Understanding(
                intent,
                slots[0] if slots else "",
                is_question=_is_question(heard),
                detail=slots[1] if len(slots) > 1 else "",
            )
    whom, which = unwanted(_without_lead_in(sentences[-1]))
    if whom:
        return Understanding(Intent.FORGET, whom, detail=which)
    return _reckoned(last) or _chatted(heard, folded) or _said(heard, last)


def _reckoned(last: str) -> Understanding | None:
    """Read what a calendar or a calculator answers."""
    if is_about_days(last):
        return Understanding(Intent.DATE, last, is_question=True)
    answer = solve(last)
    return None if answer is None else Understanding(Intent.SUM, answer, is_question=True)


def _chatted(heard: str, folded: str) -> Understanding | None:
    """Read what wants nothing, or can't be read at all."""
    topic = small_talk.small_talk(folded)
    if topic:
        return Understanding(Intent.SMALL_TALK, topic)
    if small_talk.is_foreign(heard):
        return Understanding(Intent.OTHER_LANGUAGE)
    if small_talk.is_wordless(heard) or (" " not in folded and not _is_question(heard)):
        return Understanding(Intent.UNCLEAR)
    return None


def _said(heard: str, last: str) -> Understanding:
    """Read a question, a request that is beyond us, or something told."""
    if _is_question(heard):
        is_beyond = patterns.UNSUPPORTED.fullmatch(last) is not None
        return Understanding(
            Intent.UNSUPPORTED if is_beyond else Intent.QUESTION,
            heard.strip(),
            is_question=True,
        )
    if patterns.UNSUPPORTED.fullmatch(last) and not patterns.CALLED.fullmatch(_folded(heard)):
        return Understanding(Intent.UNSUPPORTED, heard.strip())
    return Understanding(Intent.STATEMENT, heard.strip())


def _is_question(heard: str) -> bool:
    last = _SENTENCE_END.split(heard)[-1]
    if heard.rstrip().endswith("?"):
        return True
    without = _folded(_without_lead_in(last))
    return any(patterns.QUESTION.match(words) for words in (_folded(last), without))


def _without_lead_in(sentence: str) -> str:
    match = patterns.LEAD_IN.match(sentence.lower())
    rest = sentence[match.end() :] if match else sentence
    return rest if rest.strip(_EDGES) else sentence


def _folded(text: str) -> str:
    return text.lower().strip(_EDGES)
