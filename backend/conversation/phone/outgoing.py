"""Calls of ours, from the moment when somebody takes them: who speaks, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select

from backend.conversation.carriers import Answered, twiml
from backend.conversation.carriers.forms import Form
from backend.conversation.phone.gate import Doors
from backend.conversation.phone.switchboard import Joining, Switchboard
from backend.conversation.phone.webhooks import AnsweredAlready, Webhooks
from backend.conversation.sessions import Errand
from backend.delivery import Carrier, Delivery, DeliveryRow, Kind, Report, State
from backend.delivery.engines.twilio_words import ANSWERED_BY, call_report, text_report
from backend.kernel.errors import Conflict, Forbidden, Missing, NotConfigured
from backend.kernel.ids import OwnerId
from backend.kernel.people import Assurance
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations
from backend.trust.identity import Identity

EVENT = "outgoing"

# What the carrier says of who took the call → what the exchange is told. A message may be left as
# soon as the machine has spoken; `machine_start` only says that one took it.
HEARD: Mapping[str, Answered] = {
    "human": Answered("human"),
    "unknown": Answered("human"),
    "machine_start": Answered("machine"),
    "machine_end_beep": Answered("beep"),
    "machine_end_silence": Answered("beep"),
    "machine_end_other": Answered("beep"),
    "fax": Answered("machine"),
}


@dataclass(frozen=True, slots=True)
class OutgoingParts:
    """What calls of ours stand on."""

    database: Database
    delivery: Delivery
    identity: Identity
    switchboard: Switchboard
    webhooks: Webhooks
    carrier: Carrier | None


class ErrandBook:
    """What a call of ours is for, by its delivery."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    async def of(self, delivery_id: str) -> Errand:
        """Return what is to be said."""
        row = await self._delivery.get(delivery_id)
        return Errand(row.id, row.body, row.voicemail)


class Outgoing:
    """The webhooks of calls and texts of ours."""

    def __init__(self, parts: OutgoingParts) -> None:
        self._parts = parts
        self._delivery, self._switchboard = parts.delivery, parts.switchboard
        self._webhooks = parts.webhooks

    async def answer(self, form: Form, tag: str, doors: Doors) -> str:
        """Join a call that somebody took to our socket, in the same breath."""
        call_sid = form.sid("CallSid")
        given = await self._webhooks.answer(call_sid, EVENT)
        if given is not None:
            return given
        row = await self._row(tag, form)
        await self._delivery.report(tag, Report(call_sid, State.ANSWERED))
        person = await self._parts.identity.resolve_number(row.number)
        joining = Joining(
            call_sid=call_sid,
            number=row.number,
            owner_id=row.owner_id,
            person=person,
            # The call went to the number itself, so nobody has forged it; but a text is read by
            # whoever holds the telephone's key, and a call is taken by whoever is near. What is
            # remembered waits for the PIN.
            context={
                "assurance": (Assurance.CLAIMED if person else Assurance.STRANGER).value,
                "delivery": row.id,
            },
        )
        try:
            async with self._parts.database.transaction() as tx:
                answer = await self._switchboard.join(tx, joining, doors)
                await self._webhooks.keep(tx, call_sid, EVENT, answer)
        except AnsweredAlready:
            return await self._webhooks.answer(call_sid, EVENT) or twiml.hang_up()
        return answer

    async def report(self, form: Form, tag: str) -> None:
        """Take the carrier's word on where a call of ours stands."""
        report = call_report(dict(form.fields))
        if report is None or not report.reference:
            return
        # The exchange first: whether a message was left is in how it ended.
        await self._switchboard.report(form)
        await self._delivery.report(tag, report)

    async def machine(self, form: Form, tag: str) -> None:
        """Take the carrier's word on who took the call, and tell the exchange."""
        call_sid, said = form.sid("CallSid"), form.get("AnsweredBy")
        heard = HEARD.get(said)
        if heard is None:
            return
        by = ANSWERED_BY[said]
        row = await self._delivery.report(tag, Report(call_sid, State.ANSWERED, answered_by=by))
        if row is None or row.carrier_ref != call_sid:
            return
        if said == "fax":
            await self._switchboard.hang_up(call_sid)  # it will never listen
        else:
            self._switchboard.announce(call_sid, heard)

    async def text_report(self, form: Form, tag: str) -> None:
        """Take the carrier's word on where a text of ours stands."""
        report = text_report(dict(form.fields))
        if report is not None and report.reference:
            await self._delivery.report(tag, report)

    async def hang_up(self, owner_id: OwnerId, named: str) -> str:
        """End a call, ours or theirs, by any of its names; return the carrier's name of it."""
        call_sid = await self._call_sid(owner_id, named)
        if await self._switchboard.hang_up(call_sid):
            return call_sid
        if self._parts.carrier is None:
            raise NotConfigured("No telephone account is set.", cure="ringback phone setup")
        await self._parts.carrier.hang_up(call_sid)
        return call_sid

    async def press(self, owner_id: OwnerId, named: str, keys: str) -> str:
        """Press keys on a call that is going on; return the carrier's name of it."""
        call_sid = await self._call_sid(owner_id, named)
        if not self._switchboard.press(call_sid, keys):
            raise Conflict("Nobody is on that line here.", cure="ringback calls list")
        return call_sid

    async def _call_sid(self, owner_id: OwnerId, named: str) -> str:
        query = select(conversations.c.carrier_ref).where(
            conversations.c.owner_id == owner_id,
            conversations.c.carrier == "phone",
            or_(conversations.c.id == named, conversations.c.carrier_ref == named),
        )
        async with self._parts.database.reading() as connection:
            found = (await connection.execute(query)).scalar()
        if found:
            return str(found)
        row = await self._delivery.get(named, owner_id)
        if row.state is State.WAITING:
            await self._delivery.cancel(owner_id, row.id)
            return row.id
        if row.state.is_final or row.kind is Kind.TEXT:
            raise Conflict("That call is over.")
        if not row.carrier_ref:
            raise Conflict("It is on its way to the carrier; try again in a moment.")
        return row.carrier_ref

    async def _row(self, tag: str, form: Form) -> DeliveryRow:
        """Return the delivery that a call is for; raise for every call that is none of ours."""
        try:
            row = await self._delivery.get(tag.partition(".")[0])
        except Missing:
            raise Forbidden("No call of ours bears this tag.") from None
        if row.kind is not Kind.CALL or form.get("To") != row.number or row.state.is_final:
            raise Forbidden("This call is none of ours.")
        return row
