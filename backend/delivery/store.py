"""The ledger of everything that leaves the house: one row from the wish to its outcome.

`details` holds what only some rows have: voicemail, is_urgent, began_at (the attempt's), tries (how
often the carrier did not take it), waits, looks, earlier (what it called past attempts), sent (when
these left, and their seconds), never_left (its last attempt), after (the part before this one),
seconds, code, cure; of a transfer also conversation_id, name and summary.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.delivery.limits import Day
from backend.delivery.types import DeliveryRow, Kind, State, Usage
from backend.kernel.clock import Instant
from backend.kernel.errors import Missing
from backend.kernel.ids import OwnerId
from backend.platform.database.tables import conversations, deliveries, numbers, people
from backend.platform.database.transaction import Transaction

LISTED_MAX = 200


@dataclass(frozen=True, slots=True)
class Whose:
    """Who has a number, as far as we know."""

    person_id: str = ""
    name: str = ""
    zone: str = "UTC"


class DeliveryStore:
    """Reads and moves rows; every verb is part of its caller's transaction."""

    async def add(self, tx: Transaction, row: DeliveryRow) -> DeliveryRow:
        """Write a row down; the same cause gives the row there is."""
        make = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
        await tx.execute(
            make(deliveries)
            .values(
                id=row.id,
                owner_id=row.owner_id,
                kind=row.kind.value,
                number=row.number,
                body=row.body,
                cause=row.cause,
                state=row.state.value,
                reason=row.reason,
                carrier_ref=row.carrier_ref,
                details=dict(row.details),
                not_before=row.not_before,
                created_at=tx.at,
                updated_at=tx.at,
            )
            .on_conflict_do_nothing(index_elements=[deliveries.c.owner_id, deliveries.c.cause])
        )
        kept = await self.by_cause(tx.connection, row.owner_id, row.cause)
        assert kept is not None, "the row was written just now, or is there"
        return kept

    async def renew(self, tx: Transaction, row: DeliveryRow) -> DeliveryRow:
        """Write a refused wish down once more; the caller holds it. What it became is kept."""
        values = {
            "body": row.body,
            "state": row.state.value,
            "reason": row.reason,
            "details": dict(row.details),
            "not_before": row.not_before,
            "updated_at": tx.at,
        }
        renewed = await tx.execute(
            update(deliveries)
            .where(deliveries.c.id == row.id)
            .values(**values)
            .returning(*deliveries.c)
        )
        return _row(renewed.one())

    async def by_cause(
        self, connection: AsyncConnection, owner_id: OwnerId, cause: str
    ) -> DeliveryRow | None:
        """Return what was asked for by this cause."""
        query = select(deliveries).where(
            deliveries.c.owner_id == owner_id, deliveries.c.cause == cause
        )
        return _maybe((await connection.execute(query)).first())

    async def find(
        self, connection: AsyncConnection, delivery_id: str, owner_id: OwnerId | None = None
    ) -> DeliveryRow:
        """Return one row, by our name or the carrier's; with an owner given, only theirs."""
        is_named = (deliveries.c.id == delivery_id) | (deliveries.c.carrier_ref == delivery_id)
        query = select(deliveries).where(is_named)
        if owner_id is not None:
            query = query.where(deliveries.c.owner_id == owner_id)
        row = (await connection.execute(query)).first() if delivery_id else None
        if row is None:
            raise Missing("There is no such call or text.", cure="ringback phone status")
        return _row(row)

    async def hold(self, tx: Transaction, delivery_id: str) -> DeliveryRow | None:
        """Return one row that nobody else moves before this transaction ends."""
        query = select(deliveries).where(deliveries.c.id == delivery_id).with_for_update()
        return _maybe((await tx.execute(query)).first())

    async def latest(
        self, connection: AsyncConnection, owner_id: OwnerId, limit: int
    ) -> list[DeliveryRow]:
        """Return an owner's newest rows."""
        query = (
            select(deliveries)
            .where(deliveries.c.owner_id == owner_id)
            .order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc())
            .limit(min(limit, LISTED_MAX))
        )
        return [_row(row) for row in await connection.execute(query)]

    async def of_call(self, connection: AsyncConnection, reference: str) -> DeliveryRow | None:
        """Return the latest transfer of a running call."""
        query = (
            select(deliveries)
            .where(deliveries.c.carrier_ref == reference, deliveries.c.kind == Kind.TRANSFER.value)
            .order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc())
            .limit(1)
        )
        return _maybe((await connection.execute(query)).first())

    async def move(
        self, tx: Transaction, row: DeliveryRow, state: State, **changes: Any
    ) -> DeliveryRow:  # Any: column values; `details` are merged
        """Write a row's new state down; the caller holds it."""
        details = {**row.details, **changes.pop("details", {})}
        values = {"state": state.value, "details": details, "updated_at": tx.at, **changes}
        moved = await tx.execute(
            update(deliveries)
            .where(deliveries.c.id == row.id)
            .values(**values)
            .returning(*deliveries.c)
        )
        return _row(moved.one())

    # ── questions ────────────────────────────────────────────────────────────────────────────
    async def usage(
        self, connection: AsyncConnection, owner_id: OwnerId, day: Day, *, with_waiting: bool = True
    ) -> Usage:
        """Return what left for one owner on a day, each attempt by itself, and what is to leave."""
        is_waiting = deliveries.c.state == State.WAITING.value
        query = select(deliveries).where(
            deliveries.c.owner_id == owner_id,
            # A row that left on this day was written that day, or later.
            (deliveries.c.updated_at >= day.begins) | is_waiting,
        )
        found = [_row(row) for row in await connection.execute(query)]
        sent = [(row, seconds) for row in found for at, seconds in row.sent if at in day]
        if with_waiting:
            due = (row for row in found if row.state is State.WAITING and row.not_before in day)
            sent += [(row, 0) for row in due]
        texts = sum(row.kind is Kind.TEXT for row, _ in sent)
        return Usage(
            calls=len(sent) - texts,
            texts=texts,
            seconds=sum(seconds for _, seconds in sent),
            by_number=Counter(row.number for row, _ in sent),
        )

    async def day(self, connection: AsyncConnection, owner_id: OwnerId, at: Instant) -> Day:
        """Return the day of an owner's own calendar in which a moment lies."""
        return Day.of(at, await self._zone(connection, owner_id))

    async def is_uncertain(self, connection: AsyncConnection, row: DeliveryRow) -> bool:
        """Say whether something else to this number is on its way to the carrier.

        One at a time: were the carrier asked for two alike, nobody could tell them apart.
        """
        query = select(deliveries.c.id).where(
            deliveries.c.number == row.number,
            deliveries.c.id != row.id,
            deliveries.c.kind == row.kind.value,
            deliveries.c.state.in_([State.SENDING.value, State.UNKNOWN.value]),
        )
        return (await connection.execute(query)).first() is not None

    async def references(self, connection: AsyncConnection, row: DeliveryRow) -> frozenset[str]:
        """Return what the carrier calls the other deliveries to this number."""
        query = select(deliveries.c.carrier_ref, deliveries.c.details).where(
            deliveries.c.number == row.number
        )
        known = {
            reference
            for found in await connection.execute(query)
            for reference in (found.carrier_ref, *found.details.get("earlier", ()))
        }
        return frozenset(known - {""})

    async def whose(self, connection: AsyncConnection, number: str, owner_id: OwnerId) -> Whose:
        """Return who has a number; the zone is the owner's when nobody is known by it."""
        query = (
            select(people.c.id, people.c.name, people.c.zone)
            .join(numbers, numbers.c.person_id == people.c.id)
            .where(numbers.c.number == number, numbers.c.brought_at.is_(None))
        )
        found = (await connection.execute(query)).first()
        if found is not None:
            return Whose(found.id, found.name, found.zone or "UTC")
        return Whose(zone=await self._zone(connection, owner_id))

    async def _zone(self, connection: AsyncConnection, owner_id: OwnerId) -> str:
        query = select(people.c.zone).where(people.c.id == owner_id)
        return (await connection.execute(query)).scalar() or "UTC"

    async def ended_by(self, connection: AsyncConnection, reference: str) -> str:
        """Return how our side saw the end of a call of ours."""
        query = select(conversations.c.ended_by).where(conversations.c.carrier_ref == reference)
        return str((await connection.execute(query)).scalar() or "")


def _maybe(row: Row[Any] | None) -> DeliveryRow | None:
    return None if row is None else _row(row)


def _row(row: Row[Any]) -> DeliveryRow:
    return DeliveryRow(
        id=row.id,
        owner_id=OwnerId(row.owner_id),
        kind=Kind(row.kind),
        number=row.number,
        body=row.body,
        cause=row.cause,
        state=State(row.state),
        reason=row.reason,
        answered_by=row.answered_by,
        carrier_ref=row.carrier_ref,
        attempts=row.attempts,
        details=row.details,
        cost_micros=row.cost_micros,
        not_before=Instant(row.not_before),
        created_at=Instant(row.created_at),
        updated_at=Instant(row.updated_at),
    )
