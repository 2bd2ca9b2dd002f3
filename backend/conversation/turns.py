"""The one way a turn happens, on every channel: understood, answered, and kept at once."""

import asyncio
from collections.abc import AsyncGenerator

from backend.conversation.gathering import Gathering, sources_of
from backend.conversation.keeping import TurnKeeper
from backend.conversation.reasoning import Context, Line, Mind, understand_next
from backend.conversation.sessions import Party
from backend.conversation.types import Draft, HeardTurn, Hushed, Speak, Together, TurnRecord
from backend.kernel.errors import RingbackError
from backend.kernel.ids import TurnId
from backend.memory.graph import extract_concepts
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.tasks import unbroken
from backend.platform.telemetry.metrics import Metrics

REPLY_CHARACTERS_MAX = 8_000  # ten minutes of speech: a mind that says more has lost its way


class Turns:
    """Takes turns. What a turn changes is committed before it is confirmed."""

    def __init__(
        self,
        *,
        database: Database,
        gathering: Gathering,
        mind: Mind,
        keeper: TurnKeeper,
        compute: Compute,
        metrics: Metrics | None = None,
    ) -> None:
        self._database, self._gathering = database, gathering
        self._mind, self._keeper, self._compute = mind, keeper, compute
        self._metrics = metrics or Metrics()

    def new_id(self) -> TurnId:
        """Return the name of a turn that begins."""
        return self._gathering.new_turn_id()

    async def prepare(self, party: Party) -> None:
        """Expect the names that this person speaks of, so that they are heard right."""
        try:
            party.hints.extend(await self._gathering.names(party))
        except RingbackError:
            return  # then they are heard as well as can be

    async def take(
        self, party: Party, heard: HeardTurn, speak: Speak, *, together: Together | None = None
    ) -> TurnRecord:
        """Answer what was heard and keep the turn; a cancelled turn is kept as far as it came."""
        understood = understand_next(heard.text, tuple(party.history))
        draft = self._gathering.open(party, heard, understood)
        try:
            context = await self._gathering.context(draft, understood)
            await asyncio.gather(
                self._respond(draft, context, speak), self._note_names(draft, party)
            )
        except asyncio.CancelledError:
            await unbroken(self._keep(draft, together))
            raise
        except RingbackError as error:
            # The reply is an apology, but what was heard is kept all the same.
            await self._apologise(draft, error, speak)
        await unbroken(self._keep(draft, together))
        if draft.effects:
            await _give(speak, draft.said)
        return _record(draft)

    async def commit(self, tx: Transaction, draft: Draft) -> None:
        """Write a turn into a transaction: all of it, in one order."""
        await self._keeper.keep(tx, draft)

    # ── the reply ────────────────────────────────────────────────────────────────────────────
    async def _respond(self, draft: Draft, context: Context, speak: Speak) -> None:
        """Give the reply out while it is produced; hold one back that confirms an effect."""
        pieces = self._mind.reply(context)
        with draft.timeline.span("respond"):
            try:
                async for piece in pieces:
                    if not draft.effects and not await _give(speak, piece):
                        break
                    draft.said += piece
                    if len(draft.said) > REPLY_CHARACTERS_MAX:
                        break
            finally:
                if isinstance(pieces, AsyncGenerator):
                    await pieces.aclose()  # a provider's stream ends now, not when it is collected
        draft.engine = context.trace.engine or self._mind.name
        if context.trace.cited is not None:
            draft.sources = sources_of(context.trace.cited)

    async def _note_names(self, draft: Draft, party: Party) -> None:
        """Find the names in what was said, beside the reply: the next transcript expects them."""
        with draft.timeline.span("extract_concepts"):
            extracted = await self._compute.run(extract_concepts, draft.heard.text)
        names = (mention.concept.name for mention in extracted.mentions)
        party.hints.extend(name for name in names if name not in party.hints)

    async def _apologise(self, draft: Draft, error: RingbackError, speak: Speak) -> None:
        draft.said = f"{draft.said} {error.spoken}".strip()
        draft.engine = draft.engine or self._mind.name
        if not draft.effects:
            await _give(speak, error.spoken)

    async def _keep(self, draft: Draft, together: Together | None) -> None:
        async with self._database.transaction() as tx:
            await self.commit(tx, draft)
            if together is not None:
                await together(tx, draft)
        self._count(draft)
        history = draft.party.history
        history.append(Line("person", draft.heard.text))
        if draft.said:
            history.append(Line("companion", draft.said))

    def _count(self, draft: Draft) -> None:
        outcome = "answered" if draft.said else "unanswered"
        self._metrics.turns.labels(draft.party.carrier, outcome).inc()
        for span, milliseconds in draft.timeline.durations().items():
            self._metrics.turn_seconds.labels(span).observe(milliseconds / 1000)


async def _give(speak: Speak, piece: str) -> bool:
    """Hand on a piece of the reply; say whether anybody still listens."""
    try:
        await speak(piece)
    except Hushed:
        return False
    return True


def _record(draft: Draft) -> TurnRecord:
    return TurnRecord(
        turn_id=draft.heard.turn_id,
        heard=draft.heard.text,
        said=draft.said,
        sources=draft.sources,
        timeline=draft.timeline.durations(),
        is_farewell=draft.is_farewell,
    )
