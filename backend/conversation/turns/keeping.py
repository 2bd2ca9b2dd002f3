"""Keeps a turn: all it heard, said and decided, and the jobs that carry it on, at once."""

from collections.abc import Callable, Collection, Mapping

from sqlalchemy import func, insert, select, update

from backend.characters import COMPANION
from backend.conversation.turns.believing import Believing
from backend.conversation.turns.handing_over import HandingOver
from backend.conversation.turns.last_told import tell_turn
from backend.conversation.turns.minding import have_in_mind
from backend.conversation.turns.notebook import Notebook
from backend.conversation.turns.omitting import Omitting
from backend.conversation.turns.reopening import stand_again
from backend.conversation.turns.secrecy import Secrecy, as_kept
from backend.conversation.turns.texting_back import TextingBack
from backend.conversation.turns.types import Delivered, Draft
from backend.kernel.clock import Clock
from backend.kernel.people import Actor
from backend.memory import Memory, NewMemory, NewMessage
from backend.platform.database.tables import ai_model_usage, messages, turns
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog


class TurnKeeper:
    """Writes a turn's rows into one transaction: all of them are kept, or none."""

    def __init__(  # noqa: PLR0913 - one part each that a turn may need
        self,
        *,
        memory: Memory,
        notebook: Notebook,
        events: EventLog,
        clock: Clock,
        handing_over: HandingOver | None = None,
        texting_back: TextingBack | None = None,
        believing: Believing | None = None,
        secrecy: Secrecy | None = None,
        omitting: Omitting | None = None,
        charged: Callable[[Collection[str]], Collection[str]] | None = None,
    ) -> None:
        self._charged = charged  # which turns cost anything; None: each is looked up
        self._memory, self._notebook = memory, notebook
        self._handing_over, self._texting_back = handing_over, texting_back
        self._events, self._clock = events, clock
        self._believing, self._secrecy, self._omitting = believing, secrecy, omitting

    async def keep(self, tx: Transaction, draft: Draft) -> None:
        """Write everything; whoever opened the transaction commits it."""
        began = self._clock.monotonic()
        await self._memory.keep(tx, _messages(tx, draft))  # with the jobs that embed and relate
        await self._take_effect(tx, draft)
        await stand_again(tx, draft.party)
        await self._tell(tx, draft)
        draft.details.engines["mind"] = draft.engine
        draft.details.is_guests = bool(draft.guest)
        draft.details.has_put_right = bool(draft.caption)
        await self._sum_up(tx, draft)
        # The timeline is part of what it measures: its last span ends where it is written down.
        draft.timeline.close("commit", began)
        row = {
            "id": draft.heard.turn_id,
            "owner_id": draft.party.actor.owner_id,
            "conversation_id": draft.party.conversation_id,
            "engine": draft.engine,
            "timeline": draft.timeline.rows(),
            "details": draft.details.row(),
            "cost_micros": draft.cost_micros,
            "started_at": draft.started_at,
            "ended_at": tx.at,
        }
        await tx.execute(insert(turns).values(**row), is_told=True)
        tell_turn(tx, draft.party, row)

    async def close(self, tx: Transaction, draft: Draft, delivered: Delivered) -> None:
        """Write down what became of the reply; what nobody heard of it was not said."""
        draft.timeline.add(delivered.spans)
        details = draft.details
        if delivered.speaker:
            details.engines["speaking"] = delivered.speaker
        details.has_filler, details.resumed_line = delivered.has_filler, delivered.resumed_line
        details.held = [
            {"at_ms": draft.timeline.ms(begin), "ms": round((end - begin) * 1000, 1)}
            for begin, end in delivered.held
        ]
        if delivered.unheard:
            details.interrupted = {
                "at_ms": draft.timeline.ms(delivered.cut_at or draft.timeline.began),
                "heard_words": len(delivered.heard.split()),
                "unheard_words": len(delivered.unheard.split()),
            }
            await tx.execute(
                update(messages)
                .where(
                    messages.c.id == draft.said_id,
                    messages.c.owner_id == draft.party.actor.owner_id,
                )
                .values(
                    text=as_kept(draft, delivered.heard),
                    unheard=as_kept(draft, delivered.unheard),
                )
            )
            await self._append(tx, draft, "turn.interrupted", details.interrupted)
            if delivered.is_cut_by_end and self._texting_back is not None:
                await self._texting_back.finish(tx, draft, delivered.unheard)
        await self._sum_up(tx, draft)  # its voice was paid for meanwhile
        row = {"details": details.row(), "cost_micros": draft.cost_micros}
        own = (
            turns.c.id == draft.heard.turn_id,
            turns.c.owner_id == draft.party.actor.owner_id,
        )
        closing = update(turns).where(*own).values(timeline=draft.timeline.rows(), **row)
        closed = await tx.execute(closing, is_told=True)
        if closed.rowcount:  # else it was forgotten meanwhile
            named = {"id": draft.heard.turn_id, "started_at": draft.started_at}
            tell_turn(tx, draft.party, named | row)

    async def _sum_up(self, tx: Transaction, draft: Draft) -> None:
        """Add up what the turn has cost so far, with what was thrown away before it."""
        draft.details.cost_micros = await self._costs(tx, draft)
        draft.cost_micros = sum(draft.details.cost_micros.values())

    async def _costs(self, tx: Transaction, draft: Draft) -> dict[str, int]:
        """Return what models and ears took for this turn, and for what was thrown away."""
        details = draft.details
        guessed = (each.turn_id for each in details.speculated)
        asked: Collection[str] = {draft.heard.turn_id, details.read_as, *guessed} - {""}
        if self._charged is not None and not (asked := self._charged(asked)):
            return {}
        usage = ai_model_usage.c
        found = await tx.execute(
            select(usage.turn_id, func.sum(usage.cost_micros).label("micros"))
            .where(usage.turn_id.in_(asked))
            .group_by(usage.turn_id)
        )
        return {row.turn_id: int(row.micros) for row in found.all()}

    async def _take_effect(self, tx: Transaction, draft: Draft) -> None:
        party, effects = draft.party, draft.effects
        note_id = ""
        if effects.memory:
            await self._memory.remember(
                tx,
                NewMemory(
                    owner_id=party.actor.owner_id,
                    text=effects.memory,
                    message_id=draft.heard_id,
                    assurance=party.assurance,
                    valid_from=draft.started_at,
                    namespace=party.namespace,
                ),
            )
        if effects.note:
            note_id = await self._notebook.add(tx, party.actor, effects.note)
        if effects.done_notes:
            await self._notebook.tick_off(tx, party.actor, effects.done_notes)
        if effects.handover is not None and self._handing_over is not None:
            await self._handing_over.begin(tx, draft, effects.handover)
        if effects.forward is not None and self._texting_back is not None:
            await self._texting_back.begin(tx, draft, effects.forward)
            tx.after_commit(party.told_all)
        if self._secrecy is not None:
            await self._secrecy.keep(tx, draft)
        if self._believing is not None:
            await self._believing.take_effect(tx, draft)
        if effects.forgets and self._omitting is not None:
            await self._omitting.take_effect(tx, draft)
        await have_in_mind(tx, self._memory, draft, note_id=note_id)

    async def _tell(self, tx: Transaction, draft: Draft) -> None:
        said_id = draft.said_id if draft.said else None
        facts = {"heard_id": draft.heard_id, "said_id": said_id}
        await self._append(tx, draft, "turn.committed", facts)

    async def _append(
        self, tx: Transaction, draft: Draft, kind: str, facts: Mapping[str, object]
    ) -> None:
        owner_id = draft.party.actor.owner_id
        named = {
            "turn_id": draft.heard.turn_id,
            "conversation_id": draft.party.conversation_id,
        }
        await self._events.append(
            tx,
            owner_id=owner_id,
            stream=f"owner:{owner_id}",
            kind=kind,
            payload=named | dict(facts),
            actor=_who(draft.party.actor),
        )


def _messages(tx: Transaction, draft: Draft) -> list[NewMessage]:
    party = draft.party
    heard = NewMessage(
        id=draft.heard_id,
        owner_id=party.actor.owner_id,
        namespace=party.namespace,
        text=draft.heard.text,
        caption=draft.caption,
        speaker=party.speaker,
        role="person",
        assurance=party.assurance,
        said_at=draft.started_at,
        conversation_id=party.conversation_id,
        turn_id=draft.heard.turn_id,
        channel=party.carrier,
        is_recallable=draft.is_recallable,
        is_context=draft.is_context,
    )
    if not draft.said:
        return [heard]
    said = NewMessage(
        id=draft.said_id,
        owner_id=party.actor.owner_id,
        namespace=party.namespace,
        text=as_kept(draft, draft.said),
        speaker=COMPANION.name,
        role="companion",
        personality=COMPANION.snapshot,
        assurance=party.actor.assurance,
        said_at=tx.at,
        conversation_id=party.conversation_id,
        turn_id=draft.heard.turn_id,
        channel=party.carrier,
        is_recallable=False,
    )
    return [heard, said]


def _who(actor: Actor) -> str:
    return f"{actor.kind}:{actor.person_id or 'unknown'}"
