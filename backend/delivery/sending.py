"""Carries deliveries out, each attempt at most once: what the jobs of this room call.

Before the carrier is asked, the row says `sending`, committed. Whatever cuts us off from then on (a
timeout, a broken connection, a killed process) leaves that word behind, and whoever comes next asks
the carrier what became of it instead of sending again.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from backend.delivery.consent import Consent
from backend.delivery.limits import DeliveryLimits
from backend.delivery.port import (
    Carrier,
    CarrierBusy,
    CarrierRefused,
    CarrierSilent,
    Dial,
    Message,
    Sent,
)
from backend.delivery.store import DeliveryStore
from backend.delivery.types import DeliveryRow, Kind, Refusal, Report, State
from backend.delivery.watching import Progress
from backend.kernel.clock import DAY, MINUTE, SECOND, Clock, Instant, later
from backend.kernel.errors import Missing, NotConfigured
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.events import next_cursor
from backend.platform.telemetry.logs import get_logger

OUTGOING_PATH = "/phone/outgoing"
OUTGOING_STATUS_PATH = "/phone/outgoing/status"
MACHINE_PATH = "/phone/outgoing/machine"
TEXT_STATUS_PATH = "/sms/status"

# What the carrier does not list so long after the request, it never took.
NOT_THERE_AFTER = 90 * SECOND
# The request follows its row at once; a process that was frozen in between must not wake up and
# ring when somebody else has long since found nothing and rung.
STALE_S = 5.0
TRIES_MAX = 5
STOPPED_CODE = 21610  # Twilio took a STOP itself, which we never saw
BUSY_WAIT = 30 * SECOND
STEP_ASIDE = 15 * SECOND
FORGOTTEN_AFTER = 2 * DAY
PRICE_LOOKS_MAX = 3
LOCK = "caps"  # held from the count to the claim, so that two can't take the day's last place

_log = get_logger("delivery")


@dataclass(frozen=True, slots=True)
class SendingParts:
    """What carrying stands on."""

    database: Database
    clock: Clock
    store: DeliveryStore
    progress: Progress
    consent: Consent
    limits: DeliveryLimits
    carrier: Carrier | None  # None: no account is set
    public_url: str
    ring_s: int = 30


class Sending:
    """The worker's side of a delivery."""

    def __init__(self, parts: SendingParts) -> None:
        self._parts = parts
        self._database, self._store, self._progress = parts.database, parts.store, parts.progress

    async def carry(self, delivery_id: str) -> State:
        """Take a delivery one step on, from wherever it stands."""
        async with self._database.reading() as connection:
            row = await self._store.find(connection, delivery_id)
        if row.state is State.WAITING:
            claimed = await self._claim(row)
            return row.state if claimed is None else await self._send(claimed)
        if row.state in {State.SENDING, State.UNKNOWN}:
            return await self._ask(row)
        return row.state

    async def look(self, delivery_id: str, attempt: int) -> State:
        """Ask the carrier how a delivery stands, whose reports may not have reached us."""
        async with self._database.reading() as connection:
            row = await self._store.find(connection, delivery_id)
        if row.attempts != attempt or not row.carrier_ref or _is_known(row):
            return row.state
        try:
            report = await self._carrier.outcome(row.kind, row.carrier_ref)
        except Missing:
            report = Report(row.carrier_ref, State.FAILED, "The carrier knows nothing of it.")
        async with self._database.transaction() as tx:
            held = await self._held(tx, row)
            if held is None:
                return row.state
            held = await self._progress.report(tx, held, report)
            if not held.carrier_ref or _is_known(held):
                return held.state  # it waits for another attempt, or all is known
            return await self._look_again(tx, held)

    async def _look_again(self, tx: Transaction, row: DeliveryRow) -> State:
        if not row.state.is_final and later(row.began_at, FORGOTTEN_AFTER) < tx.at:
            reason = "The carrier never said what became of it."
            await self._progress.move(tx, row, State.FAILED, reason=reason)
            return State.FAILED
        looks = int(row.details.get("looks", 0)) + 1
        row = await self._store.move(tx, row, row.state, details={"looks": looks})
        await self._progress.watch(tx, row)
        return row.state

    # ── before the request ───────────────────────────────────────────────────────────────────
    async def _claim(self, row: DeliveryRow) -> DeliveryRow | None:
        """Write `sending` down, if this may leave now; None: it waits, or will never leave."""
        async with self._database.transaction() as tx:
            held = await self._store.hold(tx, row.id)
            if held is None or held.state is not State.WAITING or held.attempts != row.attempts:
                return None
            due = await self._not_before(tx, held)
            if due is not None:
                await self._progress.requeue(tx, held, due)
                return None
            refusal = await self._unwanted(tx, held)
            if refusal is not None:
                details = {"code": refusal.code, "cure": refusal.cure}
                await self._progress.move(
                    tx, held, State.REFUSED, reason=refusal.reason, details=details
                )
                return None
            return await self._progress.move(
                tx,
                held,
                State.SENDING,
                reason="",
                attempts=held.attempts + 1,
                details={"began_at": int(tx.at)},
            )

    async def _not_before(self, tx: Transaction, row: DeliveryRow) -> Instant | None:
        """Return until when this waits, though it is due: for the night, or for its turn."""
        if row.not_before > tx.at:
            return row.not_before
        if not row.is_urgent:
            zone = str(row.details.get("zone", "UTC"))
            quiet = self._parts.limits.quiet_until(tx.at, zone)
            if quiet is not None:
                return quiet
        is_uncertain = await self._store.is_uncertain(tx.connection, row)
        if is_uncertain or await self._is_behind(tx, row):
            return later(tx.at, STEP_ASIDE)
        return None

    async def _is_behind(self, tx: Transaction, row: DeliveryRow) -> bool:
        """Say whether an earlier part of the same text has not left yet."""
        after = row.details.get("after")
        if not after:
            return False
        earlier = await self._store.find(tx.connection, str(after))
        return not earlier.state.is_final and earlier.state not in {State.ACCEPTED, State.SENT}

    async def _unwanted(self, tx: Transaction, row: DeliveryRow) -> Refusal | None:
        """Return why this may not leave any more: much may have changed while it waited."""
        is_text = row.kind is Kind.TEXT
        if is_text and await self._parts.consent.is_stopped(tx.connection, row.number):
            return Refusal("stopped", "They texted STOP, so they get no texts.")
        if not isinstance(self._parts.limits.destination(row.number), str):
            return Refusal("number", "That number is not on the list any more.")
        await next_cursor(tx, f"{LOCK}:{row.owner_id}")
        day = await self._store.day(tx.connection, row.owner_id, tx.at)
        used = await self._store.usage(tx.connection, row.owner_id, day, with_waiting=False)
        return self._parts.limits.usage(row.kind, row.number, used)

    # ── the request ──────────────────────────────────────────────────────────────────────────
    async def _send(self, row: DeliveryRow) -> State:
        """Ask the carrier once, and write down what it said, or that it said nothing."""
        tag = f"{row.id}.{row.attempts}"
        if self._parts.clock.now() - row.began_at > STALE_S * SECOND:
            return await self._not_taken(row, "")
        try:
            report = await self._hand_over(row, tag)
        except CarrierRefused as refusal:
            return await self._refused(row, refusal)
        except (CarrierBusy, NotConfigured) as busy:
            return await self._not_taken(row, busy.message)
        except CarrierSilent:
            await self._moved(row, State.UNKNOWN)
            raise  # the job comes again, and asks
        async with self._database.transaction() as tx:
            held = await self._held(tx, row)
            return (
                row.state if held is None else (await self._progress.report(tx, held, report)).state
            )

    async def _hand_over(self, row: DeliveryRow, tag: str) -> Report:
        if row.kind is Kind.TEXT:
            message = Message(tag, row.number, row.body, self._url(TEXT_STATUS_PATH, tag))
            return await self._carrier.text(message)
        return await self._carrier.call(
            Dial(
                tag=tag,
                number=row.number,
                answer_url=self._url(OUTGOING_PATH, tag),
                status_url=self._url(OUTGOING_STATUS_PATH, tag),
                machine_url=self._url(MACHINE_PATH, tag),
                ring_s=self._parts.ring_s,
                keys=str(row.details.get("keys", "")),
            )
        )

    async def _refused(self, row: DeliveryRow, refusal: CarrierRefused) -> State:
        details = {"cure": refusal.cure, "carrier_code": refusal.carrier_code}
        async with self._database.transaction() as tx:
            held = await self._held(tx, row)
            if held is None:
                return row.state
            if refusal.carrier_code == STOPPED_CODE:
                await self._parts.consent.stop(tx, row.number)
            await self._progress.move(
                tx, held, State.REFUSED, reason=refusal.message, details=details
            )
        _log.info("delivery_refused", delivery_id=row.id, carrier_code=refusal.carrier_code)
        return State.REFUSED

    async def _not_taken(self, row: DeliveryRow, reason: str) -> State:
        """It surely did not leave: try again a little later, but not for ever."""
        async with self._database.transaction() as tx:
            held = await self._held(tx, row)
            if held is None:
                return row.state
            tries = int(held.details.get("tries", 0))
            if tries >= TRIES_MAX:
                await self._progress.move(
                    tx, held, State.FAILED, reason=reason, details={"never_left": True}
                )
                return State.FAILED
            due = later(tx.at, min(BUSY_WAIT << tries, 10 * MINUTE))
            await self._progress.requeue(tx, held, due, reason=reason, details={"tries": tries + 1})
        return State.WAITING

    # ── afterwards ───────────────────────────────────────────────────────────────────────────
    async def _ask(self, row: DeliveryRow) -> State:
        """Find out what became of a request whose answer nobody heard."""
        async with self._database.reading() as connection:
            known = await self._store.references(connection, row)
        sent = Sent(row.kind, row.number, row.body, row.began_at, known - {row.carrier_ref})
        found = await self._carrier.find(sent)
        if found is not None:
            async with self._database.transaction() as tx:
                held = await self._held(tx, row)
                return (
                    row.state
                    if held is None
                    else (await self._progress.report(tx, held, found)).state
                )
        if self._parts.clock.now() < later(row.began_at, NOT_THERE_AFTER):
            await self._moved(row, State.UNKNOWN)
            raise CarrierSilent("The carrier does not list it yet.")
        return await self._not_taken(row, "The carrier never took it.")

    async def _moved(self, row: DeliveryRow, state: State, **changes: object) -> None:
        async with self._database.transaction() as tx:
            held = await self._held(tx, row)
            if held is not None and held.state is not state:
                await self._progress.move(tx, held, state, **changes)

    async def _held(self, tx: Transaction, row: DeliveryRow) -> DeliveryRow | None:
        """Return the row for a change, unless it went on without us meanwhile."""
        held = await self._store.hold(tx, row.id)
        if held is None or held.attempts != row.attempts:
            return None
        is_earlier = row.state in {State.SENDING, State.UNKNOWN}
        if is_earlier and held.state not in {State.SENDING, State.UNKNOWN}:
            return None  # a report of the carrier was faster than its answer
        return held

    @property
    def _carrier(self) -> Carrier:
        if self._parts.carrier is None:
            raise NotConfigured("No telephone account is set.", cure="ringback phone setup")
        return self._parts.carrier

    def _url(self, path: str, tag: str) -> str:
        return f"{self._parts.public_url}{path}?{urlencode({'delivery': tag})}"


def _is_known(row: DeliveryRow) -> bool:
    """Say whether nothing is left to ask; what a call cost is known minutes after it."""
    is_priced = bool(row.cost_micros) or int(row.details.get("looks", 0)) >= PRICE_LOOKS_MAX
    return row.state.is_final and is_priced
