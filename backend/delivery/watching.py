"""Moves deliveries along as the carrier reports: forward only, each report counted once."""

from dataclasses import dataclass
from typing import Any, Protocol

from backend.delivery.limits import DeliveryLimits
from backend.delivery.store import DeliveryStore
from backend.delivery.types import UNREACHED, DeliveryRow, Kind, Report, State
from backend.kernel.clock import MINUTE, Instant, later
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog
from backend.platform.jobs import Ledger, NewJob

WATCH_AFTER: dict[Kind, int] = {Kind.CALL: 3 * MINUTE, Kind.TEXT: 10 * MINUTE}
"""When a carrier that reports nothing is asked."""

UNHEARD = "A machine took it and hung up before the message."


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a number that was busy, or that nobody answered, is tried again."""

    minutes: tuple[int, ...] = (5, 20)

    def after(self, attempts: int) -> int | None:
        """Return how many minutes to wait after so many attempts; None: no more."""
        return self.minutes[attempts - 1] if 0 < attempts <= len(self.minutes) else None


class Outcomes(Protocol):
    """Whoever wants to know what came of a delivery."""

    async def take(self, tx: Transaction, row: DeliveryRow) -> None:
        """Take note of an end, in the transaction that writes it down."""
        ...


class Progress:
    """The one place that moves a row; whoever calls holds it."""

    def __init__(
        self,
        *,
        store: DeliveryStore,
        jobs: Ledger,
        events: EventLog,
        limits: DeliveryLimits,
        retries: RetryPolicy,
        outcomes: Outcomes | None = None,
    ) -> None:
        self._outcomes = outcomes
        self._store, self._jobs, self._events = store, jobs, events
        self._limits, self._retries = limits, retries

    async def move(
        self,
        tx: Transaction,
        row: DeliveryRow,
        state: State,
        **changes: Any,  # Any: column values
    ) -> DeliveryRow:
        """Write a new state down and tell whoever follows it."""
        moved = await self._store.move(tx, row, state, **changes)
        await self.tell(tx, moved)
        if self._outcomes is not None and state.is_final and not row.state.is_final:
            await self._outcomes.take(tx, moved)
        return moved

    async def report(self, tx: Transaction, row: DeliveryRow, report: Report) -> DeliveryRow:
        """Take the carrier's word."""
        if row.carrier_ref and row.carrier_ref != report.reference:
            return row  # of another call than the one that this delivery became
        if report.reference in row.details.get("earlier", ()):
            return row  # of an attempt that is over
        changes = _facts(row, report)
        if not row.state.may_become(report.state):
            return await self._store.move(tx, row, row.state, **changes) if changes else row
        answered_by = str(changes.get("answered_by", row.answered_by))
        state, reason = await self._meaning(tx, row, report, answered_by)
        if state in UNREACHED and row.kind is Kind.CALL:
            again = await self._again(tx, row, state, changes)
            if again is not None:
                return again
        if reason or state.is_final:
            changes["reason"] = reason
        moved = await self.move(tx, row, state, **changes)
        if not row.carrier_ref:
            await self.watch(tx, moved)
        return moved

    async def watch(self, tx: Transaction, row: DeliveryRow) -> None:
        """Have the carrier asked later, should its reports not reach us."""
        if row.kind is Kind.TRANSFER:
            return
        looks = int(row.details.get("looks", 0))
        wait = WATCH_AFTER[row.kind] * (looks + 1)
        await self._jobs.add(
            tx,
            NewJob(
                "delivery.watch",
                {"delivery_id": row.id, "attempt": row.attempts, "look": looks},
                key=f"delivery.watch:{row.id}:{row.attempts}:{looks}",
                owner_id=row.owner_id,
                not_before=later(tx.at, wait),
            ),
        )

    async def tell(self, tx: Transaction, row: DeliveryRow) -> None:
        """Write the step into the event log: never its words or its number."""
        await self._events.append(
            tx,
            owner_id=row.owner_id,
            stream=f"owner:{row.owner_id}",
            kind="delivery.moved",
            payload={"delivery_id": row.id, "kind": row.kind.value, "state": row.state.value},
            actor="companion",
        )

    async def _meaning(
        self, tx: Transaction, row: DeliveryRow, report: Report, answered_by: str
    ) -> tuple[State, str]:
        """A completed call that a machine took is a message left, or nobody reached."""
        if report.state is not State.COMPLETED or row.kind is not Kind.CALL:
            return report.state, report.reason
        if answered_by != "machine":
            return State.COMPLETED, report.reason
        ended_by = await self._store.ended_by(tx.connection, report.reference)
        return (State.VOICEMAIL, "") if ended_by == "voicemail" else (State.NO_ANSWER, UNHEARD)

    async def _again(
        self, tx: Transaction, row: DeliveryRow, state: State, changes: dict[str, Any]
    ) -> DeliveryRow | None:  # Any: column values
        """Try a number again that nobody answered, later and not at night."""
        wait = self._retries.after(row.attempts)
        if wait is None:
            return None
        due = later(tx.at, wait * MINUTE)
        if not row.is_urgent:
            due = self._limits.quiet_until(due, str(row.details.get("zone", "UTC"))) or due
        seconds = changes.get("details", {}).get("seconds", row.details.get("seconds"))
        sent = [*row.details.get("sent", ()), [int(row.began_at), int(seconds or 0)]]
        changes["details"] = {**changes.get("details", {}), "sent": sent, "seconds": None}
        return await self.requeue(tx, row, due, reason=state.value, **changes)

    async def requeue(
        self,
        tx: Transaction,
        row: DeliveryRow,
        due: Instant,
        **changes: Any,  # Any: column values
    ) -> DeliveryRow:
        """Put a row back to where it waits; what the carrier called it is remembered."""
        reference = str(changes.pop("carrier_ref", "") or row.carrier_ref)
        earlier = [*row.details.get("earlier", ()), *([reference] if reference else [])]
        waits = int(row.details.get("waits", 0)) + 1
        details = {**changes.pop("details", {}), "earlier": earlier, "waits": waits, "looks": 0}
        moved = await self.move(
            tx,
            row,
            State.WAITING,
            **{**changes, "carrier_ref": "", "answered_by": "", "not_before": due},
            details=details,
        )
        await self._jobs.add(tx, job_of(moved, due))
        return moved


def job_of(row: DeliveryRow, not_before: Instant) -> NewJob:
    """Return the job that carries a delivery out: one for each time that it waits."""
    name = "delivery.dial" if row.kind is Kind.CALL else "delivery.text"
    return NewJob(
        name,
        {"delivery_id": row.id},
        key=f"{name}:{row.id}:{row.details.get('waits', 0)}",
        owner_id=row.owner_id,
        not_before=not_before,
        priority=1,
    )


def _facts(row: DeliveryRow, report: Report) -> dict[str, Any]:  # Any: column values
    """Return what a report adds, whatever state it names."""
    facts: dict[str, Any] = {}
    if report.reference and not row.carrier_ref:
        facts["carrier_ref"] = report.reference
    if report.answered_by and report.answered_by != row.answered_by:
        facts["answered_by"] = report.answered_by
    if report.cost_micros and report.cost_micros != row.cost_micros:
        facts["cost_micros"] = report.cost_micros
    if report.seconds is not None and report.seconds != row.details.get("seconds"):
        facts["details"] = {"seconds": report.seconds}
    return facts
