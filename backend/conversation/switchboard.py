"""Answers the telephone: who rings, whether a line is free, which socket belongs to the call."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from backend.conversation import wording
from backend.conversation.carriers import Line, twiml
from backend.conversation.carriers.forms import NUMBER_CHARACTERS_MAX, Form
from backend.conversation.carriers.twilio import StreamStart
from backend.conversation.conductor import Conductor
from backend.conversation.gate import Doors
from backend.conversation.sessions import NewSession, Party, Sessions
from backend.conversation.webhooks import AnsweredAlready, Webhooks
from backend.kernel.clock import SECOND
from backend.kernel.errors import Busy, Unauthorised
from backend.kernel.people import Assurance, Person
from backend.platform.database.engine import Database
from backend.trust.identity import CredentialKind, Identity, NewCredential

VOUCHED = "TN-Validation-Passed-A"  # the caller's own carrier signed that the number is theirs
ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
BROKEN = frozenset({"", "broken"})  # "": the call never reached our socket


@dataclass(frozen=True, slots=True)
class PhoneRules:
    """What the telephone allows."""

    calls_max: int = 32
    token_s: int = 60
    can_hear: bool = True  # else a caller is told so at once, and nobody talks to the wall
    trusts_everybody: bool = False  # with dummy engines only: every caller is the verified owner


class Switchboard:
    """The telephone's webhooks, and the calls that are going on in this process."""

    def __init__(
        self,
        *,
        database: Database,
        identity: Identity,
        sessions: Sessions,
        webhooks: Webhooks,
        conductor: Conductor,
        rules: PhoneRules,
    ) -> None:
        self._database, self._identity, self._sessions = database, identity, sessions
        self._webhooks, self._conductor, self._rules = webhooks, conductor, rules
        self._live: dict[str, Line] = {}

    # ── webhooks ─────────────────────────────────────────────────────────────────────────────
    async def ring(self, form: Form, doors: Doors) -> str:
        """Answer a call: join it to our socket with a token that is good for this call alone."""
        call_sid = form.sid("CallSid")
        given = await self._webhooks.answer(call_sid, "incoming")
        if given is not None:
            return given
        if self._is_full():
            return twiml.hang_up(wording.BUSY)  # not kept: a second attempt may find a free line
        if not self._rules.can_hear:
            return twiml.hang_up(wording.DEAF)
        person, assurance = await self._who(form)
        await (
            self._conductor.expect(person.name, person.voice)
            if person
            else self._conductor.expect("")
        )
        try:
            return await self._join(form, doors, person, assurance)
        except AnsweredAlready:
            return await self._webhooks.answer(call_sid, "incoming") or twiml.hang_up()

    async def after(self, form: Form) -> str:
        """Say what comes after the stream: nothing, or a word of regret when we broke off."""
        ended_by = await self._sessions.ended_by(form.sid("CallSid"))
        return twiml.hang_up(wording.SORRY if ended_by in BROKEN else "")

    async def report(self, form: Form) -> None:
        """Take the carrier's word on where a call stands."""
        call_sid, status = form.sid("CallSid"), form.get("CallStatus")
        if status not in ENDED:
            return
        try:
            async with self._database.transaction() as tx:
                await self._webhooks.keep(tx, call_sid, f"status:{status}", "")
                # When our own side has ended it already, this changes nothing.
                await self._sessions.end_call(tx, call_sid, by="caller")
        except AnsweredAlready:
            return
        line = self._live.get(call_sid)
        if line is not None:
            await line.hang_up()  # the exchange keeps its turn and closes itself

    # ── media sockets ────────────────────────────────────────────────────────────────────────
    async def admit(self, start: StreamStart) -> Party:
        """Open the exchange of a socket that shows its call's token; each token opens one."""
        if self._is_full():
            raise Busy(wording.BUSY)
        async with self._database.transaction() as tx:
            token = start.parameters.get("token", "")
            redeemed = await self._identity.redeem(tx, CredentialKind.CALL, token)
            context = redeemed.context
            if context.get("call_sid") != start.call_sid:
                raise Unauthorised("This token belongs to another call.")
        actor = redeemed.actor
        person = await self._identity.person(actor.person_id) if actor.person_id else None
        wanted = NewSession(
            actor=actor,
            carrier="phone",
            person=person,
            reference=start.call_sid,
            remote=context.get("from", ""),
        )
        return await self._sessions.start(wanted)

    @contextmanager
    def carrying(self, call_sid: str, line: Line) -> Iterator[None]:
        """Count a call as going on, so that the carrier's word on its end finds it."""
        self._live[call_sid] = line
        try:
            yield
        finally:
            del self._live[call_sid]

    def _is_full(self) -> bool:
        return len(self._live) >= self._rules.calls_max

    async def _who(self, form: Form) -> tuple[Person | None, Assurance]:
        """Say who rings, and how sure we are: a number alone can be forged."""
        if self._rules.trusts_everybody:
            return await self._identity.owner(), Assurance.VERIFIED
        person = await self._identity.resolve_number(form.get("From"))
        if person is None:
            return None, Assurance.STRANGER
        is_vouched = form.get("StirVerstat") == VOUCHED
        return person, Assurance.VERIFIED if is_vouched else Assurance.CLAIMED

    async def _join(
        self, form: Form, doors: Doors, person: Person | None, assurance: Assurance
    ) -> str:
        call_sid = form.sid("CallSid")
        whose = person or await self._identity.owner()  # a stranger's call is the owner's to read
        async with self._database.transaction() as tx:
            issued = await self._identity.issue(
                tx,
                NewCredential(
                    kind=CredentialKind.CALL,
                    owner_id=whose.owner_id,
                    person_id=person.id if person else None,
                    name="call",
                    lifetime=self._rules.token_s * SECOND,
                    context={
                        "call_sid": call_sid,
                        "from": form.get("From")[:NUMBER_CHARACTERS_MAX],
                        "assurance": assurance.value,
                    },
                ),
            )
            answer = twiml.connect(doors.media_url, token=issued.token, after_url=doors.after_url)
            # The answer is kept for the carrier's repeat, token and all: it opens one socket, for
            # this call, within a minute, and only behind a handshake that the carrier has signed.
            await self._webhooks.keep(tx, call_sid, "incoming", answer)
        return answer
