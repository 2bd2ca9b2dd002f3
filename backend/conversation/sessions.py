"""Who is on the line and which exchange it belongs to: opened, found again and closed here."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import ColumnElement, func, insert, select, update

from backend.conversation.reasoning import Line
from backend.kernel.clock import HOUR, Instant, later
from backend.kernel.forgetting import Kind
from backend.kernel.ids import ConversationId, Ids, OwnerId
from backend.kernel.people import Actor, Assurance, Person
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations, messages, turns
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog
from backend.platform.forgetting.hiding import is_kept

HISTORY_LINES_MAX = 12  # six exchanges: what a person still has in mind, and what a prompt can bear
HINTS_MAX = 24
GUEST = "guest"  # in a turn's details: somebody else spoke than whose line it was
THREAD_OPEN_FOR = 12 * HOUR  # texts that follow each other within it are one conversation
DEFAULT_ZONE = "UTC"
UNCARRIED = ("sms",)  # a thread of texts stays open though no line is
# Whoever is asked to go on begins the sentence anew, or some words before they were cut off.
SENTENCE_WORDS_AGAIN_MAX = 6
WORDS_AGAIN = 2

_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+")


@dataclass(frozen=True, slots=True)
class Errand:
    """Why we ring somebody up."""

    delivery_id: str
    opening: str  # said first, in place of a greeting
    message: str = ""  # left after a machine's beep; empty: nothing is left, the call only ends


@dataclass(frozen=True, slots=True)
class Background:
    """What was said before a turn, as far as it was heard."""

    history: tuple[Line, ...] = ()  # oldest first
    unfinished: str = ""  # what we would say if asked to go on
    unheard: str = ""  # of it, what nobody has heard


@dataclass(slots=True)
class Party:
    """Somebody in an exchange with us: who they are, and what was said so far."""

    actor: Actor
    conversation_id: ConversationId
    carrier: str  # phone sms app web talk
    name: str = ""  # as the companion says it; empty when we don't know
    zone: str = DEFAULT_ZONE
    voice: str = ""  # which one they like to hear
    pin_digits: int = 0  # so long is the PIN that they may prove themselves by; 0: they have none
    recording_consent: str = ""  # "" was never asked, "yes", "no"
    seconds_max: float | None = None  # so long may this call be; None: as long as any
    namespace: str = ""
    history: deque[Line] = field(default_factory=lambda: deque(maxlen=HISTORY_LINES_MAX))
    unfinished: str = ""  # of the last reply that was cut off: what we would say to go on
    unheard: str = ""  # of it, what nobody has heard
    hints: deque[str] = field(default_factory=lambda: deque(maxlen=HINTS_MAX))  # names they said
    errand: Errand | None = None  # of a call that we make, or take up again
    reference: str = ""  # the carrier's own name for the exchange
    remote: str = ""  # the number at the other end
    guest: str = ""  # somebody else who speaks on this line now, as they call themselves

    @property
    def assurance(self) -> Assurance:
        """Return how sure we are of whose words these are: of a guest there is only their word."""
        return Assurance.CLAIMED if self.guest else self.actor.assurance

    @property
    def speaker(self) -> str:
        """Return how the timeline and the memory name this person."""
        return self.name or "caller"

    @property
    def background(self) -> Background:
        """Return what was said before, as a turn sees it that begins now."""
        return Background(tuple(self.history), self.unfinished, self.unheard)

    def background_if(self, *, heard: str, unheard: str) -> Background:
        """Return what it would be, were the last reply cut off where it has been heard to."""
        if not unheard:
            return self.background
        history = list(self.history)
        if history and history[-1].speaker == "companion":
            history[-1:] = [Line("companion", heard)] if heard else []
        return Background(tuple(history), unfinished(heard, unheard), unheard)

    def cut_off(self, *, heard: str, unheard: str) -> None:
        """Keep of the last reply only what was heard, so that we know what they know."""
        background = self.background_if(heard=heard, unheard=unheard)
        self.history = deque(background.history, maxlen=HISTORY_LINES_MAX)
        self.unfinished, self.unheard = background.unfinished, background.unheard

    def told_all(self) -> None:
        """Note that nothing is left of what was cut off."""
        self.unfinished = self.unheard = ""


@dataclass(frozen=True, slots=True)
class NewSession:
    """An exchange that is about to begin."""

    actor: Actor
    carrier: str
    person: Person | None = None
    reference: str = ""  # the carrier's own name for it, as a call's sid
    remote: str = ""  # the number at the other end
    errand: Errand | None = None  # what we ring for; None: they rang


@dataclass(frozen=True, slots=True)
class EndedCall:
    """An exchange that is over."""

    conversation_id: ConversationId
    carrier: str
    ended_by: str
    started_at: Instant
    ended_at: Instant


class Sessions:
    """The rows of exchanges. What survives a dropped line will be kept beside them."""

    def __init__(
        self,
        *,
        database: Database,
        ids: Ids,
        events: EventLog,
        on_ended: Callable[[EndedCall], None] = lambda _: None,
    ) -> None:
        self._database, self._ids, self._events = database, ids, events
        self._on_ended = on_ended
        self._process = ids.new()  # names us as the one who carries an exchange

    async def start(self, wanted: NewSession) -> Party:
        """Open an exchange in a transaction of its own."""
        async with self._database.transaction() as tx:
            return await self.open(tx, wanted)

    async def open(self, tx: Transaction, wanted: NewSession) -> Party:
        """Open an exchange."""
        party = _party(wanted, ConversationId(self._ids.new()))
        await tx.execute(
            insert(conversations).values(
                id=party.conversation_id,
                owner_id=wanted.actor.owner_id,
                person_id=wanted.actor.person_id,
                carrier=wanted.carrier,
                carrier_ref=wanted.reference,
                remote=wanted.remote,
                assurance=wanted.actor.assurance.value,
                direction="out" if wanted.errand else "in",
                delivery_id=wanted.errand.delivery_id if wanted.errand else "",
                carried_by="" if wanted.carrier in UNCARRIED else self._process,
                carried_at=tx.at,
                started_at=tx.at,
            )
        )
        await self._tell(tx, party.actor.owner_id, "conversation.opened", party.conversation_id)
        return party

    async def thread(self, tx: Transaction, wanted: NewSession) -> Party:
        """Return the running exchange of texts with a number, or open one."""
        row = (
            await tx.execute(
                select(conversations.c.id)
                .where(
                    conversations.c.owner_id == wanted.actor.owner_id,
                    conversations.c.carrier == wanted.carrier,
                    conversations.c.remote == wanted.remote,
                    conversations.c.assurance == wanted.actor.assurance.value,
                    conversations.c.ended_at.is_(None),
                    conversations.c.started_at > later(tx.at, -THREAD_OPEN_FOR),
                )
                .order_by(conversations.c.started_at.desc())
                .limit(1)
            )
        ).first()
        if row is None:
            return await self.open(tx, wanted)
        return await self._taken_up(tx, _party(wanted, ConversationId(row.id)))

    async def assure(self, party: Party) -> None:
        """Write down how sure we have become of who is on the line."""
        async with self._database.transaction() as tx:
            await tx.execute(
                update(conversations)
                .where(conversations.c.id == party.conversation_id)
                .values(assurance=party.actor.assurance.value)
            )

    async def rejoin(self, wanted: NewSession, conversation_id: ConversationId) -> Party:
        """Open an exchange again that was over, as after a transfer that nobody took."""
        party = _party(wanted, conversation_id)
        async with self._database.transaction() as tx:
            await tx.execute(
                update(conversations)
                .where(
                    conversations.c.id == conversation_id,
                    conversations.c.owner_id == wanted.actor.owner_id,
                    conversations.c.carrier_ref == wanted.reference,
                )
                .values(ended_at=None, ended_by="")
            )
            return await self._taken_up(tx, party)

    async def reread(self, party: Party) -> None:
        """Have in mind only what is still kept of an exchange: some of it was forgotten."""
        async with self._database.transaction() as tx:
            lines = await self._history(tx, party)
        party.history.clear()
        party.history.extend(lines)
        party.hints.clear()
        party.told_all()

    async def end(self, party: Party, *, by: str) -> None:
        """Close an exchange; whoever closes it first says who ended it."""
        async with self._database.transaction() as tx:
            await self._close(tx, conversations.c.id == party.conversation_id, by=by)

    async def keep_recording(self, party: Party, key: str, *, from_ms: int = 0) -> None:
        """Write down where an exchange's sound is kept, and where it begins on the line's clock."""
        async with self._database.transaction() as tx:
            await tx.execute(
                update(conversations)
                .where(conversations.c.id == party.conversation_id)
                .values(recording=key, recording_from_ms=from_ms)
            )
            await self._tell(tx, party.actor.owner_id, "recording.kept", party.conversation_id)

    async def end_call(self, tx: Transaction, call_sid: str, *, by: str, seconds: int = 0) -> None:
        """Close what the carrier says is over, should our own side not have seen it."""
        if seconds:
            await tx.execute(
                update(conversations)
                .where(conversations.c.carrier_ref == call_sid)
                .values(seconds=seconds)
            )
        await self._close(tx, conversations.c.carrier_ref == call_sid, by=by)

    async def beat(self) -> None:
        """Say that this process still carries what it has opened."""
        query = select(func.count()).where(_is_open(), self._is_ours())
        async with self._database.reading() as connection:
            if not (await connection.execute(query)).scalar_one():
                return
        async with self._database.transaction() as tx:
            await tx.execute(
                update(conversations).where(_is_open(), self._is_ours()).values(carried_at=tx.at)
            )

    async def carried_by_others(self) -> dict[str, Instant]:
        """Return the open exchanges of other processes, and when these last spoke for them."""
        query = select(conversations.c.id, conversations.c.carried_at, conversations.c.started_at)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.where(_is_open(), ~self._is_ours()))
            return {row.id: Instant(max(row.carried_at, row.started_at)) for row in rows}

    async def lose(self, conversation_id: str, *, at: Instant) -> None:
        """Close an exchange whose process is gone, unless that has spoken for it since."""
        is_it = (conversations.c.id == conversation_id) & (conversations.c.carried_at <= at)
        async with self._database.transaction() as tx:
            await self._close(tx, is_it, by="lost", at=at)

    def _is_ours(self) -> ColumnElement[bool]:
        return conversations.c.carried_by == self._process

    async def said_by(self, tx: Transaction, carrier: str, remote: str, *, since: Instant) -> int:
        """Return how many things came from one number lately."""
        query = (
            select(func.count())
            .select_from(messages)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .where(
                conversations.c.carrier == carrier,
                conversations.c.remote == remote,
                messages.c.role == "person",
                messages.c.said_at >= since,
            )
        )
        return int((await tx.execute(query)).scalar_one())

    async def ended_by(self, call_sid: str) -> str:
        """Return who ended a call; empty when nobody has, or when there is no such call."""
        query = select(conversations.c.ended_by).where(conversations.c.carrier_ref == call_sid)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).scalar() or ""

    async def _close(
        self, tx: Transaction, which: ColumnElement[bool], *, by: str, at: Instant | None = None
    ) -> None:
        ended_at = tx.at if at is None else at
        closed = await tx.execute(
            update(conversations)
            .where(which, conversations.c.ended_at.is_(None))
            .values(ended_at=ended_at, ended_by=by)
            .returning(conversations)
        )
        for row in closed.all():
            await self._tell(tx, row.owner_id, "conversation.ended", ConversationId(row.id))
            ended = EndedCall(
                conversation_id=ConversationId(row.id),
                carrier=row.carrier,
                ended_by=by,
                started_at=Instant(row.started_at),
                ended_at=ended_at,
            )
            tx.after_commit(partial(self._on_ended, ended))

    async def _taken_up(self, tx: Transaction, party: Party) -> Party:
        """Return an exchange as it was left: what was said, and who spoke last."""
        party.history.extend(await self._history(tx, party))
        query = (
            select(messages.c.speaker, turns.c.details)
            .join(turns, (turns.c.id == messages.c.turn_id))
            .where(
                messages.c.conversation_id == party.conversation_id,
                messages.c.owner_id == party.actor.owner_id,
                messages.c.role == "person",
            )
            .order_by(messages.c.said_at.desc(), messages.c.id.desc())
            .limit(1)
        )
        last = (await tx.execute(query)).first()
        party.guest = last.speaker if last is not None and (last.details or {}).get(GUEST) else ""
        return party

    async def _history(self, tx: Transaction, party: Party) -> list[Line]:
        rows = await tx.execute(
            select(messages.c.role, messages.c.text)
            .where(
                messages.c.conversation_id == party.conversation_id,
                is_kept(Kind.MESSAGE, messages.c.id, party.actor.owner_id),
            )
            .order_by(messages.c.said_at.desc(), messages.c.id.desc())
            .limit(HISTORY_LINES_MAX)
        )
        return [Line(row.role, row.text) for row in reversed(rows.all()) if row.text]

    async def _tell(
        self, tx: Transaction, owner_id: OwnerId, kind: str, conversation_id: ConversationId
    ) -> None:
        await self._events.append(
            tx,
            owner_id=owner_id,
            stream=f"owner:{owner_id}",
            kind=kind,
            payload={"conversation_id": conversation_id},
            actor="companion",
        )


def _is_open() -> ColumnElement[bool]:
    return conversations.c.ended_at.is_(None) & conversations.c.carrier.not_in(UNCARRIED)


def _party(wanted: NewSession, conversation_id: ConversationId) -> Party:
    person = wanted.person
    return Party(
        actor=wanted.actor,
        conversation_id=conversation_id,
        carrier=wanted.carrier,
        name=person.name if person else wanted.actor.name,
        zone=person.zone if person else DEFAULT_ZONE,
        voice=person.voice if person else "",
        errand=wanted.errand,
        reference=wanted.reference,
        remote=wanted.remote,
        pin_digits=person.pin_digits if person else 0,
        recording_consent=person.recording_consent if person else "",
    )


def unfinished(heard: str, unheard: str) -> str:
    """Return a reply's rest, with so much of what was heard before it that it makes sense."""
    begun = _SENTENCE_END.split(heard)[-1].split()
    again = begun if len(begun) <= SENTENCE_WORDS_AGAIN_MAX else begun[-WORDS_AGAIN:]
    is_between = heard.endswith((".", "!", "?", ":"))
    return unheard if is_between else " ".join([*again, unheard])
