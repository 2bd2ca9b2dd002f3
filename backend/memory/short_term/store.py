"""The rows of short-term memory: written in the turn's transaction, read as one indexed view."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import (
    Delete,
    RowMapping,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant, later
from backend.kernel.ids import Ids, OwnerId
from backend.memory.short_term.packing import packed
from backend.memory.short_term.types import (
    WINDOW,
    CameUp,
    Kept,
    Kind,
    NewItem,
    Used,
    WentOff,
)
from backend.memory.short_term.weighing import PRIORITY, priority_after_use
from backend.platform.database.batches import batches
from backend.platform.database.freshness import WATCHED
from backend.platform.database.tables import short_term
from backend.platform.database.transaction import Transaction

TOPIC: Final = WATCHED[short_term.name]
KEPT_MAX = 300  # of one kind, of one owner in a namespace: what a day may leave on anybody's mind
TEXT_CHARACTERS_MAX = 8_000


class ShortTermRows:
    """Writes in the caller's transaction and tells what; reads in the caller's snapshot."""

    def __init__(self, ids: Ids, *, kept_max: int = KEPT_MAX) -> None:
        self._ids, self._kept_max = ids, kept_max

    async def add(self, tx: Transaction, items: Sequence[NewItem]) -> None:
        """Keep items, and let go of what is too old or too many in the same place."""
        if not items:
            return
        rows = [self._row(tx, item) for item in items]
        await tx.execute(insert(short_term), rows, is_told=True)
        for row in rows:
            tx.tell(row["owner_id"], TOPIC, CameUp(row["namespace"], _kept(row)))
        for owner_id, namespace in sorted({(item.owner_id, item.namespace) for item in items}):
            await self._bound(tx, owner_id, namespace)

    async def live(
        self, connection: AsyncConnection, owner_id: OwnerId, namespace: str, since: Instant
    ) -> tuple[Kept, ...]:
        """Return what came after a moment, in the order in which it happened."""
        found = await connection.execute(
            select(short_term)
            .where(
                short_term.c.owner_id == owner_id,
                short_term.c.namespace == namespace,
                short_term.c.at > since,
            )
            .order_by(short_term.c.at, short_term.c.id)
            .limit(self._kept_max * len(Kind))
        )
        return tuple(_kept(row) for row in found.mappings())

    async def use(self, tx: Transaction, owner_id: OwnerId, items: Sequence[Kept]) -> None:
        """Write down that items were of use just now, all at once."""
        if not items:
            return
        lifted = (
            update(short_term)
            .where(
                short_term.c.owner_id == bindparam("whose"),
                short_term.c.id == bindparam("which"),
                short_term.c.uses == bindparam("before"),  # or another process has counted it
            )
            .values(priority=bindparam("higher"), uses=bindparam("after"), used_at=tx.at)
        )
        await tx.execute(
            lifted,
            [
                {
                    "whose": owner_id,
                    "which": item.id,
                    "before": item.uses,
                    "after": item.uses + 1,
                    "higher": priority_after_use(item, tx.at),
                }
                for item in items
            ],
            is_told=True,
        )
        for item in items:
            used = Used(item.id, item.uses, priority_after_use(item, tx.at), tx.at)
            tx.tell(owner_id, TOPIC, used)

    async def end(
        self, tx: Transaction, owner_id: OwnerId, kind: Kind, source_ids: Sequence[str]
    ) -> None:
        """Take an owner's items of a kind off the mind, as tasks that are done."""
        for batch in batches(source_ids):
            theirs = (short_term.c.owner_id == owner_id, short_term.c.kind == kind.value)
            gone = delete(short_term).where(*theirs, short_term.c.source_id.in_(batch))
            await _let_go(tx, owner_id, gone)

    async def sources(
        self, connection: AsyncConnection, owner_id: OwnerId, kind: Kind
    ) -> frozenset[str]:
        """Return what an owner's items of a kind stand for."""
        found = await connection.execute(
            select(short_term.c.source_id).where(
                short_term.c.owner_id == owner_id, short_term.c.kind == kind.value
            )
        )
        return frozenset(found.scalars())

    async def _bound(self, tx: Transaction, owner_id: str, namespace: str) -> None:
        theirs = (short_term.c.owner_id == owner_id, short_term.c.namespace == namespace)
        newest_first = (short_term.c.at.desc(), short_term.c.id.desc())
        place = func.row_number().over(partition_by=short_term.c.kind, order_by=newest_first)
        placed = select(short_term.c.id, short_term.c.at, place.label("place")).where(*theirs)
        numbered = placed.subquery()
        too_many = numbered.c.place > self._kept_max
        too_old = numbered.c.at <= later(tx.at, -WINDOW)
        gone = select(numbered.c.id).where(or_(too_many, too_old))
        await _let_go(tx, owner_id, delete(short_term).where(*theirs, short_term.c.id.in_(gone)))

    def _row(self, tx: Transaction, item: NewItem) -> Mapping[str, Any]:  # Any: columns' values
        at = tx.at if item.at is None else item.at
        return {
            "id": self._ids.new(),
            "owner_id": item.owner_id,
            "namespace": item.namespace,
            "kind": item.kind.value,
            "source_id": item.source_id,
            "conversation_id": item.conversation_id,
            "text": packed(item.text[:TEXT_CHARACTERS_MAX]),
            "priority": PRIORITY[item.kind] if item.priority is None else item.priority,
            "uses": 0,
            "used_at": at,
            "at": at,
        }


def followed(
    view: tuple[Kept, ...], changes: Sequence[object], *, namespace: str
) -> tuple[Kept, ...]:
    """Return a view as the changes of a commit leave it, in the order in which it happened."""
    ours = [change for change in changes if isinstance(change, CameUp | WentOff | Used)]
    if not ours:
        return view  # other things are told of the same topic
    items = {item.id: item for item in view}
    for change in ours:
        match change:
            case CameUp() if change.namespace == namespace:
                items[change.item.id] = change.item
            case WentOff():
                for identifier in change.ids:
                    items.pop(identifier, None)
            case Used() if change.id in items:
                items[change.id] = _used(items[change.id], change)
    return tuple(sorted(items.values(), key=lambda item: (item.at, item.id)))


def _used(item: Kept, change: Used) -> Kept:
    if item.uses != change.uses_before:
        return item
    return replace(item, uses=item.uses + 1, priority=change.priority, used_at=change.used_at)


async def _let_go(tx: Transaction, owner_id: str, which: Delete) -> None:
    gone = await tx.execute(which.returning(short_term.c.id), is_told=True)
    if ids := frozenset(gone.scalars()):
        tx.tell(owner_id, TOPIC, WentOff(ids))


def _kept(row: Mapping[str, Any] | RowMapping) -> Kept:  # Any: columns' values
    return Kept(
        id=row["id"],
        kind=Kind(row["kind"]),
        source_id=row["source_id"],
        conversation_id=row["conversation_id"],
        packed=row["text"],
        priority=row["priority"],
        uses=row["uses"],
        used_at=Instant(row["used_at"]),
        at=Instant(row["at"]),
    )
