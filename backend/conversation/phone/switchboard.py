"""Answers the telephone: who rings, whether a line is free, which socket belongs to the call."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from backend.conversation import wording
from backend.conversation.carriers import KeysWanted, Line, LineEvent, twiml
from backend.conversation.carriers.forms import NUMBER_CHARACTERS_MAX, Form
from backend.conversation.carriers.twilio import StreamStart
from backend.conversation.conductor import Conductor
from backend.conversation.phone.admission import ENOUGH_TODAY, Admission, Incoming, Verdict
from backend.conversation.phone.gate import Doors
from backend.conversation.phone.lasting import LastingLine
from backend.conversation.phone.webhooks import AnsweredAlready, Webhooks
from backend.conversation.phone.welcoming import WELCOMED, Welcome
from backend.conversation.sessions import Errand, NewSession, Party, Sessions
from backend.kernel.clock import SECOND, Clock
from backend.kernel.errors import Busy, Conflict, Missing, Unauthorised
from backend.kernel.ids import ConversationId, OwnerId, PersonId
from backend.kernel.people import Assurance, Person
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.telemetry.logs import get_logger
from backend.trust.identity import CredentialKind, Identity, NewCredential, Redeemed

VOUCHED = "TN-Validation-Passed-A"  # the caller's own carrier signed that the number is theirs
FORGED = "TN-Validation-Failed"  # with or without a letter: the number is not to be believed
UNDER_WAY = "in-progress"
ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
BROKEN = frozenset({"", "broken", "lost"})  # "": the call never reached our socket
RETURNS_MAX = 8  # a call whose sockets break more often than that can't be helped by another

EARLY_MAX = 64  # words on calls whose socket is still on its way

_log = get_logger("phone")


class Onward(Protocol):
    """Knows which calls go on somewhere else when our part in them is over."""

    async def onward(self, call_sid: str, doors: Doors) -> str | None:
        """Return where a call goes from here; None: nowhere."""
        ...


@dataclass(frozen=True, slots=True)
class PhoneRules:
    """What the telephone allows."""

    token_s: int = 60
    grace_s: float = 20.0  # so long an exchange waits for a socket that broke
    can_hear: bool = True  # else a caller is told so at once, and nobody talks to the wall
    trusts_everybody: bool = False  # with dummy engines only: every caller is the verified owner


@dataclass(slots=True)
class _LiveCall:
    """A call that is going on in this process."""

    line: LastingLine
    caller: Incoming
    returns: int = 0


@dataclass(frozen=True, slots=True)
class Joining:
    """A call that is to be joined to our socket."""

    call_sid: str
    number: str  # at the other end, whoever rang whom
    owner_id: OwnerId
    person: Person | None
    context: Mapping[str, str]  # of its token: assurance, and what else the socket must know


@dataclass(frozen=True, slots=True)
class SwitchboardParts:
    """What the switchboard stands on."""

    database: Database
    identity: Identity
    sessions: Sessions
    webhooks: Webhooks
    conductor: Conductor
    admission: Admission
    clock: Clock
    errand: Callable[[str], Awaitable[Errand]] | None = None  # of a call of ours, by its delivery
    transfers: Onward | None = None


class Switchboard:
    """The telephone's webhooks, and the calls that are going on in this process."""

    def __init__(self, parts: SwitchboardParts, *, rules: PhoneRules) -> None:
        self._database, self._identity = parts.database, parts.identity
        self._sessions, self._webhooks = parts.sessions, parts.webhooks
        self._conductor, self._admission = parts.conductor, parts.admission
        self._clock, self._rules = parts.clock, rules
        self._errand, self._transfers = parts.errand, parts.transfers
        self._live: dict[str, _LiveCall] = {}
        self._early: dict[str, LineEvent] = {}

    @property
    def live(self) -> int:
        """Return how many calls are going on in this process."""
        return len(self._live)

    # ── webhooks ─────────────────────────────────────────────────────────────────────────────
    async def ring(self, form: Form, doors: Doors) -> str:
        """Answer a call: join it to our socket with a token that is good for this call alone."""
        call_sid = form.sid("CallSid")
        given = await self._webhooks.answer(call_sid, "incoming")
        if given is not None:
            return given
        if not self._rules.can_hear:
            return twiml.hang_up(wording.DEAF)
        person, assurance = await self._who(form)
        verdict = await self._admitted(Incoming(_number(form), person is None))
        if not verdict.is_admitted:
            return twiml.hang_up(verdict.refusal)  # not kept: another attempt may find a free line
        await (
            self._conductor.expect(person.name, person.voice)
            if person
            else self._conductor.expect("")
        )
        welcome = Welcome.of(_number(form), person, assurance, verdict.minutes)
        try:
            async with self._database.transaction() as tx:
                answer = await self._connect(tx, form, doors, person, welcome.context())
                await self._webhooks.keep(tx, call_sid, WELCOMED, welcome.kept(tx.at))
                # The answer is kept for the carrier's repeat, token and all: it opens one socket,
                # for this call, within a minute, and only behind a handshake that was signed.
                await self._webhooks.keep(tx, call_sid, "incoming", answer)
        except AnsweredAlready:
            return await self._webhooks.answer(call_sid, "incoming") or twiml.hang_up()
        return answer

    async def after(self, form: Form, doors: Doors) -> str:
        """Say what comes after the stream: the same call again when it broke, else its end.

        The carrier asks this when the stream is over, whoever ended it. A regret is said when
        we broke off; nothing when the call came to its end.
        """
        call_sid = form.sid("CallSid")
        live = self._live.get(call_sid)
        status = form.get("CallStatus")
        ended_by = await self._sessions.ended_by(call_sid)
        if live is None and not ended_by and status == UNDER_WAY:
            return await self._begin_again(form, doors)
        is_over = live is None or bool(ended_by) or live.line.is_over
        if is_over and status == UNDER_WAY and self._transfers is not None:
            onward = await self._transfers.onward(call_sid, doors)
            if onward is not None:
                return onward
        if live is None or ended_by or live.line.is_over:
            return twiml.hang_up(wording.SORRY if ended_by in BROKEN else "")
        if status != UNDER_WAY:  # they hung up: nobody will come back
            await live.line.hang_up()
            return twiml.hang_up()
        live.returns += 1
        if live.returns > RETURNS_MAX:
            await live.line.hang_up()
            return twiml.hang_up(wording.SORRY)
        async with self._database.transaction() as tx:
            return await self._connect(tx, form, doors, None, {"returns": str(live.returns)})

    async def _begin_again(self, form: Form, doors: Doors) -> str:
        """Answer a call anew, once, whose socket never reached us or whose process is gone."""
        call_sid = form.sid("CallSid")
        kept = await self._webhooks.answer(call_sid, WELCOMED)
        if kept is None:
            return twiml.hang_up(wording.SORRY)  # we never answered it
        # Who they are and how long they may talk was decided when it rang: this form says neither.
        welcome = Welcome.again(kept, at=self._clock.now())
        if welcome.minutes is not None and welcome.minutes <= 0:
            return twiml.hang_up(ENOUGH_TODAY)
        person = await self._welcomed(welcome)
        if person is None:
            welcome = welcome.unknown()
        try:
            async with self._database.transaction() as tx:
                await self._webhooks.keep(tx, call_sid, "again", "")
                return await self._connect(tx, form, doors, person, welcome.context())
        except AnsweredAlready:
            return twiml.hang_up(wording.SORRY)

    async def report(self, form: Form) -> None:
        """Take the carrier's word on where a call stands."""
        call_sid, status = form.sid("CallSid"), form.get("CallStatus")
        if status not in ENDED:
            return
        try:
            async with self._database.transaction() as tx:
                await self._webhooks.keep(tx, call_sid, f"status:{status}", "")
                # When our own side has ended it already, this changes nothing.
                await self._sessions.end_call(
                    tx, call_sid, by="caller", seconds=_seconds(form.get("CallDuration"))
                )
        except AnsweredAlready:
            return
        live = self._live.get(call_sid)
        if live is not None:
            await live.line.hang_up()  # the exchange keeps its turn and closes itself

    # ── calls of ours, and those that come back ──────────────────────────────────────────────
    async def join(self, tx: Transaction, joining: Joining, doors: Doors) -> str:
        """Join a call to our socket with a token that is good for this call alone."""
        known = {"call_sid": joining.call_sid, "from": joining.number}
        issued = await self._identity.issue(
            tx,
            NewCredential(
                kind=CredentialKind.CALL,
                owner_id=joining.person.owner_id if joining.person else joining.owner_id,
                person_id=joining.person.id if joining.person else None,
                name="call",
                lifetime=self._rules.token_s * SECOND,
                context=known | dict(joining.context),
            ),
        )
        return twiml.connect(doors.media_url, token=issued.token, after_url=doors.after_url)

    def announce(self, call_sid: str, event: LineEvent) -> None:
        """Tell the exchange of a call what its socket can't know; it may come before the socket."""
        live = self._live.get(call_sid)
        if live is not None:
            live.line.announce(event)
            return
        # The last word counts, and the oldest goes: of a call that is over nobody asks for it.
        self._early.pop(call_sid, None)
        self._early[call_sid] = event
        while len(self._early) > EARLY_MAX:
            del self._early[next(iter(self._early))]

    async def hang_up(self, call_sid: str) -> bool:
        """End a call that is going on in this process; False when none of this name is."""
        live = self._live.get(call_sid)
        if live is not None:
            await live.line.hang_up()
        return live is not None

    def press(self, call_sid: str, keys: str) -> bool:
        """Press keys on a call that goes on in this process; False when none of this name does."""
        live = self._live.get(call_sid)
        if live is not None:
            live.line.announce(KeysWanted(keys))
        return live is not None

    # ── media sockets ────────────────────────────────────────────────────────────────────────
    async def carry(self, start: StreamStart, line: Line) -> None:
        """Serve the line of one socket to its end, for a new exchange or for one that waits."""
        redeemed = await self._redeem(start)
        live = self._live.get(start.call_sid)
        if "returns" in redeemed.context:
            if live is None:
                raise Conflict("The call is over.")
            _log.info("line_returned", returns=live.returns)
            await live.line.serve(line)
            return
        if live is not None:
            raise Conflict("This call is going on already.")
        caller = Incoming(redeemed.context.get("from", ""), redeemed.actor.person_id is None)
        if full := self._admission.room(caller, self._callers()):
            raise Busy(full)
        lasting = LastingLine(line, grace_s=self._rules.grace_s, clock=self._clock)
        with self._counting(start.call_sid, _LiveCall(lasting, caller)):
            if (early := self._early.pop(start.call_sid, None)) is not None:
                lasting.announce(early)
            party = await self._open(start, redeemed)
            await self._conductor.converse(lasting, party)

    async def _redeem(self, start: StreamStart) -> Redeemed:
        """Spend the token that a socket shows; each opens one socket of its own call."""
        async with self._database.transaction() as tx:
            token = start.parameters.get("token", "")
            redeemed = await self._identity.redeem(tx, CredentialKind.CALL, token)
            if redeemed.context.get("call_sid") != start.call_sid:
                raise Unauthorised("This token belongs to another call.")
        return redeemed

    async def _open(self, start: StreamStart, redeemed: Redeemed) -> Party:
        actor, context = redeemed.actor, redeemed.context
        person = await self._identity.person(actor.person_id) if actor.person_id else None
        wanted = NewSession(
            actor=actor,
            carrier="phone",
            person=person,
            reference=start.call_sid,
            remote=context.get("from", ""),
            errand=await self._errand_of(context),
        )
        if "conversation" in context:
            conversation_id = ConversationId(context["conversation"])
            return await self._sessions.rejoin(wanted, conversation_id)
        party = await self._sessions.start(wanted)
        if "minutes" in context:
            party.seconds_max = float(context["minutes"]) * 60
        return party

    async def _errand_of(self, context: Mapping[str, str]) -> Errand | None:
        """Return what is said first, when it is no greeting."""
        if "opening" in context:
            return Errand("", context["opening"])
        if self._errand is None or "delivery" not in context:
            return None
        return await self._errand(context["delivery"])

    @contextmanager
    def _counting(self, call_sid: str, live: _LiveCall) -> Iterator[None]:
        """Count a call as going on, so that the carrier's word on it finds it."""
        self._live[call_sid] = live
        try:
            yield
        finally:
            del self._live[call_sid]

    # ── who, and whether ─────────────────────────────────────────────────────────────────────
    def _callers(self) -> Mapping[str, Incoming]:
        return {call_sid: live.caller for call_sid, live in self._live.items()}

    async def _admitted(self, caller: Incoming) -> Verdict:
        if full := self._admission.room(caller, self._callers()):
            return Verdict(full)
        return await self._admission.weigh(caller, at=self._clock.now())

    async def _who(self, form: Form) -> tuple[Person | None, Assurance]:
        """Say who rings, and how sure we are: a number alone can be forged."""
        if self._rules.trusts_everybody:
            return await self._identity.owner(), Assurance.VERIFIED
        verdict = form.get("StirVerstat")
        if verdict.startswith(FORGED):
            return None, Assurance.STRANGER
        person = await self._identity.resolve_number(form.get("From"))
        if person is None:
            return None, Assurance.STRANGER
        return person, Assurance.VERIFIED if verdict == VOUCHED else Assurance.CLAIMED

    async def _welcomed(self, welcome: Welcome) -> Person | None:
        if not welcome.person_id:
            return None
        try:
            return await self._identity.person(PersonId(welcome.person_id))
        except Missing:  # removed meanwhile
            return None

    async def _connect(
        self,
        tx: Transaction,
        form: Form,
        doors: Doors,
        person: Person | None,
        context: Mapping[str, str],
    ) -> str:
        whose = person or await self._identity.owner()  # a stranger's call is the owner's to read
        joining = Joining(
            form.sid("CallSid"),
            _number(form),
            owner_id=whose.owner_id,
            person=person,
            context=context,
        )
        return await self.join(tx, joining, doors)


def _number(form: Form) -> str:
    return form.get("From")[:NUMBER_CHARACTERS_MAX]


def _seconds(text: str) -> int:
    return min(int(text), 7 * 24 * 3600) if text.isascii() and text.isdecimal() else 0
