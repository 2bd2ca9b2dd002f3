"""A turn that may come to nothing: it thinks at once, and changes nothing before its commit."""

import asyncio
from collections.abc import Awaitable, Callable

from backend.conversation.sessions import Background, Party
from backend.conversation.turns.secrecy import as_kept
from backend.conversation.turns.types import (
    Draft,
    Evidence,
    Hushed,
    Speak,
    Together,
    TurnRecord,
)
from backend.kernel.errors import RingbackError
from backend.kernel.ids import TurnId
from backend.kernel.people import Actor
from backend.platform.tasks import unbroken

Keep = Callable[["Attempt", Together | None], Awaitable[None]]
"""Writes an attempt's turn down: the one thing about it that has an effect."""


class Attempt:
    """One turn, from its first thought to its commit.

    A task thinks: it calls `think` with each piece of the reply and `end` at the end. Whoever
    began it either commits it once, and gets the pieces, or drops it.
    """

    def __init__(
        self,
        draft: Draft,
        keep: Keep,
        *,
        on_piece: Callable[[str | None], None] | None = None,
        asked: str = "",
    ) -> None:
        self.draft = draft
        self._asked = (
            asked or draft.heard.text
        )  # as it was said; what is kept may be without secrets
        self.failure: RingbackError | None = None  # why it thinks no further
        self.names: tuple[str, ...] = ()  # that were said, to be expected from now on
        self.record: TurnRecord | None = None  # once it is kept
        self._actor: Actor = _line(draft).actor
        self._keep, self._on_piece = keep, on_piece
        self._pieces: list[str] = []
        self._has_news, self._has_settled = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_ready = self._is_stopped = self._is_over = False

    @property
    def turn_id(self) -> TurnId:
        """Name the turn that it becomes."""
        return self.draft.heard.turn_id

    @property
    def is_stopped(self) -> bool:
        """Say whether nobody wants its reply any more."""
        return self._is_stopped

    def answers(self, text: str, background: Background) -> bool:
        """Say whether it is the answer to this, to this person, after all that was said."""
        draft = self.draft
        is_same = (self._asked, draft.background) == (text, background)
        return is_same and _line(draft).actor == self._actor and self.failure is None

    def shown(self, text: str) -> str:
        """Return words of the reply as they may be kept, and shown to whoever looks on."""
        return as_kept(self.draft, text)

    # ── thinking ─────────────────────────────────────────────────────────────────────────────
    def run(self, task: asyncio.Task[None]) -> None:
        """Take the task that thinks, to be ended with the attempt."""
        self._task = task

    def ready(self) -> bool:
        """Note that what the turn changes is known; say whether a reply is still wanted."""
        self._is_ready = True
        return not self._is_stopped

    def think(self, piece: str) -> None:
        """Take the next piece of the reply."""
        self._pieces.append(piece)
        self._has_news.set()
        if self._on_piece is not None:
            self._on_piece(piece)

    def end(self) -> None:
        """Say that no more pieces come."""
        self._is_over = True
        self._has_news.set()
        if self._on_piece is not None and not self._is_stopped:
            self._on_piece(None)

    def stop(self) -> None:
        """Think no further: nobody listens. What the turn changes is still found out."""
        self._is_stopped = True
        if self._is_ready:
            self._cancel()

    def drop(self) -> None:
        """Forget it: it never was a turn."""
        self._is_stopped = True
        self._cancel()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    # ── becoming a turn ──────────────────────────────────────────────────────────────────────
    async def commit(
        self, speak: Speak, *, evidence: Evidence | None = None, together: Together | None = None
    ) -> TurnRecord:
        """Give the reply out and keep the turn; a cancelled one is kept as far as it came."""
        if evidence is not None:
            self._take_in(evidence)
        try:
            await self._give_out(speak)
        except asyncio.CancelledError:
            await unbroken(self._finish(together))
            raise
        record = await unbroken(self._finish(together))
        if self.draft.effects:
            await give(speak, self.draft.said)  # confirmed only now that it is done
        return record

    async def settled(self) -> None:
        """Wait until the turn is kept, or can't be."""
        await self._has_settled.wait()

    async def _give_out(self, speak: Speak) -> None:
        """Hand the pieces on as they come; hold back what confirms an effect."""
        given = 0
        while given < len(self._pieces) or not self._is_over:
            if given == len(self._pieces):
                self._has_news.clear()
                await self._has_news.wait()
                continue
            piece = self._pieces[given]
            if not self.draft.effects and not await give(speak, piece):
                self.stop()
                return
            self.draft.said += piece
            given += 1
        if self.failure is not None:
            await self._apologise(self.failure, speak)

    async def _apologise(self, error: RingbackError, speak: Speak) -> None:
        """The reply is an apology, but what was heard is kept all the same."""
        self.draft.said = f"{self.draft.said} {error.spoken}".strip()
        if not self.draft.effects:
            await give(speak, f" {error.spoken}" if self._pieces else error.spoken)

    async def _finish(self, together: Together | None) -> TurnRecord:
        try:
            if not self._is_over:
                self.stop()
            if self._task is not None:
                await asyncio.wait({self._task})  # a provider's money is accounted for
            await self._keep(self, together)
            self.record = _record(self.draft)
        finally:
            self._has_settled.set()
        if self._task is not None and not self._task.cancelled():
            self._task.result()  # a slip of ours is not hidden
        return self.record

    def _take_in(self, evidence: Evidence) -> None:
        details = self.draft.details
        self.draft.timeline.add(evidence.spans)
        details.engines.update(evidence.engines)
        details.why, details.silence_ms = evidence.why, evidence.silence_ms
        details.voice_began_ms = evidence.voice_began_ms
        details.voice_ended_ms = evidence.voice_ended_ms
        details.confidence = evidence.confidence
        details.read_as = evidence.read_as
        details.speculated.extend(evidence.speculated)


async def give(speak: Speak, piece: str) -> bool:
    """Hand on a piece of the reply; say whether anybody still listens."""
    try:
        await speak(piece)
    except Hushed:
        return False
    return True


def _line(draft: Draft) -> Party:
    return draft.line or draft.party


def _record(draft: Draft) -> TurnRecord:
    return TurnRecord(
        turn_id=draft.heard.turn_id,
        heard=draft.heard.text,
        said=as_kept(draft, draft.said),
        sources=draft.sources,
        timeline=draft.timeline.durations(),
        is_farewell=draft.is_farewell,
        wants_patience=draft.wants_patience,
        spans=draft.timeline.rows(),
        engines=dict(draft.details.engines),
    )
