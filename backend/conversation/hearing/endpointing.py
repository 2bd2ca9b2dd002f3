"""Has the speaker finished? Turns frames and probabilities into utterances."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from backend.conversation.tuning import VoiceTuning
from backend.kernel.audio import FRAME_MS, Frame
from backend.kernel.events import VoiceStarted
from backend.kernel.speech import Utterance


@dataclass(frozen=True, slots=True)
class UtterancePaused:
    """Somebody may have finished: if so, this is what they said, and nothing will be added."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class UtteranceEnded:
    """Somebody said something and then was silent for long enough."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class VoiceFaded:
    """What had begun like a voice was too short to be a word."""


HearingEvent = VoiceStarted | UtterancePaused | UtteranceEnded | VoiceFaded


class Evidence(Protocol):
    """Weighs how likely a pause is to be the end of the turn."""

    def silence_needed_ms(self, voice_ms: int) -> int:
        """Return how long a silence ends an utterance with so much voice in it."""
        ...


class SilenceOnly:
    """The same patience for everybody."""

    def __init__(self, tuning: VoiceTuning) -> None:
        self._tuning = tuning

    def silence_needed_ms(self, voice_ms: int) -> int:
        """Return the usual patience."""
        del voice_ms
        return self._tuning.turn_end_silence_ms


class ShortAnswerExpected:
    """After a question to be answered by yes or no: a short answer needs no long silence."""

    def __init__(self, tuning: VoiceTuning) -> None:
        self._tuning = tuning

    def silence_needed_ms(self, voice_ms: int) -> int:
        """Return less patience for a short answer, the usual one for anything longer."""
        if voice_ms <= self._tuning.short_answer_voice_ms:
            return self._tuning.short_answer_silence_ms
        return self._tuning.turn_end_silence_ms


class TurnTaker:
    """Follows one line; its `evidence` may be exchanged at any time."""

    def __init__(self, tuning: VoiceTuning, *, evidence: Evidence | None = None) -> None:
        self.evidence: Evidence = evidence or SilenceOnly(tuning)
        self._tuning = tuning
        self._before: deque[Frame] = deque(maxlen=tuning.preroll_ms // FRAME_MS)
        self._frames: list[Frame] = []
        self._voice_ms = 0
        self._silence_ms = 0
        self._has_started = False

    @property
    def hears_voice(self) -> bool:
        """Whether somebody is in the middle of an utterance."""
        return self._has_started

    def push(self, frame: Frame, probability: float) -> HearingEvent | None:
        """Take the next frame and return what it means, if anything."""
        is_voice = probability >= (
            self._tuning.voice_holds_probability
            if self._frames
            else self._tuning.voice_begins_probability
        )
        if not self._frames and not is_voice:
            self._before.append(frame)
            return None
        self._frames.append(frame)
        if is_voice:
            self._voice_ms += FRAME_MS
            self._silence_ms = 0
        else:
            self._silence_ms += FRAME_MS
        return self._decide() if self._has_started else self._begin()

    def _begin(self) -> HearingEvent | None:
        if self._voice_ms >= self._tuning.voice_begins_ms:
            self._has_started = True
            return VoiceStarted()
        if self._silence_ms > self._tuning.voice_gap_ms:
            # A click: its frames may still be the soft beginning of a word.
            self._before.extend(self._frames)
            self._forget()
        return None

    def _decide(self) -> HearingEvent | None:
        spoken_ms = len(self._frames) * FRAME_MS
        if spoken_ms >= self._tuning.utterance_max_ms:
            return self._end()
        if self._silence_ms >= self.evidence.silence_needed_ms(self._voice_ms):
            return self._end()
        # All the silence that is kept has passed: more of it changes nothing any more.
        if self._silence_ms == self._tuning.tail_ms and self._is_speech:
            return UtterancePaused(self._utterance())
        return None

    def _end(self) -> HearingEvent:
        ended = UtteranceEnded(self._utterance()) if self._is_speech else VoiceFaded()
        kept = self._kept()
        self._before.clear()
        self._before.extend(self._frames[kept:])
        self._forget()
        return ended

    def _utterance(self) -> Utterance:
        frames = [*self._before, *self._frames[: self._kept()]]
        voiced = len(self._frames) - self._silence_ms // FRAME_MS
        ended_ms = self._frames[voiced - 1].at_ms + FRAME_MS
        pcm = b"".join(frame.pcm for frame in frames)
        return Utterance(pcm, frames[0].at_ms, ended_ms)

    def _kept(self) -> int:
        """Return how many frames belong to the utterance: the voice and a tail."""
        silent = self._silence_ms // FRAME_MS
        return len(self._frames) - max(0, silent - self._tuning.tail_ms // FRAME_MS)

    @property
    def _is_speech(self) -> bool:
        return self._voice_ms >= self._tuning.speech_min_ms

    def _forget(self) -> None:
        self._frames = []
        self._voice_ms = self._silence_ms = 0
        self._has_started = False
