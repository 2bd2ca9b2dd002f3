"""What delivery forgets: whom it reached and what it said; that it did so stays counted."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.delivery.types import State
from backend.kernel.clock import Instant
from backend.kernel.forgetting import (
    Everything,
    Kind,
    OneThing,
    Period,
    Person,
    Scope,
    Things,
    ids_of,
    things,
)
from backend.kernel.ids import OwnerId
from backend.platform.database.batches import batches, count_named, count_rows, of_owner
from backend.platform.database.folding import may_contain
from backend.platform.database.tables import conversations, deliveries, short_term
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting import tombstones
from backend.platform.forgetting.port import (
    Counts,
    Example,
    Forgettable,
    Speaking,
    Spoken,
    Targets,
    Whole,
    shortened,
)

# By which a turn names what it has sent: see `texting_back` and `handing_over`.
CAUSES = ("rest", "turn")

# What may hold words or a number; the rest are times and counts, which caps and prices need.
_COUNTED: Final = frozenset(
    {"began_at", "tries", "waits", "looks", "earlier", "sent", "never_left", "after", "seconds"}
    | {"code", "is_urgent", "carrier_code", "conversation_id"}
)
_UNDER_WAY: Final = [
    state.value for state in State if not state.is_final and state is not State.WAITING
]


class Deliveries(Forgettable):
    """Blanks rows: what was sent counts against the day's caps whether it is remembered or not."""

    def __init__(self, speaking: Speaking) -> None:
        self._speaking = speaking

    async def closure(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        """Return what was sent in what falls, and calls that were made for it."""
        if isinstance(scope.what, Everything):
            return frozenset()
        if isinstance(scope.what, Person):
            found = await self._naming(connection, scope.owner_id, scope.what, Spoken.OF_THEM)
        else:
            found = await _wanted(connection, scope)
        for batch in batches(ids_of(known, Kind.TURN), size=100):
            causes = [f"{prefix}:{turn_id}" for prefix in CAUSES for turn_id in batch]
            query = select(deliveries.c.id).where(
                deliveries.c.owner_id == scope.owner_id, deliveries.c.cause.in_(causes)
            )
            found |= things(Kind.DELIVERY, (await connection.execute(query)).scalars())
        for batch in batches(ids_of(known, Kind.CONVERSATION)):
            query = select(conversations.c.delivery_id).where(
                of_owner(conversations.c.id, scope.owner_id), conversations.c.id.in_(batch)
            )
            found |= things(Kind.DELIVERY, (await connection.execute(query)).scalars())
        return found

    async def unclear(self, connection: AsyncConnection, scope: Scope) -> Targets:
        """Return what only says a name that several bear."""
        if not isinstance(scope.what, Person):
            return frozenset()
        return await self._naming(connection, scope.owner_id, scope.what, Spoken.UNCLEAR)

    async def some(self, connection: AsyncConnection, whole: Whole, limit: int) -> Targets:
        """Return what still says or reaches somebody."""
        query = select(deliveries.c.id).where(
            *_sent(whole), _has_words(), tombstones.are_missing(Kind.DELIVERY, deliveries.c.id)
        )
        rows = await connection.execute(query.limit(limit))
        return things(Kind.DELIVERY, rows.scalars())

    async def amounts(self, connection: AsyncConnection, whole: Whole) -> Counts:
        """Count what still says or reaches somebody."""
        return {"deliveries": await count_rows(connection, deliveries, *_sent(whole), _has_words())}

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        """Blank bodies, numbers and names; what waits is called off, what is under way goes on."""
        blanked = 0
        for batch in batches(ids_of(targets, Kind.DELIVERY)):
            mine = [of_owner(deliveries.c.id, owner_id), deliveries.c.id.in_(batch)]
            await tx.execute(
                update(deliveries)
                .where(*mine, deliveries.c.state == State.WAITING.value)
                .values(state=State.CANCELLED.value, reason="forgotten", updated_at=tx.at)
            )
            await tx.execute(  # what came of it is in mind under its id
                delete(short_term).where(
                    of_owner(short_term.c.source_id, owner_id), short_term.c.source_id.in_(batch)
                )
            )
            rows = await tx.execute(
                select(deliveries.c.id, deliveries.c.state, deliveries.c.details).where(
                    *mine, _has_words()
                )
            )
            for row in rows.all():
                blank: dict[str, Any] = {"body": "", "details": _counted(row.details)}  # Any: JSON
                if row.state not in _UNDER_WAY:  # the carrier is asked by its number until its end
                    blank |= {"number": "", "reason": "forgotten"}
                await tx.execute(
                    update(deliveries)
                    .where(deliveries.c.owner_id == owner_id, deliveries.c.id == row.id)
                    .values(**blank)
                )
                blanked += 1
        return {"deliveries": blanked}

    async def traces(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Counts:
        """Count what still says or reaches somebody."""
        named = ids_of(targets, Kind.DELIVERY)
        found = await count_named(connection, owner_id, deliveries.c.id, named, _has_words())
        return {"deliveries": found}

    async def _naming(
        self, connection: AsyncConnection, owner_id: OwnerId, person: Person, spoken: Spoken
    ) -> Targets:
        """Return what speaks so of somebody in its body."""
        name = " ".join(person.name.split()).casefold()
        if not name:
            return frozenset()
        query = select(deliveries.c.id, deliveries.c.body).where(
            deliveries.c.owner_id == owner_id, may_contain(deliveries.c.body, name)
        )
        rows = (await connection.execute(query)).all()
        found = (row.id for row in rows if self._speaking(row.body, person) is spoken)
        return things(Kind.DELIVERY, found)

    async def examples(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets, limit: int
    ) -> list[Example]:
        """Return the first bodies."""
        rows = await connection.execute(
            select(deliveries.c.body, deliveries.c.created_at)
            .where(
                deliveries.c.owner_id == owner_id,
                deliveries.c.id.in_(ids_of(targets, Kind.DELIVERY)[:limit]),
            )
            .order_by(deliveries.c.created_at, deliveries.c.id)
        )
        return [Example("delivery", shortened(row.body), Instant(row.created_at)) for row in rows]


def is_over(before: Instant) -> ColumnElement[bool]:
    """Return what ended before a moment; what may still move stays, however old it is."""
    ended = [state.value for state in State if state.is_final]
    return deliveries.c.state.in_(ended) & (deliveries.c.updated_at < before)


async def _wanted(connection: AsyncConnection, scope: Scope) -> Targets:
    what = scope.what
    query = select(deliveries.c.id).where(deliveries.c.owner_id == scope.owner_id)
    if isinstance(what, OneThing):
        if what.target.kind is not Kind.DELIVERY:
            return frozenset()
        query = query.where(deliveries.c.id == what.target.id)
    elif isinstance(what, Period):
        query = query.where(
            deliveries.c.created_at >= what.since, deliveries.c.created_at < what.until
        )
    elif isinstance(what, Things):
        return things(Kind.DELIVERY, ids_of(what.targets, Kind.DELIVERY))
    return things(Kind.DELIVERY, (await connection.execute(query)).scalars())


def _sent(whole: Whole) -> tuple[ColumnElement[bool], ...]:
    return deliveries.c.owner_id == whole.owner_id, deliveries.c.created_at <= whole.until


def _has_words() -> ColumnElement[bool]:
    return or_(deliveries.c.body != "", deliveries.c.number != "")


def _counted(details: Mapping[str, Any]) -> dict[str, Any]:  # Any: JSON
    return {name: value for name, value in details.items() if name in _COUNTED}
