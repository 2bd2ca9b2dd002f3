"""Opens a turn: weighs what may be kept of it and gathers what a mind may know to answer it."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from backend.conversation.reasoning import (
    OWN_NAME,
    Context,
    Forward,
    Handover,
    Intent,
    Understanding,
    picked,
)
from backend.conversation.reasoning.about import is_about
from backend.conversation.reasoning.at_the_line import AtTheLine
from backend.conversation.reasoning.context import Noted, Told
from backend.conversation.reasoning.telling import quoted_first
from backend.conversation.reasoning.unsure import impossible_day
from backend.conversation.sessions import Background, Party
from backend.conversation.turns.believing import Believing, is_owner
from backend.conversation.turns.guests import welcome
from backend.conversation.turns.handing_over import HandingOver, taken_up
from backend.conversation.turns.knowing import Knowing, Knowledge
from backend.conversation.turns.namesakes import Namesakes
from backend.conversation.turns.notebook import Notebook
from backend.conversation.turns.omitting import Omitting
from backend.conversation.turns.present import Present
from backend.conversation.turns.replaying import Replaying
from backend.conversation.turns.secrecy import Secrecy
from backend.conversation.turns.texting_back import TextingBack, taken_down
from backend.conversation.turns.timeline import Timeline
from backend.conversation.turns.types import Draft, Effects, HeardTurn
from backend.conversation.turns.wishing import wish_or_whose
from backend.kernel.audio import Sound
from backend.kernel.clock import SECOND, Clock
from backend.kernel.errors import RingbackError
from backend.kernel.events import Source
from backend.kernel.ids import Ids, MessageId, TurnId
from backend.kernel.people import Action
from backend.memory import Item, Kind, Memory, Recollection
from backend.memory.facts import FactView
from backend.trust import Trust

RECALLED = 5
LATELY = 6  # things of the last day that a mind is given
LATELY_READ = 24  # among which those are that were not said in this exchange

_NOTHING: tuple[Recollection, ...] = ()


@dataclass(frozen=True, slots=True)
class FactParts:
    """What a turn does with what is held to be true."""

    knowing: Knowing
    believing: Believing
    present: Present
    secrecy: Secrecy | None = None
    omitting: Omitting | None = None
    namesakes: Namesakes | None = None
    replaying: Replaying | None = None


class Gathering:
    """Everything that happens in a turn before a mind is asked."""

    def __init__(  # noqa: PLR0913 (one part each that a turn may need)
        self,
        *,
        memory: Memory,
        notebook: Notebook,
        trust: Trust,
        clock: Clock,
        ids: Ids,
        recalled: int = RECALLED,
        handing_over: HandingOver | None = None,
        texting_back: TextingBack | None = None,
        facts: FactParts | None = None,
        look: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._look = look  # within it everything is read as of one moment
        self._memory, self._notebook, self._trust = memory, notebook, trust
        self._clock, self._ids, self._recalled = clock, ids, recalled
        self._handing_over, self._texting_back = handing_over, texting_back
        self._facts = facts

    def new_turn_id(self) -> TurnId:
        """Return the name of a turn that begins."""
        return TurnId(self._ids.new())

    def open(
        self, party: Party, heard: HeardTurn, understood: Understanding, background: Background
    ) -> Draft:
        """Begin to keep a turn: a stranger's words are written down, but never remembered."""
        draft = Draft(
            party=party,
            background=background,
            heard=heard,
            timeline=Timeline(self._clock, heard.spans),
            started_at=self._clock.now(),
            heard_id=MessageId(self._ids.new()),
            said_id=MessageId(self._ids.new()),
            is_farewell=understood.ends_exchange,
            wants_patience=understood.intent is Intent.HOLD_ON,
        )
        self.weigh(draft, understood)
        return draft

    def weigh(self, draft: Draft, understood: Understanding) -> None:
        """Decide what of the words may be kept, and what the turn changes by them alone."""
        draft.is_recallable, draft.effects = False, Effects()
        if self._trust.may(draft.party.actor, Action.NOTE):
            draft.is_context = True
            # Who tells of the 31st of February is asked which day it is: so it is no knowledge yet.
            is_unsure = bool(impossible_day(understood, draft.heard.text))
            draft.is_recallable = understood.tells_something and not is_unsure
            draft.effects = Effects() if is_unsure else _effects(understood)
            if draft.is_recallable and self._facts is not None:
                self._facts.believing.read(draft, understood)

    async def welcome(self, draft: Draft) -> AtTheLine | None:
        """Take for whose they are the words of somebody who says that they speak now."""
        return None if self._facts is None else await welcome(draft, self._facts.believing)

    async def names(self, party: Party) -> list[str]:
        """Return the names that this person is likely to say; a bias tells something, so only
        to somebody who might be told it.
        """
        if not self._trust.may(party.actor, Action.RECALL):
            return []
        return await self._memory.names(party.actor.owner_id)

    async def context(self, draft: Draft, understood: Understanding) -> Context:
        """Return what a mind may know: no more than this person, on this line, may hear."""
        with self._look():
            return await self._context(draft, understood)

    async def _context(self, draft: Draft, understood: Understanding) -> Context:
        party, actor = draft.party, draft.party.actor
        may_recall = self._trust.may(actor, Action.RECALL)
        may_note = self._trust.may(actor, Action.NOTE)
        known = await self._known(draft, understood, may_recall=may_recall, may_note=may_note)
        parts = self._facts if may_recall and may_note else None
        understood, wish, whose = await wish_or_whose(draft, known, parts)
        secret = await self._secret(draft, understood, may_recall=may_recall)
        if secret is not None or draft.secrets:
            understood = replace(understood, intent=_with_secret(understood, secret))
        recalls = may_recall and understood.wants_recall
        recollections = await self._recall(draft, understood, known) if recalls else _NOTHING
        if may_recall and secret is None:
            understood, secret = self._left_out(draft, understood, known, recollections)
        notes, ticked = await self._notes(draft, understood) if may_recall else ((), ())
        if understood.intent is Intent.HOW_KNOWN:
            draft.clip = await self._replay(draft, known)
        handover = await self._hand_over(draft, understood)
        forward = await self._text_back(draft, understood)
        return Context(
            heard=draft.heard.text,
            understanding=understood,
            now=self._clock.now(),
            owner_id=actor.owner_id,
            turn_id=draft.heard.turn_id,
            channel=party.carrier,
            zone=party.zone,
            name=party.name,
            may_recall=may_recall,
            may_note=may_note,
            history=draft.background.history,
            unfinished=draft.background.unfinished,
            recollections=recollections,
            facts=known.facts,
            answer=known.answer,
            which=known.which,
            pinned=known.pinned,
            last_told=known.last.facts,
            righting=known.righting,
            is_before=known.is_before,
            corrected=known.corrected,
            changes_facts=bool(draft.effects.belief),
            noted=await self._noted(draft, may_recall=may_recall),
            overview=known.overview,
            is_spoken=draft.heard.is_spoken,
            is_played=draft.clip is not None,
            words=known.words,
            is_owner=is_owner(actor),
            secret=secret,
            omission=wish,
            whose=whose,
            left_out=tuple(dict.fromkeys(each.name for each in draft.secrets)),
            is_sealed=self._seals and not draft.guest,
            lately=await self._lately(party) if may_recall else (),
            notes=notes,
            ticked=ticked,
            handover=handover,
            forward=forward,
        )

    async def _known(
        self, draft: Draft, understood: Understanding, *, may_recall: bool, may_note: bool
    ) -> Knowledge:
        if self._facts is None:
            return Knowledge(understood)
        with draft.timeline.span("retrieve_facts"):
            return await self._facts.knowing.gather(
                draft, understood, may_recall=may_recall, may_note=may_note
            )

    async def _noted(self, draft: Draft, *, may_recall: bool) -> Noted | None:
        if self._facts is None:
            return None
        return await self._facts.believing.noted(draft, may_recall=may_recall)

    async def _replay(self, draft: Draft, known: Knowledge) -> Sound | None:
        """Return the sound of the words that are about to be quoted, where it may be heard."""
        replaying = self._facts.replaying if self._facts is not None else None
        quoted = quoted_first(known.answer, known.words)
        if replaying is None or quoted is None or not draft.heard.is_spoken:
            return None
        return await replaying.sound(draft.party, quoted)

    @property
    def _seals(self) -> bool:
        secrecy = self._facts.secrecy if self._facts is not None else None
        return secrecy is not None and secrecy.keeps

    async def _secret(
        self, draft: Draft, understood: Understanding, *, may_recall: bool
    ) -> Told | None:
        if self._facts is None or self._facts.secrecy is None or not may_recall:
            return None
        return await self._facts.secrecy.answer(draft, understood)

    def _left_out(
        self,
        draft: Draft,
        understood: Understanding,
        known: Knowledge,
        recollections: Iterable[Recollection],
    ) -> tuple[Understanding, Told | None]:
        """Answer plainly, by rules, what asks for a secret that was never kept."""
        secrecy = self._facts.secrecy if self._facts is not None else None
        if secrecy is None:
            return understood, None
        heard = draft.heard.text
        said = [each.text for each in recollections if is_about(heard, each)]
        answers = [*(fact.statement for fact in known.answer), *said]
        secret = secrecy.left_out(draft, understood, answers)
        intent = understood.intent if secret is None else Intent.SECRET
        return replace(understood, intent=intent), secret

    async def _lately(self, party: Party) -> tuple[Item, ...]:
        """Return what weighs most of the last day; this exchange is told as it was said."""
        found = await self._memory.short_term(party.actor.owner_id, party.namespace, LATELY_READ)
        here = party.conversation_id
        known = tuple(
            item for item in found if item.kind is not Kind.CONTEXT or item.conversation_id != here
        )
        if self._facts is not None:
            known = await self._facts.present.items(party.actor.owner_id, known)
        return known[:LATELY]

    async def _notes(
        self, draft: Draft, understood: Understanding
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the open notes where they are asked for, and those that are ticked off."""
        if understood.intent is Intent.NOTE_DONE:
            return await self._tick_off(draft, understood)
        if understood.intent is not Intent.NOTES_LIST:
            return (), ()
        notes = await self._notebook.open_notes(draft.party.actor.owner_id)
        return tuple(note.text for note in notes), ()

    async def _tick_off(
        self, draft: Draft, understood: Understanding
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Decide which notes the turn ticks off; return all that are open, and these."""
        actor = draft.party.actor
        notes = await self._notebook.open_notes(actor.owner_id)
        texts = tuple(note.text for note in notes)
        if not self._trust.may(actor, Action.NOTE):
            return texts, ()
        meant = [notes[place] for place in picked(understood.content, texts)]
        draft.effects = replace(
            draft.effects,
            done_notes=tuple(note.id for note in meant),
            done_texts=tuple(note.text for note in meant),
        )
        return texts, tuple(note.text for note in meant)

    async def _hand_over(self, draft: Draft, understood: Understanding) -> Handover | None:
        """Decide whether the caller is put through; the turn then does it."""
        if understood.intent is not Intent.TRANSFER or self._handing_over is None:
            return None
        handover = await self._handing_over.weigh(draft.party, understood)
        if not handover.problem:
            taken_up(draft, handover)
        return handover

    async def _text_back(self, draft: Draft, understood: Understanding) -> Forward | None:
        """Decide whether something goes to the caller as a text; the turn then does it."""
        if understood.intent is not Intent.TEXT_ME or self._texting_back is None:
            return None
        forward = await self._texting_back.weigh(draft.party, understood, draft.background)
        if not forward.problem:
            taken_down(draft, forward)
        return forward

    async def _recall(
        self, draft: Draft, understood: Understanding, known: Knowledge
    ) -> tuple[Recollection, ...]:
        party, timeline = draft.party, draft.timeline
        asked = OWN_NAME if understood.intent is Intent.WHO_AM_I else draft.heard.text
        try:
            with timeline.span("generate_embedding"):
                vector = await self._memory.query_vector(asked)
            with timeline.span("retrieve_relevant"):
                found = await self._memory.search(
                    party.actor.owner_id,
                    asked,
                    namespace=party.namespace,
                    k=self._recalled,
                    vector=vector,
                )
        except RingbackError:
            if understood.intent is Intent.QUESTION:
                raise  # "I know nothing of it" would be a lie
            return _NOTHING
        if self._facts is not None:
            found = list(
                await self._facts.present.recollections(
                    party.actor.owner_id, found, with_former=known.is_before
                )
            )
        if understood.intent is Intent.QUESTION:
            draft.sources = sources_of(found)
        return tuple(found)


def _with_secret(understood: Understanding, secret: Told | None) -> Intent:
    """Return what rules alone answer: a secret that is told or asked for is for no model."""
    tells = understood.tells_something and understood.intent is not Intent.NOTE
    return Intent.SECRET if secret is not None or tells else understood.intent


def _effects(understood: Understanding) -> Effects:
    return Effects(
        memory=understood.content if understood.intent in {Intent.REMEMBER, Intent.PIN} else "",
        note=understood.content if understood.intent is Intent.NOTE else "",
    )


def sources_of(recollections: Iterable[Recollection]) -> tuple[Source, ...]:
    """Return where something is known from, as everybody else is told it."""
    return tuple(_source(recollection) for recollection in recollections)


def _source(recollection: Recollection) -> Source:
    said_at = datetime.fromtimestamp(recollection.said_at / SECOND, UTC)
    return Source(
        message_id=recollection.message_id,
        text=recollection.text,
        when=said_at.isoformat(timespec="seconds"),
        channel=recollection.channel,
    )


def sources_of_facts(told: Sequence[FactView]) -> tuple[Source, ...]:
    """Return the words that facts are known from, the newest of each."""
    newest = (fact.sources[0] for fact in told if fact.sources)
    return tuple(
        Source(
            message_id=source.message_id,
            text=source.quote,
            when=datetime.fromtimestamp(source.said_at / SECOND, UTC).isoformat(timespec="seconds"),
            channel=source.channel,
        )
        for source in newest
    )
