"""The words of one line's utterances, read ahead at a pause: most pauses are the end of a turn."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.conversation.exchange.agreement import Agreement
from backend.conversation.hearing import Transcriber
from backend.conversation.turns.timeline import Span
from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError
from backend.kernel.speech import Transcript, Utterance
from backend.llm import Payer

# Of the ears' time on one line, glances at words that still grow take no more than this.
GLANCE_SHARE = 0.3
AHEAD_MAX = 8  # utterances that were read and whose words nobody has asked for yet
DROPPED_MAX = 64  # nobody asks on a line that never takes a turn


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose words they are."""

    hints: Sequence[str]  # names and words that they are likely to use
    payer: Callable[[], Payer]  # of one reading: whose turn it will be is not known yet


@dataclass(frozen=True, slots=True)
class Read:
    """An utterance's words, and when they were worked out."""

    transcript: Transcript
    span: Span
    utterance: Utterance
    paid_as: str = ""  # under which its cost was counted


@dataclass(frozen=True, slots=True)
class Dropped:
    """A reading that was thrown away."""

    span: Span
    paid_as: str = ""


@dataclass(frozen=True, slots=True)
class _Ahead:
    utterance: Utterance
    begun: float
    payer: Payer
    task: asyncio.Task[Read | None]


class Transcripts:
    """Reads what was said: glances while it grows, in earnest at the first pause, never twice."""

    def __init__(
        self,
        transcriber: Transcriber,
        *,
        clock: Clock,
        group: asyncio.TaskGroup,
        whose: Whose,
        on_words: Callable[[Read], None],
        on_partial: Callable[[str, bool], None],
    ) -> None:
        """`on_words` is told of a pause's words, `on_partial` of growing ones (are they stable?).

        Both are called on the loop, between two frames, and must not wait.
        """
        self._transcriber, self._clock = transcriber, clock
        self._group = group
        self._hints, self._payer = whose.hints, whose.payer
        self._on_words, self._on_partial = on_words, on_partial
        self._line = f"line {id(self):x}"
        self._ahead: deque[_Ahead] = deque()
        self._dropped: deque[Dropped] = deque(maxlen=DROPPED_MAX)
        self._glance: asyncio.Task[None] | None = None
        self._glanced_ms = -1  # where the utterance began that was glanced at
        self._agreement = Agreement()
        self._rests_until = 0.0

    def grew(self, utterance: Utterance) -> None:
        """Glance at what is being said, when nobody else needs the ears."""
        is_glancing = self._glance is not None and not self._glance.done()
        if is_glancing or self._clock.monotonic() < self._rests_until:
            return
        if self._transcriber.is_idle:
            self._glance = self._group.create_task(self._glance_at(utterance))

    def paused(self, utterance: Utterance) -> None:
        """Begin to read what may be a whole utterance.

        Where many wait for the ears it waits as well: if they go on meanwhile, it cost nothing.
        """
        self._end_glance()
        if self._ahead and self._ahead[-1].utterance.started_ms == utterance.started_ms:
            self.drop()
        if len(self._ahead) == AHEAD_MAX:
            self._drop(self._ahead.popleft())
        payer = self._payer()
        task = self._group.create_task(self._read_ahead(utterance, payer))
        self._ahead.append(_Ahead(utterance, self._clock.monotonic(), payer, task))

    def drop(self) -> None:
        """Forget what was read at the last pause: they went on."""
        if self._ahead:
            self._drop(self._ahead.pop())

    def close(self) -> None:
        """Forget everything: the line is gone."""
        self._end_glance()
        while self._ahead:
            self.drop()

    def take_dropped(self) -> list[Dropped]:
        """Return the work that was thrown away since this was last asked."""
        dropped = list(self._dropped)
        self._dropped.clear()
        return dropped

    async def read(self, utterance: Utterance) -> Read:
        """Return an utterance's words: they are often known already."""
        self._end_glance()
        for ahead in self._ahead:
            if ahead.utterance is utterance:
                self._ahead.remove(ahead)
                read = await ahead.task
                return read if read is not None else await self._read(utterance, ahead.payer)
        self._drop_like(utterance)
        return await self._read(utterance, self._payer())

    # ── inside ───────────────────────────────────────────────────────────────────────────────
    def _drop_like(self, utterance: Utterance) -> None:
        """Drop what was read of this utterance before more of it was heard."""
        for ahead in [*self._ahead]:
            if ahead.utterance.started_ms == utterance.started_ms:
                self._ahead.remove(ahead)
                self._drop(ahead)

    def _drop(self, ahead: _Ahead) -> None:
        span = (ahead.begun, self._clock.monotonic())
        if ahead.task.done() and not ahead.task.cancelled():
            read = ahead.task.result()
            span = read.span if read is not None else span
        ahead.task.cancel()
        self._dropped.append(Dropped(span, _name(ahead.payer)))

    def _end_glance(self) -> None:
        if self._glance is not None:
            self._glance.cancel()
            self._glance = None

    async def _read_ahead(self, utterance: Utterance, payer: Payer) -> Read | None:
        """Read; a failure is no news yet, since nobody has asked."""
        try:
            read = await self._read(utterance, payer)
        except RingbackError:
            return None
        self._on_words(read)
        return read

    async def _read(self, utterance: Utterance, payer: Payer) -> Read:
        begin = self._clock.monotonic()
        transcript = await self._transcriber.transcribe(
            utterance, hints=tuple(self._hints), line=self._line, payer=payer
        )
        span = (begin, self._clock.monotonic())
        return Read(transcript, span, utterance, _name(payer))

    async def _glance_at(self, utterance: Utterance) -> None:
        begin = self._clock.monotonic()
        try:
            transcript = await self._transcriber.transcribe(
                utterance, hints=tuple(self._hints), is_final=False, line=self._line
            )
        except RingbackError:
            return  # the ears are busy or broken: the words come with the pause
        finally:
            now = self._clock.monotonic()
            self._rests_until = now + (now - begin) * (1 / GLANCE_SHARE - 1)
        if utterance.started_ms != self._glanced_ms:
            self._glanced_ms, self._agreement = utterance.started_ms, Agreement()
        stable = self._agreement.take(transcript.text)
        if stable is not None:
            self._on_partial(stable, True)
        self._on_partial(transcript.text, False)  # that there is no word is news as well


def _name(payer: Payer) -> str:
    return payer.turn_id or ""
