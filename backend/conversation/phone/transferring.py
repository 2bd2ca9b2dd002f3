"""Hands a running call over to somebody: put through, or first told what it is about.

Our exchange ends, the carrier asks what is next, and is told whom to ring. Should nobody take it,
the caller comes back to the same exchange, and hears so.
"""

from dataclasses import dataclass

from sqlalchemy import select, update

from backend.conversation.carriers import twiml
from backend.conversation.carriers.forms import Form
from backend.conversation.phone.gate import AFTER_PATH, Doors
from backend.conversation.phone.switchboard import Joining, Switchboard
from backend.delivery import DeliveryRow, DeliveryStore, Kind, Progress, Report, State
from backend.kernel.clock import MINUTE, later
from backend.kernel.errors import Forbidden
from backend.kernel.ids import PersonId
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations
from backend.platform.database.transaction import Transaction
from backend.trust.identity import Identity

WHISPER_PATH = "/phone/transfer/whisper"
ACCEPT_PATH = "/phone/transfer/accept"
ENDED_PATH = "/phone/transfer/ended"

RING_S = 25
ANSWER_S = 8  # to press a key after the whisper
ACCEPT_KEY = "1"
STALE_AFTER = 2 * MINUTE  # a hand-over that was never begun belongs to another moment of the call
TRANSFERRED = "transferred"

UNDER_WAY = "in-progress"
OUTCOMES = {
    "busy": State.BUSY,
    "no-answer": State.NO_ANSWER,
    "canceled": State.NO_ANSWER,
    "failed": State.FAILED,
    # The carrier calls a leg completed that was answered and never bridged: nobody pressed the key.
    "completed": State.NO_ANSWER,
}


@dataclass(frozen=True, slots=True)
class TransferParts:
    """What hand-overs stand on."""

    database: Database
    store: DeliveryStore
    progress: Progress
    identity: Identity
    own_number: str


class Transfers:
    """The webhooks of hand-overs; implements `Onward`."""

    def __init__(self, parts: TransferParts) -> None:
        self._parts = parts
        self._database, self._store, self._progress = parts.database, parts.store, parts.progress

    async def onward(self, call_sid: str, doors: Doors) -> str | None:
        """Return whom to ring, when this call was handed over just now."""
        async with self._database.transaction() as tx:
            row = await self._store.of_call(tx.connection, call_sid)
            if row is None or row.state not in {State.WAITING, State.RINGING}:
                return None
            if later(row.created_at, STALE_AFTER) < tx.at:
                await self._progress.move(tx, row, State.CANCELLED, reason="never begun")
                return None
            if row.state is State.WAITING:  # else the carrier asks twice: the same answer
                await self._progress.move(tx, row, State.RINGING)
            await tx.execute(
                update(conversations)
                .where(conversations.c.carrier_ref == call_sid)
                .values(ended_by=TRANSFERRED)
            )
        return twiml.dial(
            row.number,
            caller=self._parts.own_number,
            after_url=_url(doors, ENDED_PATH, row),
            ring_s=RING_S,
            whisper_url=_url(doors, WHISPER_PATH, row) if row.details.get("summary") else "",
        )

    async def whisper(self, transfer_id: str, doors: Doors) -> str:
        """Tell whoever picked up what it is about; the caller hears the ringing meanwhile."""
        row = await self._row(transfer_id)
        summary = str(row.details.get("summary", ""))
        return twiml.whisper(
            f"{summary} Press {ACCEPT_KEY} to take the call.",
            accept_url=_url(doors, ACCEPT_PATH, row),
            wait_s=ANSWER_S,
        )

    async def accept(self, form: Form, transfer_id: str) -> str:
        """Bridge, when they pressed the key."""
        row = await self._row(transfer_id)
        if form.get("Digits") != ACCEPT_KEY:
            return twiml.hang_up()
        await self._report(row, Report(row.carrier_ref, State.ANSWERED, answered_by="human"))
        return twiml.nothing()

    async def ended(
        self, form: Form, transfer_id: str, *, doors: Doors, switchboard: Switchboard
    ) -> str:
        """End the call with theirs; when nobody took it, the caller comes back to us."""
        row = await self._row(transfer_id, call_sid=form.sid("CallSid"))
        if _was_bridged(form, row):
            seconds = form.get("DialCallDuration")
            length = int(seconds) if seconds.isascii() and seconds.isdigit() else None
            await self._report(row, Report(row.carrier_ref, State.COMPLETED, seconds=length))
            return twiml.hang_up()
        state = OUTCOMES.get(form.get("DialCallStatus"), State.FAILED)
        await self._report(row, Report(row.carrier_ref, state))
        if form.get("CallStatus") != UNDER_WAY:
            return twiml.hang_up()  # they did not wait
        async with self._database.transaction() as tx:
            return await switchboard.join(tx, await self._back(tx, row), doors)

    async def _back(self, tx: Transaction, row: DeliveryRow) -> Joining:
        """Return how the caller comes back: as whoever they were, to what was being said."""
        conversation_id = str(row.details.get("conversation_id", ""))
        query = select(conversations).where(
            conversations.c.id == conversation_id, conversations.c.owner_id == row.owner_id
        )
        was = (await tx.execute(query)).one()
        person = (
            await self._parts.identity.person(PersonId(was.person_id)) if was.person_id else None
        )
        return Joining(
            call_sid=row.carrier_ref,
            number=was.remote,
            owner_id=row.owner_id,
            person=person,
            context={
                "assurance": was.assurance,
                "conversation": conversation_id,
                "opening": f"{row.details.get('name') or 'They'} did not answer. "
                "What else can I do for you?",
            },
        )

    async def _report(self, row: DeliveryRow, report: Report) -> None:
        async with self._database.transaction() as tx:
            held = await self._store.hold(tx, row.id)
            if held is not None:
                await self._progress.report(tx, held, report)

    async def _row(self, transfer_id: str, *, call_sid: str = "") -> DeliveryRow:
        async with self._database.reading() as connection:
            row = await self._store.find(connection, transfer_id)
        if row.kind is not Kind.TRANSFER or (call_sid and row.carrier_ref != call_sid):
            raise Forbidden("This call was not handed over.")
        return row


def _was_bridged(form: Form, row: DeliveryRow) -> bool:
    """Say whether the two spoke: after a whisper only when the key was pressed."""
    if row.details.get("summary"):
        return row.state in {State.ANSWERED, State.COMPLETED}
    is_completed = form.get("DialCallStatus") in {"completed", "answered"}
    return is_completed and form.get("DialBridged") != "false"


def _url(doors: Doors, path: str, row: DeliveryRow) -> str:
    return f"{doors.after_url.removesuffix(AFTER_PATH)}{path}?delivery={row.id}"
