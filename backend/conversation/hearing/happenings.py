"""What a turn taker tells of a line: somebody speaks, pauses, goes on, has ended."""

from dataclasses import dataclass
from enum import StrEnum

from backend.kernel.events import VoiceStarted
from backend.kernel.speech import Utterance


class Why(StrEnum):
    """What an utterance's end, or the patience with a pause, rests on."""

    NOTHING = "nothing"  # a cough, a breath: no word in it
    FAREWELL = "farewell"
    SHORT_ANSWER = "short answer"
    QUESTION = "question"
    COMPLETE = "complete"
    BRIEF = "brief"
    DOUBTFUL = "doubtful"  # the words may be others
    WHOLE_NUMBER = "whole number"
    UNSURE = "unsure"
    SILENCE = "silence"  # the words were not known
    UNFINISHED = "unfinished"
    DICTATING = "dictating"
    LONGEST = "longest"  # nobody may speak longer in one breath


@dataclass(frozen=True, slots=True)
class UtteranceGrew:
    """Somebody is in the middle of this."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class UtterancePaused:
    """Somebody may have finished: if so, this is what they said.

    Told again for the same pause when a soft ending came after it.
    """

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class UtteranceResumed:
    """They go on: what was made of the pause is worth nothing."""


@dataclass(frozen=True, slots=True)
class UtteranceEnded:
    """Somebody said something and was silent for long enough."""

    utterance: Utterance
    why: str = Why.SILENCE
    silence_ms: int = 0  # from the last voice to this verdict


@dataclass(frozen=True, slots=True)
class VoiceFaded:
    """What had begun like a voice was too short to be a word."""


HearingEvent = (
    VoiceStarted | UtteranceGrew | UtterancePaused | UtteranceResumed | UtteranceEnded | VoiceFaded
)
