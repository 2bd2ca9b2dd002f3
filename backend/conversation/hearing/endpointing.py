"""Has the speaker finished? Turns frames, probabilities and words into utterances."""

from collections import deque

from backend.conversation.hearing.evidence import Expected, Known, Verdict, weigh
from backend.conversation.hearing.happenings import (
    HearingEvent,
    UtteranceEnded,
    UtteranceGrew,
    UtterancePaused,
    UtteranceResumed,
    VoiceFaded,
    Why,
)
from backend.conversation.hearing.loudness import audible_from, loudness
from backend.conversation.hearing.pauses import Pauses
from backend.conversation.tuning import VoiceTuning
from backend.kernel.audio import FRAME_BYTES, FRAME_MS, Frame
from backend.kernel.events import VoiceStarted
from backend.kernel.speech import Utterance

# A pause in words that are open (or not known) says nothing of how long this caller pauses where
# an end could be.
_DICTATED = frozenset({Why.DICTATING, Why.WHOLE_NUMBER})
_OPEN = _DICTATED | {Why.UNFINISHED}
# A line on which it always stirs a little is not read again and again.
TOLD_MAX = 3
SETTLES_MS = 100


class TurnTaker:
    """Follows one line; a frame costs it a few comparisons."""

    def __init__(self, tuning: VoiceTuning) -> None:
        self._tuning = tuning
        self._pauses = Pauses()
        self._expected, self._digits = Expected.ANYTHING, 0
        self._before: deque[Frame] = deque(maxlen=tuning.preroll_ms // FRAME_MS)
        self._frames: list[Frame] = []
        self._voice_ms = self._silence_ms = self._ungrown_ms = 0
        self._has_started = self._was_open = False
        self._pause: _Pause | None = None

    @property
    def hears_voice(self) -> bool:
        """Whether somebody is in the middle of an utterance."""
        return self._has_started

    def expect(self, wanted: Expected, *, digits: int = 0) -> None:
        """Take note of what the companion has asked for, and of how many digits that has."""
        self._expected, self._digits = wanted, digits

    def drop(self) -> None:
        """Forget what is being said: nobody listens to its end."""
        self._close(len(self._frames))

    def read(
        self,
        utterance: Utterance,
        text: str,
        *,
        confidence: float = 1.0,
        ending: float | None = None,
    ) -> None:
        """Take the words of a paused utterance: the verdict may come with the next frame.

        `ending` is what a witness of the melody says: how likely it is the end, 0 to 1.
        """
        if self._pause is not None and self._pause.utterance is utterance:
            self._pause.verdict = self._weigh(text, confidence, ending)
            self._was_open = self._pause.verdict.why in _DICTATED

    def push(self, frame: Frame, probability: float) -> HearingEvent | None:
        """Take the next frame and return what it means, if anything."""
        if not self._frames and probability < self._tuning.voice_begins_probability:
            self._before.append(frame)
            return None
        self._frames.append(frame)
        is_voice = probability >= self._tuning.voice_holds_probability
        if not self._has_started:
            return self._begin(is_voice)
        if len(self._frames) * FRAME_MS >= self._tuning.utterance_max_ms:
            return self._end(Why.LONGEST)
        if self._pause is not None:
            return self._wait(self._pause, frame, probability)
        return self._follow(is_voice)

    # ── is it a voice? ───────────────────────────────────────────────────────────────────────
    def _begin(self, is_voice: bool) -> HearingEvent | None:
        self._count(is_voice)
        if self._voice_ms >= self._tuning.voice_begins_ms:
            self._has_started = True
            self._pauses.began(self._frames[0].at_ms)
            return VoiceStarted()
        if self._silence_ms > self._tuning.voice_gap_ms:
            # A click: its frames may still be the soft beginning of a word.
            self._before.extend(self._frames)
            self._forget()
        return None

    # ── somebody speaks ──────────────────────────────────────────────────────────────────────
    def _follow(self, is_voice: bool) -> HearingEvent | None:
        self._count(is_voice)
        if is_voice:
            self._ungrown_ms += FRAME_MS
            if self._ungrown_ms >= self._tuning.partial_every_ms:
                self._ungrown_ms = 0
                return UtteranceGrew(self._utterance())
        elif self._voice_ms < self._tuning.speech_min_ms:
            if self._silence_ms >= self._tuning.voice_fades_ms:
                self._close(len(self._frames))
                return VoiceFaded()
        elif self._silence_ms >= self._tuning.pause_ms:
            return self._paused()
        return None

    def _count(self, is_voice: bool) -> None:
        if is_voice:
            self._voice_ms += FRAME_MS
            self._silence_ms = 0
        else:
            self._silence_ms += FRAME_MS

    # ── somebody pauses ──────────────────────────────────────────────────────────────────────
    def _paused(self) -> UtterancePaused:
        quiet = self._frames[-(self._silence_ms // (2 * FRAME_MS)) :]
        self._pause = _Pause(self._utterance(), self._weigh(None), audible_from(quiet))
        return UtterancePaused(self._pause.utterance)

    def _wait(self, pause: "_Pause", frame: Frame, probability: float) -> HearingEvent | None:
        """Wait for more voice or for enough silence, whichever comes first."""
        self._silence_ms += FRAME_MS
        if probability >= self._tuning.voice_holds_probability:
            pause.stirs_ms += FRAME_MS
            pause.sounded_ms = self._silence_ms
            return self._resume(pause) if pause.stirs_ms >= self._tuning.voice_resumes_ms else None
        pause.stirs_ms = 0
        if self._silence_ms <= self._tuning.tail_ms and self._is_soft(pause, frame, probability):
            pause.sounded_ms = self._silence_ms
        if self._silence_ms >= pause.verdict.silence_ms:
            return self._end(pause.verdict.why)
        if pause.sounded_ms and self._silence_ms >= self._heard_to_ms(pause):
            return self._retell(pause)
        return None

    def _is_soft(self, pause: "_Pause", frame: Frame, probability: float) -> bool:
        return probability >= self._tuning.soft_probability or loudness(frame) > pause.audible_from

    def _heard_to_ms(self, pause: "_Pause") -> int:
        return max(self._tuning.tail_ms, pause.sounded_ms + SETTLES_MS)

    def _retell(self, pause: "_Pause") -> UtterancePaused | None:
        """Tell the pause again: with its soft ending the words may be others."""
        if pause.told == TOLD_MAX:
            return None
        pause.told += 1
        pause.utterance, pause.sounded_ms = self._utterance(), 0
        return UtterancePaused(pause.utterance)

    def _resume(self, pause: "_Pause") -> UtteranceResumed:
        if pause.verdict.why not in _OPEN:
            self._pauses.went_on(self._silence_ms - pause.stirs_ms)
        self._voice_ms += pause.stirs_ms
        self._silence_ms = self._ungrown_ms = 0
        self._pause = None
        return UtteranceResumed()

    def _weigh(
        self, text: str | None, confidence: float = 1.0, ending: float | None = None
    ) -> Verdict:
        known = Known(
            self._voice_ms,
            text,
            expected=self._expected,
            digits=self._digits,
            extra_ms=self._pauses.extra_ms,
            confidence=confidence,
            ending=ending,
            was_open=self._was_open,
        )
        return weigh(known, self._tuning)

    # ── the end ──────────────────────────────────────────────────────────────────────────────
    def _end(self, why: str) -> UtteranceEnded:
        pause = self._pause
        # What was read in the pause is not read again, unless something was heard since.
        utterance = pause.utterance if pause and not pause.sounded_ms else self._utterance()
        ended = UtteranceEnded(utterance, why, self._silence_ms)
        self._pauses.ended(self._frames[-1].at_ms, self._silence_ms)
        self._close(len(utterance.pcm) // FRAME_BYTES - len(self._before))
        return ended

    def _utterance(self) -> Utterance:
        """Return all that was heard, up to the end of the tail or of what sounded after it."""
        tail_ms = self._tuning.tail_ms if self._pause is None else self._heard_to_ms(self._pause)
        silent = self._silence_ms // FRAME_MS
        kept = len(self._frames) - max(0, silent - tail_ms // FRAME_MS)
        frames = [*self._before, *self._frames[:kept]]
        ended_ms = self._frames[len(self._frames) - silent - 1].at_ms + FRAME_MS
        return Utterance(b"".join(frame.pcm for frame in frames), frames[0].at_ms, ended_ms)

    def _close(self, kept: int) -> None:
        """Begin anew; what was heard after the utterance is what comes before the next one."""
        self._before.clear()
        self._before.extend(self._frames[kept:])
        self._forget()

    def _forget(self) -> None:
        self._frames = []
        self._voice_ms = self._silence_ms = self._ungrown_ms = 0
        self._has_started = self._was_open = False
        self._pause = None


class _Pause:
    """One silence, and what is made of it so far."""

    __slots__ = ("audible_from", "sounded_ms", "stirs_ms", "told", "utterance", "verdict")

    def __init__(self, utterance: Utterance, verdict: Verdict, audible_from: float) -> None:
        self.utterance, self.verdict, self.audible_from = utterance, verdict, audible_from
        self.stirs_ms = 0  # of what may be a voice again
        self.sounded_ms = 0  # how far in the silence something sounded that was not told yet
        self.told = 1
