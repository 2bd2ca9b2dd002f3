"""Speaks at the pace of hearing: a little ahead of the caller's ear, and knows what they heard."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from backend.conversation.sound import Resampler
from backend.conversation.tuning import VoiceTuning
from backend.kernel.audio import RATE_HZ, Sound
from backend.kernel.clock import Clock
from backend.kernel.speech import Phrase

BYTES_PER_MS = RATE_HZ * 2 // 1000
SPANS_MAX = 256  # phrases of one reply that are remembered
WAIT_S = 0.02
MS_PER_LETTER = 60.0  # a usual pace of speech


class SpeakingLine(Protocol):
    """The part of a line that we speak to; it converts to its own format."""

    async def play(self, pcm: bytes) -> None:
        """Append PCM16 at 16 kHz to what the other end will hear."""
        ...

    async def mark(self, name: str) -> None:
        """Ask to be told when everything so far has been heard."""
        ...

    async def clear(self) -> None:
        """Drop what was not heard yet."""
        ...


@dataclass(slots=True)
class Span:
    """One phrase on its way to the ear."""

    phrase: Phrase
    mark: str
    reply: int
    made_ms: float = 0.0
    sent_ms: float = 0.0
    begins_at: float = 0.0  # on the monotonic clock, as estimated
    is_made: bool = False  # to its end
    is_heard: bool = False  # the carrier has said so

    @property
    def total_ms(self) -> float:
        """How long it sounds; while it is being made, how long it will about be."""
        if self.is_made:
            return self.made_ms
        return max(self.made_ms, len(self.phrase.text) * MS_PER_LETTER)

    def heard_ms(self, now: float) -> float:
        """Return how much of it was heard by now: the mark is the truth, the clock fills in."""
        if self.is_heard:
            return self.sent_ms
        return min(self.sent_ms, max(0.0, (now - self.begins_at) * 1000)) if self.sent_ms else 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    """How far the other end has heard the reply."""

    text: str  # up to the last whole word
    unheard: str  # the rest of what was begun
    phrases: int  # how many were heard whole


@dataclass(slots=True)
class _Piece:
    span: Span
    pcm: bytes
    is_last: bool = False


class Player:
    """Everything that one line is told; `run` it in the call's task group."""

    def __init__(
        self, line: SpeakingLine, clock: Clock, *, tuning: VoiceTuning | None = None
    ) -> None:
        self._line, self._clock = line, clock
        self._tuning = tuning or VoiceTuning()
        self._pieces: deque[_Piece] = deque()
        self._waiting_ms = 0.0
        self._has_work = asyncio.Event()
        self._spans: deque[Span] = deque(maxlen=SPANS_MAX)
        self._silent_at = 0.0  # when the other end's buffer runs empty
        self._round = 0  # counts the clears: marks of an older round are no proof of hearing
        self._frozen: Heard | None = None
        self._reply = 0
        self._marks = 0

    def begin(self) -> None:
        """Start a new reply: what was heard counts from here."""
        self._reply += 1
        self._frozen = None
        unheard = (span for span in self._spans if not span.is_heard)
        self._spans = deque(unheard, maxlen=SPANS_MAX)

    async def run(self) -> None:
        """Send what was made, never further ahead than the lead; for as long as the line lives."""
        while True:
            await self._has_work.wait()
            while self._pieces:
                await self._send_next()
            self._has_work.clear()

    async def play(self, phrase: Phrase, sounds: AsyncIterator[Sound]) -> None:
        """Queue a phrase while it is made; returns once all of it was made, or after a clear."""
        self._marks += 1
        span = Span(phrase, mark=f"{self._round}.{self._marks}", reply=self._reply)
        self._frozen = None
        self._spans.append(span)
        try:
            await self._make(span, sounds)
        finally:
            # Whatever was made is closed by its mark, even when the voice failed in the middle.
            if span in self._spans:
                span.is_made = True
                self._pieces.append(_Piece(span, b"", is_last=True))
                self._has_work.set()

    def mark_heard(self, name: str) -> None:
        """Take the carrier's word that everything up to a mark was heard."""
        if not name.startswith(f"{self._round}."):
            return
        if all(span.mark != name for span in self._spans):
            return
        for span in self._spans:
            span.is_heard = True
            if span.mark == name:
                break
        self._correct_clock(name)

    def heard(self) -> Heard:
        """Return what of this reply was heard until now."""
        return self._frozen or self._heard_by(self._clock.monotonic())

    @property
    def is_silent(self) -> bool:
        """Whether nothing is queued, and all that was sent has been heard."""
        if self._pieces or any(not span.is_made for span in self._spans):
            return False
        lost_at = self._silent_at + self._tuning.mark_grace_ms / 1000
        return all(span.is_heard for span in self._spans) or self._clock.monotonic() >= lost_at

    async def drained(self) -> None:
        """Wait until everything was heard, by the marks or, when they fail, by the clock."""
        while not self.is_silent:
            await self._clock.sleep(WAIT_S)

    async def clear(self) -> Heard:
        """Stop speaking at once and return what was heard."""
        heard = self.heard()
        self._frozen = heard
        self._round += 1
        self._pieces.clear()
        self._waiting_ms = 0.0
        self._spans.clear()
        self._silent_at = self._clock.monotonic()
        await self._line.clear()
        return heard

    async def _make(self, span: Span, sounds: AsyncIterator[Sound]) -> None:
        round_ = self._round
        resampler, rate_hz = Resampler(RATE_HZ, RATE_HZ), RATE_HZ
        async for sound in sounds:
            if round_ != self._round:
                return
            if sound.rate_hz != rate_hz:  # another voice took over
                self._queue(span, resampler.flush())
                resampler, rate_hz = Resampler(sound.rate_hz, RATE_HZ), sound.rate_hz
            self._queue(span, resampler.feed(sound.pcm))
            while self._waiting_ms > self._tuning.speech_ahead_ms and round_ == self._round:
                await self._clock.sleep(WAIT_S)
        if round_ == self._round:
            self._queue(span, resampler.flush())

    def _queue(self, span: Span, pcm: bytes) -> None:
        size = self._tuning.playback_slice_ms * BYTES_PER_MS
        for start in range(0, len(pcm), size):
            self._pieces.append(_Piece(span, pcm[start : start + size]))
        span.made_ms += len(pcm) / BYTES_PER_MS
        self._waiting_ms += len(pcm) / BYTES_PER_MS
        if pcm:
            self._has_work.set()

    async def _send_next(self) -> None:
        ahead_s = self._silent_at - self._clock.monotonic()
        if ahead_s > self._tuning.playback_lead_ms / 1000:
            await self._clock.sleep(ahead_s - self._tuning.playback_lead_ms / 1000)
            return  # a clear may have come meanwhile
        piece = self._pieces.popleft()
        span = piece.span
        if piece.is_last:
            await self._line.mark(span.mark)
            return
        duration_ms = len(piece.pcm) / BYTES_PER_MS
        self._waiting_ms = max(0.0, self._waiting_ms - duration_ms)
        begins_at = max(self._silent_at, self._clock.monotonic())
        if not span.sent_ms:
            span.begins_at = begins_at
        span.sent_ms += duration_ms
        self._silent_at = begins_at + duration_ms / 1000
        await self._line.play(piece.pcm)

    def _correct_clock(self, name: str) -> None:
        """What follows a heard mark can't have begun before it was heard."""
        now = self._clock.monotonic()
        following = [span for span in self._spans if not span.is_heard and span.sent_ms]
        if following and following[0].begins_at < now:
            late_s = now - following[0].begins_at
            for span in following:
                span.begins_at += late_s
            self._silent_at += late_s
        if not following and self._spans and self._spans[-1].mark == name:
            self._silent_at = min(self._silent_at, now)

    def _heard_by(self, now: float) -> Heard:
        heard: list[str] = []
        unheard: list[str] = []
        whole = 0
        for span in self._spans:
            if span.reply != self._reply:
                continue
            if span.is_heard:
                whole += 1
                heard.append(span.phrase.text)
                continue
            before, after = _cut(span, now)
            heard.append(before)
            unheard.append(after)
        return Heard(_joined(heard), _joined(unheard), whole)


def _cut(span: Span, now: float) -> tuple[str, str]:
    """Cut a phrase at the last whole word heard, taking its sound as evenly spread."""
    heard_ms = span.heard_ms(now)
    if not heard_ms:
        return "", span.phrase.text
    if span.is_made and heard_ms >= span.made_ms:
        return span.phrase.text, ""
    words = span.phrase.text.split()
    letters_heard = heard_ms / span.total_ms * len(span.phrase.text)
    count, letters = 0, 0
    for word in words:
        letters += len(word) + 1
        if letters > letters_heard:
            break
        count += 1
    return " ".join(words[:count]), " ".join(words[count:])


def _joined(parts: list[str]) -> str:
    return " ".join(part for part in parts if part)
