"""How much silence ends an utterance, by all that is known of it."""

from dataclasses import dataclass
from enum import StrEnum

from backend.conversation.hearing.completeness import Completeness, completeness
from backend.conversation.hearing.happenings import Why
from backend.conversation.tuning import Patience, VoiceTuning

# A model that listens to the melody is a weak witness: its word moves the bound, never more.
WITNESS_MS = 100
WITNESS_SURE = 0.9


class Expected(StrEnum):
    """What the companion has just asked for."""

    ANYTHING = "anything"
    SHORT_ANSWER = "short answer"
    DIGITS = "digits"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an utterance in its pause."""

    voice_ms: int
    text: str | None = None  # none: not read yet
    expected: Expected = Expected.ANYTHING
    digits: int = 0  # how many are expected; 0: any number
    extra_ms: int = 0  # by this caller's own pauses
    ending: float | None = None  # by a witness of the melody: is it the end? 0 to 1
    was_open: bool = False  # the words before this pause were unfinished


@dataclass(frozen=True, slots=True)
class Verdict:
    """The silence that ends it, and what that rests on."""

    why: Why
    silence_ms: int


def weigh(known: Known, tuning: VoiceTuning) -> Verdict:
    """Return the silence that ends such an utterance."""
    patience = tuning.patience
    why = _why(known, tuning)
    silence_ms = _patience_ms(why, patience)
    if why in _ADAPTED:
        silence_ms += known.extra_ms + _witness_ms(known.ending)
    return Verdict(why, max(patience.min_ms, min(patience.max_ms, silence_ms)))


def _why(known: Known, tuning: VoiceTuning) -> Why:
    if known.text is None:
        return _why_unread(known, tuning)
    is_answer = known.expected is Expected.SHORT_ANSWER
    found = completeness(known.text, digits=_digits(known))
    if found is Completeness.ANSWER:
        return Why.SHORT_ANSWER if is_answer else Why.COMPLETE
    if (
        found is Completeness.UNSURE
        and is_answer
        and known.voice_ms <= tuning.short_answer_voice_ms
    ):
        return Why.COMPLETE
    return _WHY[found]


def _why_unread(known: Known, tuning: VoiceTuning) -> Why:
    if known.was_open or known.expected is Expected.DIGITS:
        return Why.DICTATING
    is_answer = known.expected is Expected.SHORT_ANSWER
    if is_answer and known.voice_ms <= tuning.short_answer_voice_ms:
        return Why.SHORT_ANSWER
    return Why.SILENCE


def _digits(known: Known) -> int | None:
    return known.digits if known.expected is Expected.DIGITS else None


def _witness_ms(ending: float | None) -> int:
    if ending is None:
        return 0
    if ending >= WITNESS_SURE:
        return -WITNESS_MS // 2
    return WITNESS_MS if ending <= 1 - WITNESS_SURE else 0


def _patience_ms(why: Why, patience: Patience) -> int:
    return {
        Why.FAREWELL: patience.farewell_ms,
        Why.SHORT_ANSWER: patience.short_answer_ms,
        Why.QUESTION: patience.complete_ms,
        Why.COMPLETE: patience.complete_ms,
        Why.WHOLE_NUMBER: patience.whole_number_ms,
        Why.UNSURE: patience.unsure_ms,
        Why.SILENCE: patience.plain_ms,
        Why.UNFINISHED: patience.unfinished_ms,
        Why.DICTATING: patience.dictating_ms,
        Why.LONGEST: patience.min_ms,
    }[why]


_WHY = {
    Completeness.FAREWELL: Why.FAREWELL,
    Completeness.QUESTION: Why.QUESTION,
    Completeness.COMPLETE: Why.COMPLETE,
    Completeness.WHOLE_NUMBER: Why.WHOLE_NUMBER,
    Completeness.UNSURE: Why.UNSURE,
    Completeness.UNFINISHED: Why.UNFINISHED,
    Completeness.DICTATING: Why.DICTATING,
}
_ADAPTED = frozenset({Why.QUESTION, Why.COMPLETE, Why.UNSURE, Why.SILENCE})
