"""Reaches people, as far as they and their owner allow it, and keeps what became of it.

A wish is checked, decided and written down in its caller's transaction, together with the job that
carries it out; from then on it happens at most once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from backend.delivery.consent import Consent
from backend.delivery.limits import DeliveryLimits
from backend.delivery.parts import cut
from backend.delivery.store import DeliveryStore, Whose
from backend.delivery.types import (
    DeliveryRow,
    Kind,
    NewCall,
    NewTransfer,
    Refusal,
    Report,
    State,
    Text,
)
from backend.delivery.watching import Progress, job_of
from backend.kernel.clock import DAY, Instant, later
from backend.kernel.errors import Busy, Conflict, Forbidden, Invalid, NotConfigured, Refused
from backend.kernel.ids import Ids, OwnerId
from backend.kernel.people import Action, Actor, Assurance, Role
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.jobs import Ledger
from backend.trust import Trust
from backend.trust.permissions import Verdict

KEYS = re.compile(r"[0-9*#wW]{0,32}")  # as many as a carrier presses
WORDS_MAX = 4_000  # of an opening or a text: three minutes of speech, three parts
AHEAD_MAX = 366 * DAY  # a wish for a later day is a slip, or somebody who fills the book
UNREADABLE_CHARACTERS_MAX = 32  # of a destination that is no number
REFUSED_JUST_NOW = {"cap": Busy, "forbidden": Forbidden, "approval": Forbidden, "invalid": Invalid}

STOPPED = Refusal("stopped", "They texted STOP, so they get no texts.", "They can text START.")

KEPT = ("earlier", "sent", "looks")  # of the attempts of a wish that is renewed

_ACTIONS: Mapping[Kind, Action] = {
    Kind.CALL: Action.CALL,
    Kind.TEXT: Action.TEXT,
    Kind.TRANSFER: Action.TRANSFER,
}


class Undeliverable(Refused):
    """This is not sent: our limits, the person or the carrier don't allow it."""

    code = "undeliverable"
    status = 409
    spoken = "I'm not able to reach that number."


@dataclass(frozen=True, slots=True)
class _Wish:
    kind: Kind
    number: str
    body: str
    cause: str
    when: Instant | None = None
    is_urgent: bool = False
    is_answer: bool = False
    reference: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)  # Any: JSON


@dataclass(frozen=True, slots=True)
class DeliveryParts:
    """What the room stands on."""

    database: Database
    trust: Trust
    jobs: Ledger
    ids: Ids
    store: DeliveryStore
    consent: Consent
    limits: DeliveryLimits
    progress: Progress
    missing: str = ""  # the settings without which nothing can leave


class Delivery:
    """The room's verbs."""

    def __init__(self, parts: DeliveryParts) -> None:
        self._parts = parts
        self._database, self._store = parts.database, parts.store
        self.limits = parts.limits

    @property
    def is_ready(self) -> bool:
        """Say whether anything can leave at all."""
        return not self._parts.missing

    # ── wishes ───────────────────────────────────────────────────────────────────────────────
    async def call(self, tx: Transaction, actor: Actor, wanted: NewCall) -> DeliveryRow:
        """Promise a call. It leaves after the commit, at most once; a refusal is its state."""
        _check_words(wanted.opening)
        if not KEYS.fullmatch(wanted.keys):
            raise Invalid("Keys are up to 32 of 0-9, *, #, and w or W to wait.")
        details = {"voicemail": wanted.voicemail, "keys": wanted.keys}
        wish = _Wish(
            Kind.CALL,
            wanted.number,
            wanted.opening,
            wanted.cause,
            when=wanted.when,
            is_urgent=wanted.is_urgent,
            details={name: value for name, value in details.items() if value},
        )
        return await self._promise(tx, actor, wish)

    async def text(self, tx: Transaction, actor: Actor, text: Text) -> DeliveryRow:
        """Promise a text; one that is too long leaves in parts, each after the one before it."""
        _check_words(text.body)
        previous: DeliveryRow | None = None
        rows: list[DeliveryRow] = []
        for index, part in enumerate(cut(text.body)):
            cause = text.cause if index == 0 else f"{text.cause}/{index + 1}"
            wish = _Wish(
                Kind.TEXT,
                text.number,
                part,
                cause,
                when=text.when,
                is_urgent=text.is_urgent,
                is_answer=text.is_answer,
                details={"after": previous.id} if previous else {},
            )
            previous = await self._promise(tx, actor, wish)
            rows.append(previous)
            if previous.state is State.REFUSED:
                break  # half a text is worth nothing, and the next part would be refused as well
        return rows[0]

    async def transfer(self, tx: Transaction, actor: Actor, wanted: NewTransfer) -> DeliveryRow:
        """Write down that a running call goes to somebody else; the carrier then asks us how."""
        details = {
            "conversation_id": wanted.conversation_id,
            "name": wanted.name,
            "summary": wanted.summary,
        }
        wish = _Wish(
            Kind.TRANSFER,
            wanted.number,
            wanted.summary,
            wanted.cause,
            is_urgent=True,
            reference=wanted.call_sid,
            details=details,
        )
        return await self._promise(tx, actor, wish)

    async def ask_call(self, actor: Actor, wanted: NewCall) -> DeliveryRow:
        """Promise a call in a transaction of its own; a refusal is kept and then raised."""
        self._check_configured()
        async with self._database.transaction() as tx:
            row = await self.call(tx, actor, wanted)
        return raised_if_refused(row)

    async def ask_text(self, actor: Actor, text: Text) -> DeliveryRow:
        """Promise a text in a transaction of its own; a refusal is kept and then raised."""
        self._check_configured()
        async with self._database.transaction() as tx:
            row = await self.text(tx, actor, text)
        return raised_if_refused(row)

    async def obstacle(self, number: str) -> Refusal | None:
        """Say why no text could leave for a number, whoever wants it; None: one could."""
        self._check_configured()
        told = self.limits.destination(number)
        if isinstance(told, Refusal):
            return told
        async with self._database.reading() as connection:
            is_stopped = await self._parts.consent.is_stopped(connection, told)
        return STOPPED if is_stopped else None

    # ── what became of it ────────────────────────────────────────────────────────────────────
    async def get(self, delivery_id: str, owner_id: OwnerId | None = None) -> DeliveryRow:
        """Return one row; with an owner given, only theirs."""
        async with self._database.reading() as connection:
            return await self._store.find(connection, delivery_id, owner_id)

    async def latest(self, owner_id: OwnerId, limit: int = 50) -> list[DeliveryRow]:
        """Return an owner's newest rows."""
        async with self._database.listing() as connection:
            return await self._store.latest(connection, owner_id, limit)

    async def cancel(self, owner_id: OwnerId, delivery_id: str) -> DeliveryRow:
        """Call off what has not left yet."""
        async with self._database.transaction() as tx:
            row = await self._store.find(tx.connection, delivery_id, owner_id)
            held = await self._store.hold(tx, row.id)
            if held is None or held.state is not State.WAITING:
                raise Conflict("It has left already, or is over.")
            return await self._parts.progress.move(tx, held, State.CANCELLED, reason="called off")

    async def report(self, tag: str, report: Report) -> DeliveryRow | None:
        """Take the carrier's word on where a delivery stands; a late or repeated one is no news.

        The tag names the attempt: what comes of an earlier one is no news of this one.
        """
        delivery_id, _, attempt = tag.partition(".")
        async with self._database.transaction() as tx:
            row = await self._store.hold(tx, delivery_id)
            if row is None or str(row.attempts) != attempt:
                return row
            return await self._parts.progress.report(tx, row, report)

    # ── a promise ────────────────────────────────────────────────────────────────────────────
    async def _promise(self, tx: Transaction, actor: Actor, wish: _Wish) -> DeliveryRow:
        known = await self._store.by_cause(tx.connection, actor.owner_id, wish.cause)
        if known is not None and not _may_be_renewed(known):
            return known
        if wish.when is not None and wish.when > later(tx.at, AHEAD_MAX):
            raise Invalid("That is more than a year ahead.")
        number = self.limits.destination(wish.number)
        # Decided first: its audit line is locked to the commit, so that two who ask in the same
        # moment can't both take the day's last place.
        told = number if isinstance(number, str) else wish.number[:UNREADABLE_CHARACTERS_MAX]
        whose = await self._store.whose(tx.connection, told, actor.owner_id)
        is_own = bool(whose.person_id) and whose.person_id == actor.person_id
        wish = replace(wish, is_answer=wish.is_answer and is_own)
        refusal = await self._weigh(tx, actor, wish, number=told)
        if isinstance(number, Refusal):
            refusal = refusal or number
        else:
            refusal = refusal or await self._wanted(tx, actor, wish, number=number, whose=whose)
        row = self._row(tx, actor, replace(wish, number=told), whose)
        if refusal is not None:
            details = {**row.details, "code": refusal.code, "cure": refusal.cure}
            row = replace(row, state=State.REFUSED, reason=refusal.reason, details=details)
        row = await self._written(tx, row)
        if row.state is State.WAITING and row.kind is not Kind.TRANSFER:
            await self._parts.jobs.add(tx, job_of(row, row.not_before))
        await self._parts.progress.tell(tx, row)
        return row

    async def _weigh(
        self, tx: Transaction, actor: Actor, wish: _Wish, *, number: str
    ) -> Refusal | None:
        action = Action.ANSWER if wish.is_answer else _ACTIONS[wish.kind]
        decision = await self._parts.trust.decide(
            tx, actor, action, resource=number, cause=wish.cause
        )
        if decision.is_allowed:
            return None
        if decision.verdict is Verdict.ASK:
            return Refusal("approval", "Somebody has to agree to that first.")
        return Refusal("forbidden", Forbidden.spoken)

    async def _written(self, tx: Transaction, row: DeliveryRow) -> DeliveryRow:
        """Write a wish down; one that a full day refused takes its place when there is room."""
        known = await self._store.by_cause(tx.connection, row.owner_id, row.cause)
        if known is None:
            return await self._store.add(tx, row)
        held = await self._store.hold(tx, known.id)
        if held is None or not _may_be_renewed(held):
            return held or known
        kept = {name: held.details[name] for name in KEPT if name in held.details}
        waits = int(held.details.get("waits", 0)) + 1
        details = {**row.details, **kept, "waits": waits}
        return await self._store.renew(tx, replace(row, id=held.id, details=details))

    async def _wanted(
        self, tx: Transaction, actor: Actor, wish: _Wish, *, number: str, whose: Whose
    ) -> Refusal | None:
        """Say whether the person wants it, and whether the day has room for it."""
        if wish.kind is Kind.TEXT and await self._parts.consent.is_stopped(tx.connection, number):
            return STOPPED
        due, _ = self._due(tx, actor, wish, whose)
        day = await self._store.day(tx.connection, actor.owner_id, due)
        used = await self._store.usage(tx.connection, actor.owner_id, day)
        return self.limits.usage(wish.kind, number, used)

    def _row(self, tx: Transaction, actor: Actor, wish: _Wish, whose: Whose) -> DeliveryRow:
        not_before, is_held = self._due(tx, actor, wish, whose)
        details = {**wish.details, "person_id": whose.person_id, "zone": whose.zone}
        if whose.name and "name" not in details:
            details["name"] = whose.name
        if _is_urgent(actor, wish):
            details["is_urgent"] = True
        if is_held:
            details["held"] = "quiet hours"
        return DeliveryRow(
            id=self._parts.ids.new(),
            owner_id=actor.owner_id,
            kind=wish.kind,
            number=wish.number,
            body=wish.body,
            cause=wish.cause,
            state=State.WAITING,
            reason="",
            answered_by="",
            carrier_ref=wish.reference,
            attempts=0,
            details=details,
            cost_micros=0,
            not_before=not_before,
            created_at=tx.at,
            updated_at=tx.at,
        )

    def _due(
        self, tx: Transaction, actor: Actor, wish: _Wish, whose: Whose
    ) -> tuple[Instant, bool]:
        """Return when it may leave, and whether quiet hours hold it until then."""
        due = max(tx.at, wish.when or tx.at)
        is_urgent = _is_urgent(actor, wish)
        quiet = None if is_urgent else self.limits.quiet_until(due, whose.zone)
        return (due, False) if quiet is None else (quiet, True)

    def _check_configured(self) -> None:
        if self._parts.missing:
            raise NotConfigured(
                f"Nothing can leave yet. Not set: {self._parts.missing}.",
                cure="ringback phone setup",
            )


def raised_if_refused(row: DeliveryRow) -> DeliveryRow:
    """Return a row, or raise why it is not sent."""
    if row.state is not State.REFUSED:
        return row
    error = REFUSED_JUST_NOW.get(str(row.details.get("code")), Undeliverable)
    raise error(row.reason, cure=str(row.details.get("cure", "")))


def _may_be_renewed(row: DeliveryRow) -> bool:
    """Say whether a wish may be asked for again by the same cause: the day was full, no more."""
    return row.state is State.REFUSED and row.details.get("code") == "cap"


def _is_urgent(actor: Actor, wish: _Wish) -> bool:
    return wish.is_urgent and (wish.is_answer or _may_disturb(actor, wish.kind))


def _may_disturb(actor: Actor, kind: Kind) -> bool:
    """Say whether quiet hours may be set aside: by the owner's own word, or on a running call."""
    if kind is Kind.TRANSFER:
        return True
    return actor.role is Role.OWNER and actor.assurance is Assurance.HELD


def _check_words(text: str) -> None:
    if not text.strip():
        raise Invalid("There is nothing to say.", cure='ringback phone call +… "what to say"')
    if len(text) > WORDS_MAX:
        raise Invalid(f"That is longer than {WORDS_MAX} characters.")
