"""Speaks at the pace of hearing: a little ahead of the caller's ear, and knows what they heard."""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from backend.conversation.sound import Resampler, tones
from backend.conversation.speaking.position import words_heard
from backend.conversation.tuning import VoiceTuning
from backend.kernel.audio import RATE_HZ, Sound, WordEnd
from backend.kernel.clock import Clock
from backend.kernel.speech import Phrase
from backend.platform.tasks import until

BYTES_PER_MS = RATE_HZ * 2 // 1000
SPANS_MAX = 1024  # phrases that are remembered: more than the longest reply has
MS_PER_LETTER = 60.0  # a usual pace of speech
DELAY_S_MAX = 0.5  # a way to the ear that seems longer is a mark that came late
NO_INDEX = -1  # of what belongs to no reply
DELAY_SHARE = 0.25  # of what each mark says about it


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


@dataclass(slots=True, eq=False)
class Span:
    """One phrase on its way to the ear."""

    phrase: Phrase
    mark: str
    reply: int
    words: list[str]
    ends: list[WordEnd] = field(default_factory=list)  # from the phrase's beginning
    made_ms: float = 0.0
    sent_ms: float = 0.0
    begins_at: float = 0.0  # on the monotonic clock, as estimated
    is_over: bool = False  # nothing more of it will be made
    is_whole: bool = False  # it was made to its end
    is_heard: bool = False  # the carrier has said so

    @property
    def total_ms(self) -> float:
        """How long it sounds; while it is being made, how long it will about be."""
        if self.is_whole:
            return self.made_ms
        return max(self.made_ms, len(self.phrase.text) * MS_PER_LETTER)

    def heard_ms(self, now: float) -> float:
        """Return how much of it was heard by now: the mark is the truth, the clock fills in."""
        if self.is_heard:
            return self.sent_ms
        return min(self.sent_ms, max(0.0, (now - self.begins_at) * 1000)) if self.sent_ms else 0.0

    def heard(self, now: float) -> "HeardPhrase":
        """Return which of its words were heard by now."""
        heard_ms = self.heard_ms(now)
        if self.is_whole and (self.is_heard or (self.made_ms and heard_ms >= self.made_ms)):
            return HeardPhrase(self.phrase, len(self.words))
        count = words_heard(self.words, heard_ms, self.total_ms, self.ends) if heard_ms else 0
        return HeardPhrase(self.phrase, count)


@dataclass(frozen=True, slots=True)
class HeardPhrase:
    """A phrase, and how many of its words were heard."""

    phrase: Phrase
    words: int


@dataclass(frozen=True, slots=True)
class Heard:
    """How far the other end has heard what was begun."""

    phrases: tuple[HeardPhrase, ...] = ()

    @property
    def text(self) -> str:
        """Everything up to the last whole word."""
        parts = (each.phrase.text.split()[: each.words] for each in self.phrases)
        return " ".join(word for part in parts for word in part)

    @property
    def unheard(self) -> str:
        """The rest of what was begun."""
        parts = (each.phrase.text.split()[each.words :] for each in self.phrases)
        return " ".join(word for part in parts for word in part)


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
        self._waiting_ms = self._room_ms = 0.0
        self._has_work, self._has_room = asyncio.Event(), asyncio.Event()
        self._news = asyncio.Event()
        self._spans: deque[Span] = deque(maxlen=SPANS_MAX)
        self._silent_at = 0.0  # when the other end's buffer runs empty
        self._delay_s = 0.0  # from the sending to the ear, as the marks tell it
        self._round = 0  # counts the clears: marks of an older round are no proof of hearing
        self._making: asyncio.Timeout | None = None  # cancels what is being made
        self._pausing: asyncio.Timeout | None = None  # and this the wait before the next slice
        self._cut: Heard | None = None  # what was heard when it was cut, until more is said
        self._reply = 0
        self._marks = 0
        self.began_at: float | None = None  # when the reply's first sound left
        self.heard_at: float | None = None  # when a mark last came back
        self.speaker = ""  # who made the last sound of the reply, where several may

    def begin(self, news: asyncio.Event | None = None) -> None:
        """Start a new reply: what was heard counts from here. `news` is set by each mark."""
        self._reply += 1
        self._cut = None
        self._news = news or asyncio.Event()
        self.began_at = self.heard_at = None
        self.speaker = ""
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
        """Queue a phrase while it is made; returns once all of it was made, or at a cut."""
        self._cut = None
        self._marks += 1
        mark = f"{self._round}.{self._marks}"
        span = Span(phrase, mark, self._reply, phrase.text.split())
        self._spans.append(span)
        try:
            await self._make(span, sounds)
        finally:
            # Whatever was made is closed by its mark, even when the voice failed in the middle.
            span.is_over = True
            if span in self._spans:
                self._pieces.append(_Piece(span, b"", is_last=True))
                self._has_work.set()

    def mark_heard(self, name: str) -> None:
        """Take the carrier's word that everything up to a mark was heard."""
        marked = next((span for span in self._spans if span.mark == name), None)
        if marked is None or marked.is_heard:
            return
        for span in self._spans:
            span.is_heard = True
            if span is marked:
                break
        self._correct_clock(marked)
        self.heard_at = self._clock.monotonic()
        self._news.set()

    def heard(self) -> Heard:
        """Return what of this reply was heard until now."""
        if self._cut is not None:
            return self._cut
        now = self._clock.monotonic()
        return Heard(tuple(span.heard(now) for span in self._spans if span.reply == self._reply))

    @property
    def is_silent(self) -> bool:
        """Whether nothing is queued, and all that was sent has been heard."""
        return self.sounds_for_s <= 0

    @property
    def sounds_for_s(self) -> float:
        """How long it takes at most until all is heard; without end while it is being made."""
        if any(not span.is_over for span in self._spans):
            return math.inf
        if not self._pieces and all(span.is_heard for span in self._spans):
            return 0.0
        grace_s, now = self._tuning.mark_grace_ms / 1000, self._clock.monotonic()
        if self._pieces:
            return max(0.0, self._silent_at - now) + self._waiting_ms / 1000 + grace_s
        return max(0.0, self._silent_at + grace_s - now)

    async def drained(self) -> None:
        """Wait until everything was heard, by the marks or, when they fail, by the clock."""
        while (seconds := self.sounds_for_s) > 0:
            self._news.clear()
            await until(self._news, self._clock, min(seconds, 1.0))

    def cut(self) -> Heard:
        """Forget what is queued and stop what is being made; return what was heard."""
        self._cut = heard = self.heard()
        self._round += 1
        self._pieces.clear()
        self._waiting_ms = 0.0
        self._spans.clear()
        self._silent_at = self._clock.monotonic()
        self._has_room.set()
        for waiting in (self._making, self._pausing):
            if waiting is not None and not waiting.expired():
                waiting.reschedule(0.0)  # a deadline that has passed cancels this alone
        return heard

    async def clear(self) -> Heard:
        """Stop speaking at once and return what was heard."""
        heard = self.cut()
        await self._line.clear()
        return heard

    async def press(self, keys: str) -> None:
        """Press keys on the line, as sound in place of words; return once they were heard."""
        await self.clear()
        await self.play(Phrase("", NO_INDEX), once(Sound(tones(keys))))
        await self.drained()

    # ── what is made ─────────────────────────────────────────────────────────────────────────
    async def _make(self, span: Span, sounds: AsyncIterator[Sound]) -> None:
        making = self._making = asyncio.timeout(None)
        try:
            async with making:
                await self._take_all(span, sounds)
        except TimeoutError:
            if not making.expired():
                raise
        finally:
            if self._making is making:
                self._making = None

    async def _take_all(self, span: Span, sounds: AsyncIterator[Sound]) -> None:
        # Before the voice is asked: one that waits in mid-sentence would keep it from other calls.
        await self._room(self._tuning.phrase_ahead_ms)
        resampler, rate_hz, made_ms = Resampler(RATE_HZ, RATE_HZ), RATE_HZ, 0.0
        async for sound in sounds:
            if sound.rate_hz != rate_hz:  # another voice took over
                self._queue(span, resampler.flush())
                resampler, rate_hz = Resampler(sound.rate_hz, RATE_HZ), sound.rate_hz
            if span.reply == self._reply:
                self.speaker = sound.engine or self.speaker
            span.ends += [WordEnd(word.text, round(made_ms + word.end_ms)) for word in sound.words]
            made_ms += len(sound.pcm) * 500 / sound.rate_hz
            self._queue(span, resampler.feed(sound.pcm))
            await self._room(self._tuning.speech_ahead_ms)
        self._queue(span, resampler.flush())
        span.is_whole = True

    async def _room(self, ahead_ms: float) -> None:
        """Wait until no more than this waits to be sent."""
        self._room_ms = ahead_ms
        while self._waiting_ms > ahead_ms:
            self._has_room.clear()
            await self._has_room.wait()

    def _queue(self, span: Span, pcm: bytes) -> None:
        if not pcm or span not in self._spans:
            return
        size = self._tuning.playback_slice_ms * BYTES_PER_MS
        for start in range(0, len(pcm), size):
            self._pieces.append(_Piece(span, pcm[start : start + size]))
        span.made_ms += len(pcm) / BYTES_PER_MS
        self._waiting_ms += len(pcm) / BYTES_PER_MS
        self._has_work.set()

    # ── what is sent ─────────────────────────────────────────────────────────────────────────
    async def _send_next(self) -> None:
        ahead_s = self._silent_at - self._clock.monotonic()
        if ahead_s > self._tuning.playback_lead_ms / 1000:
            await self._pause(ahead_s - self._tuning.playback_lead_ms / 1000)
            return  # a cut may have come meanwhile
        piece = self._pieces.popleft()
        span = piece.span
        if piece.is_last:
            await self._line.mark(span.mark)
            return
        pcm = self._joined(piece)
        duration_ms = len(pcm) / BYTES_PER_MS
        self._waiting_ms = max(0.0, self._waiting_ms - duration_ms)
        if self._waiting_ms <= self._room_ms:
            self._has_room.set()
        now = self._clock.monotonic()
        begins_at = max(self._silent_at, now + self._delay_s)
        if not span.sent_ms:
            span.begins_at = begins_at
        if self.began_at is None and span.reply == self._reply:
            self.began_at = now
        span.sent_ms += duration_ms
        self._silent_at = begins_at + duration_ms / 1000
        await self._line.play(pcm)

    async def _pause(self, seconds: float) -> None:
        """Wait until the ear has caught up; after a cut there is nothing to catch up with."""
        pausing = self._pausing = asyncio.timeout(None)
        try:
            async with pausing:
                await self._clock.sleep(seconds)
        except TimeoutError:
            if not pausing.expired():
                raise
        finally:
            self._pausing = None

    def _joined(self, piece: _Piece) -> bytes:
        """Return a piece with what follows it, up to a slice: engines give crumbs."""
        crumbs, size = [piece.pcm], len(piece.pcm)
        while self._pieces and self._pieces[0].span is piece.span and not self._pieces[0].is_last:
            size += len(self._pieces[0].pcm)
            if size > self._tuning.playback_slice_ms * BYTES_PER_MS:
                break
            crumbs.append(self._pieces.popleft().pcm)
        return b"".join(crumbs)

    def _correct_clock(self, marked: Span) -> None:
        """What follows a heard mark can't have begun before it was heard."""
        now = self._clock.monotonic()
        late_s = now - (marked.begins_at + marked.sent_ms / 1000)
        self._delay_s = min(max(self._delay_s + DELAY_SHARE * late_s, 0.0), DELAY_S_MAX)
        following = [span for span in self._spans if not span.is_heard and span.sent_ms]
        if following and following[0].begins_at < now:
            late_s = now - following[0].begins_at
            for span in following:
                span.begins_at += late_s
            self._silent_at += late_s
        if not following and self._spans[-1] is marked:
            self._silent_at = min(self._silent_at, now)


async def once(sound: Sound) -> AsyncIterator[Sound]:
    """Give a sound that is there already as a voice gives its own."""
    yield sound
