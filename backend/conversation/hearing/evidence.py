"""How much silence ends an utterance, by all that is known of it."""

from dataclasses import dataclass
from enum import StrEnum

from backend.conversation.hearing.completeness import Completeness, completeness
from backend.conversation.hearing.happenings import Why
from backend.conversation.tuning import Patience, VoiceTuning

# A model that listens to the melody is a weak witness: its word moves the bound, never more.
WITNESS_MS = 100
WITNESS_SURE = 0.9
# Words that the ears doubt so much are often others: they end nothing early.
CONFIDENCE_MIN = 0.76


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
    confidence: float = 1.0  # in the words, 0 to 1
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
        return _why_unread(known)
    is_answer = known.expected is Expected.SHORT_ANSWER
    found = completeness(known.text, digits=_digits(known))
    if known.confidence < CONFIDENCE_MIN and found in _ENDS:
        return Why.DOUBTFUL
    is_short = known.voice_ms <= tuning.short_answer_voice_ms
    if is_answer and (found is Completeness.ANSWER or (found in _FRAGMENTS and is_short)):
        return Why.SHORT_ANSWER
    return _WHY[found]


def _why_unread(known: Known) -> Why:
    if known.was_open or known.expected is Expected.DIGITS:
        return Why.DICTATING
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
        Why.NOTHING: patience.nothing_ms,
        Why.FAREWELL: patience.farewell_ms,
        Why.SHORT_ANSWER: patience.short_answer_ms,
        Why.QUESTION: patience.question_ms,
        Why.COMPLETE: patience.complete_ms,
        Why.BRIEF: patience.brief_ms,
        Why.DOUBTFUL: patience.unsure_ms,
        Why.WHOLE_NUMBER: patience.whole_number_ms,
        Why.UNSURE: patience.unsure_ms,
        Why.SILENCE: patience.unread_ms,
        Why.UNFINISHED: patience.unfinished_ms,
        Why.DICTATING: patience.dictating_ms,
        Why.LONGEST: patience.min_ms,
    }[why]


_WHY = {
    Completeness.NOTHING: Why.NOTHING,
    Completeness.FAREWELL: Why.FAREWELL,
    Completeness.QUESTION: Why.QUESTION,
    Completeness.COMPLETE: Why.COMPLETE,
    Completeness.BRIEF: Why.BRIEF,
    Completeness.WHOLE_NUMBER: Why.WHOLE_NUMBER,
    Completeness.ANSWER: Why.UNSURE,  # to nothing that was asked: "yes. I would like …"
    Completeness.UNSURE: Why.UNSURE,
    Completeness.SUBJECT: Why.UNFINISHED,
    Completeness.UNFINISHED: Why.UNFINISHED,
    Completeness.DICTATING: Why.DICTATING,
}
_ENDS = frozenset(
    {Completeness.ANSWER, Completeness.QUESTION, Completeness.COMPLETE, Completeness.BRIEF}
)
_FRAGMENTS = frozenset({Completeness.UNSURE, Completeness.SUBJECT})
_ADAPTED = frozenset({Why.QUESTION, Why.COMPLETE, Why.BRIEF, Why.UNSURE, Why.DOUBTFUL})
