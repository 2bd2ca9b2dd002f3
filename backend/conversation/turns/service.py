"""The one way a turn happens, on every channel: understood, answered, and kept at once."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping

from backend.conversation.guests import as_guest
from backend.conversation.reasoning import Context, Line, Mind, Understanding, understand_next
from backend.conversation.sessions import Background, Party
from backend.conversation.turns.attempts import Attempt
from backend.conversation.turns.believing import TOLD_MAX
from backend.conversation.turns.gathering import Gathering, sources_of, sources_of_facts
from backend.conversation.turns.keeping import TurnKeeper
from backend.conversation.turns.secrecy import Secrecy, as_kept
from backend.conversation.turns.timeline import Span
from backend.conversation.turns.tracing import CallTraces
from backend.conversation.turns.types import (
    Delivered,
    Draft,
    Effects,
    HeardTurn,
    Speak,
    Together,
    TurnRecord,
)
from backend.kernel.errors import RingbackError
from backend.kernel.ids import TurnId
from backend.memory.graph import extract_concepts
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.tasks import beside
from backend.platform.telemetry.metrics import Metrics

REPLY_CHARACTERS_MAX = 8_000  # ten minutes of speech: a mind that says more has lost its way


class Turns:
    """Takes turns. What a turn changes is committed before it is confirmed."""

    def __init__(  # noqa: PLR0913 - what a turn is made of, each named
        self,
        *,
        database: Database,
        gathering: Gathering,
        mind: Mind,
        keeper: TurnKeeper,
        compute: Compute,
        metrics: Metrics | None = None,
        traces: CallTraces | None = None,
        secrecy: Secrecy | None = None,
    ) -> None:
        self._database, self._gathering = database, gathering
        self._mind, self._keeper, self._compute = mind, keeper, compute
        self._metrics, self._traces = metrics or Metrics(), traces
        self._secrecy = secrecy  # None: what is said is kept word for word

    def new_id(self) -> TurnId:
        """Return the name of a turn that begins."""
        return self._gathering.new_turn_id()

    def has_secret(self, text: str) -> bool:
        """Say whether words tell a secret: then their sound is not kept either."""
        return self._secrecy is not None and self._secrecy.has_secret(text)

    def nears_secret(self, text: str) -> bool:
        """Say whether words that somebody is in the middle of tell a secret, or are about to."""
        return self._secrecy is not None and self._secrecy.nears_secret(text)

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
        attempt, understood = self._open(party, heard, party.background)
        async with beside(self._think(attempt, understood)) as task:
            attempt.run(task)
            return await attempt.commit(speak, together=together)

    def begin(
        self,
        party: Party,
        heard: HeardTurn,
        *,
        group: asyncio.TaskGroup,
        background: Background,
        on_piece: Callable[[str | None], None] | None = None,
    ) -> Attempt:
        """Begin to think about what may be a whole turn; nothing is changed before its commit.

        `on_piece` is told each piece of the reply while it is thought, then None.
        """
        attempt, understood = self._open(party, heard, background, on_piece)
        attempt.run(group.create_task(self._think(attempt, understood)))
        return attempt

    async def close(self, attempt: Attempt, delivered: Delivered) -> None:
        """Write down what was heard of a turn's reply, now that it is over."""
        async with self._database.transaction() as tx:
            await self._keeper.close(tx, attempt.draft, delivered)
        self._measure(attempt.draft, delivered.spans)

    async def commit(self, tx: Transaction, draft: Draft) -> None:
        """Write a turn into a transaction: all of it, in one order."""
        await self._keeper.keep(tx, draft)

    def _open(
        self,
        party: Party,
        heard: HeardTurn,
        background: Background,
        on_piece: Callable[[str | None], None] | None = None,
    ) -> tuple[Attempt, Understanding]:
        secrecy = self._secrecy
        history = background.history
        clean, secrets = (heard, None) if secrecy is None else secrecy.heard(heard, history)
        understood = understand_next(clean.text, history)
        speaker = as_guest(party, party.guest) if party.guest else party
        draft = self._gathering.open(speaker, clean, understood, background)
        draft.line, draft.guest = party, party.guest
        draft.secrets = secrets or ()
        return Attempt(draft, self._keep, on_piece=on_piece, asked=heard.text), understood

    # ── the reply ────────────────────────────────────────────────────────────────────────────
    async def _think(self, attempt: Attempt, understood: Understanding) -> None:
        """Find out what bears on it and what to answer: nothing here has an effect."""
        try:
            understood, is_all = await self._welcome(attempt, understood)
            if is_all:
                attempt.ready()
                return
            context = await self._gathering.context(attempt.draft, understood)
            if attempt.ready():
                await asyncio.gather(self._respond(attempt, context), self._find_names(attempt))
        except RingbackError as error:
            attempt.failure = error
        finally:
            attempt.draft.engine = attempt.draft.engine or self._mind.name
            attempt.end()

    async def _welcome(
        self, attempt: Attempt, understood: Understanding
    ) -> tuple[Understanding, bool]:
        """Greet whoever speaks from now on; return what else they want, and whether that is all."""
        draft = attempt.draft
        said = await self._gathering.welcome(draft)
        if said is None:
            return understood, False
        attempt.think(draft.welcome)
        understood = understand_next(said.rest, draft.background.history)
        if said.rest:
            self._gathering.weigh(draft, understood)
        else:
            draft.is_recallable, draft.effects = False, Effects()
        return understood, not said.rest

    async def _respond(self, attempt: Attempt, context: Context) -> None:
        """Think the reply, piece by piece."""
        draft, length = attempt.draft, 0
        pieces = self._mind.reply(context)
        with draft.timeline.span("respond"):
            try:
                async for piece in pieces:
                    attempt.think(f" {piece}" if draft.welcome and not length else piece)
                    length += len(piece)
                    if length > REPLY_CHARACTERS_MAX:
                        break
            finally:
                if isinstance(pieces, AsyncGenerator):
                    await pieces.aclose()  # a provider's stream ends now, not when it is collected
                draft.engine = context.trace.engine or self._mind.name
                _note_sources(draft, context)

    async def _find_names(self, attempt: Attempt) -> None:
        """Find the names in what was said, beside the reply: the next transcript expects them."""
        with attempt.draft.timeline.span("extract_concepts"):
            extracted = await self._compute.run(extract_concepts, attempt.draft.heard.text)
        attempt.names = tuple(mention.concept.name for mention in extracted.mentions)

    # ── what is kept ─────────────────────────────────────────────────────────────────────────
    async def _keep(self, attempt: Attempt, together: Together | None) -> None:
        draft = attempt.draft
        async with self._database.transaction() as tx:
            await self.commit(tx, draft)
            if together is not None:
                await together(tx, draft)
        party = draft.line or draft.party
        party.guest = draft.guest
        party.hints.extend(name for name in attempt.names if name not in party.hints)
        party.history.append(Line("person", draft.heard.text))
        if draft.said:
            party.history.append(Line("companion", as_kept(draft, draft.said)))
        outcome = "answered" if draft.said else "unanswered"
        self._metrics.turns.labels(party.carrier, outcome).inc()
        self._measure(draft, draft.timeline.spans)

    def _measure(self, draft: Draft, spans: Mapping[str, Span]) -> None:
        if self._traces is not None:
            self._traces.turn(draft, spans)
        for span, (begin, end) in spans.items():
            self._metrics.turn_seconds.labels(span).observe(end - begin)


def _note_sources(draft: Draft, context: Context) -> None:
    """Write down what the reply is from: as the mind says, else whatever it was given to answer."""
    trace = context.trace
    if trace.cited is not None:
        draft.sources = sources_of(trace.cited)
    draft.told = tuple(context.answer if trace.told is None else trace.told)[:TOLD_MAX]
    if draft.told:
        draft.sources = (*sources_of_facts(draft.told), *draft.sources)
