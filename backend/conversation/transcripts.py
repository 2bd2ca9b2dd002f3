"""The words of one line's utterances, read ahead at a pause: most pauses are the end of a turn."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from backend.conversation.hearing import Transcriber
from backend.conversation.timeline import Span
from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError
from backend.kernel.speech import Transcript, Utterance


@dataclass(frozen=True, slots=True)
class Read:
    """An utterance's words, and when they were worked out."""

    transcript: Transcript
    span: Span


@dataclass(frozen=True, slots=True)
class _Ahead:
    utterance: Utterance
    task: asyncio.Task[Read | None]


class Transcripts:
    """Reads what was said; begins at the first long pause, and drops that when they go on."""

    def __init__(
        self,
        transcriber: Transcriber,
        *,
        clock: Clock,
        group: asyncio.TaskGroup,
        hints: Sequence[str],
    ) -> None:
        self._transcriber, self._clock = transcriber, clock
        self._group, self._hints = group, hints
        self._ahead: _Ahead | None = None

    def read_ahead(self, utterance: Utterance) -> None:
        """Begin to read what may be a whole utterance, when nobody else needs the ears."""
        self.drop()
        if self._transcriber.is_idle:
            self._ahead = _Ahead(utterance, self._group.create_task(self._try(utterance)))

    async def read(self, utterance: Utterance) -> Read:
        """Return an utterance's words: they are often known already."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.utterance == utterance:
            read = await ahead.task
            if read is not None:
                return read
        elif ahead is not None:
            ahead.task.cancel()
        return await self._read(utterance)

    def drop(self) -> None:
        """Forget what was read ahead: they went on, or the line is gone."""
        if self._ahead is not None:
            self._ahead.task.cancel()
            self._ahead = None

    async def _try(self, utterance: Utterance) -> Read | None:
        """Read; a failure is no news yet, since nobody has asked."""
        try:
            return await self._read(utterance)
        except RingbackError:
            return None

    async def _read(self, utterance: Utterance) -> Read:
        begin = self._clock.monotonic()
        transcript = await self._transcriber.transcribe(utterance, hints=tuple(self._hints))
        return Read(transcript, (begin, self._clock.monotonic()))
