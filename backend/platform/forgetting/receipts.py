"""What became of a wish to forget: how far it came, what was removed, and where it was looked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.errors import Missing
from backend.kernel.forgetting import (
    Everything,
    Kind,
    OneThing,
    Period,
    Person,
    Target,
    Things,
    What,
)
from backend.kernel.ids import OwnerId
from backend.platform.database.tables import forgettings
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.port import UNCLEAR_MAX, Counts, Targets, added
from backend.platform.forgetting.tombstones import Grave

LISTED_MAX = 200
MESSAGES = "messages"  # by which progress is told


class State(StrEnum):
    """How far it came."""

    RUNNING = "running"  # the rows are gone; what lies outside the database is going
    DONE = "done"  # nothing was found any more


@dataclass(frozen=True, slots=True)
class Unclear:
    """Things that only say a name which several bear, by their ids: they stay."""

    count: int = 0
    targets: Sequence[Target] = ()  # the first of them


@dataclass(frozen=True, slots=True)
class Receipt:
    """One forgetting. It names things by their ids and never says a word of what is gone."""

    id: str
    owner_id: OwnerId
    scope: Mapping[str, Any]  # Any: JSON, kind and ids
    actor: str
    state: State
    removed: Counts
    scanned: Counts  # where it was looked → what was found there at the last look
    left: int
    unreached: Sequence[str]  # what could not be asked at the last look
    unclear: Unclear  # what stays, because it only says a name that several bear
    wish: bytes | None  # sealed: what is still to be found
    reached: Target | None  # the last whose rows are gone, of what was too much
    total: int  # messages there were, when it was too much for one transaction; else 0
    before: Instant | None  # everything learnt until then is to go
    at: Instant
    finished_at: Instant | None

    @property
    def is_much(self) -> bool:
        """Say whether all of it was buried at once, and the rows go behind it."""
        return self.before is None and self.total > 0

    @property
    def progress(self) -> float:
        """Return how much is gone, from 0 to 1."""
        if self.wish is not None:
            return 0.0
        if self.state is State.DONE or not (self.is_much or self.before is not None):
            return 1.0
        return min(self.removed.get(MESSAGES, 0) / self.total, 1.0) if self.total else 0.0


def told(what: What) -> dict[str, str | int]:
    """Return a wish without any name that people use."""
    if isinstance(what, OneThing):
        return {"what": what.target.kind.value, "id": what.target.id}
    if isinstance(what, Things):
        return {"what": "things", "count": len(what.targets)}
    if isinstance(what, Person):
        return {"what": "person", "id": what.concept_id}
    if isinstance(what, Period):
        return {"what": "period", "since": what.since, "until": what.until}
    assert isinstance(what, Everything)
    return {"what": "everything"}


async def begin(
    tx: Transaction,
    grave: Grave,
    *,
    actor: str,
    before: Instant | None = None,
    total: int = 0,
) -> None:
    """Write a wish down, in the transaction that takes it up."""
    await tx.execute(
        insert(forgettings).values(
            id=grave.id,
            owner_id=grave.owner_id,
            scope=dict(grave.scope),
            actor=actor,
            state=State.RUNNING.value,
            removed={},
            scanned={},
            left=0,
            unreached=[],
            unclear={},
            wish=None,
            reached="",
            total=total,
            before=before,
            at=grave.at,
        )
    )


async def leave(tx: Transaction, forgetting_id: str, targets: Targets) -> None:
    """Write down what stays because nobody can say whom it names."""
    if targets:
        first = [[each.kind.value, each.id] for each in sorted(targets)[:UNCLEAR_MAX]]
        values = {"count": len(targets), "things": first}
        mine = forgettings.c.id == forgetting_id
        await tx.execute(update(forgettings).where(mine).values(unclear=values))


async def wait(tx: Transaction, forgetting_id: str, wish: bytes) -> None:
    """Write down what is still to be found; sealed, for it may be a name."""
    mine = forgettings.c.id == forgetting_id
    await tx.execute(update(forgettings).where(mine).values(wish=wish))


async def find(tx: Transaction, forgetting_id: str, total: int) -> None:
    """Write down that all of it was found and buried: from the commit on it shows no more."""
    mine = forgettings.c.id == forgetting_id
    await tx.execute(update(forgettings).where(mine).values(wish=None, total=total))


async def reach(tx: Transaction, forgetting_id: str, last: Target) -> None:
    """Write down how far the rows are gone, in the transaction that deletes them."""
    mine = forgettings.c.id == forgetting_id
    values = {"reached": f"{last.kind.value} {last.id}"}
    await tx.execute(update(forgettings).where(mine).values(**values))


async def weigh(tx: Transaction, forgetting_id: str, left: int) -> None:
    """Write down how much it is in all, with what is gone by then; nobody waits for the count."""
    query = select(forgettings.c.removed).where(forgettings.c.id == forgetting_id)
    gone = (await tx.execute(query)).scalar_one().get(MESSAGES, 0)
    mine = forgettings.c.id == forgetting_id
    await tx.execute(update(forgettings).where(mine).values(total=max(left + gone, 1)))


async def add_removed(tx: Transaction, forgetting_id: str, removed: Counts) -> None:
    """Count what was removed once more."""
    query = select(forgettings.c.removed).where(forgettings.c.id == forgetting_id)
    before = (await tx.execute(query.with_for_update())).scalar_one()
    total = {name: count for name, count in added(before, removed).items() if count}
    await tx.execute(
        update(forgettings).where(forgettings.c.id == forgetting_id).values(removed=total)
    )


async def look(
    tx: Transaction, forgetting_id: str, scanned: Counts, unreached: Collection[str]
) -> bool:
    """Write down what was looked through; say whether nothing was left, and everybody answered."""
    left = sum(scanned.values())
    is_done = not left and not unreached
    await tx.execute(
        update(forgettings)
        .where(forgettings.c.id == forgetting_id)
        .values(
            scanned=dict(scanned),
            left=left,
            unreached=sorted(unreached),
            state=(State.DONE if is_done else State.RUNNING).value,
            finished_at=tx.at if is_done else None,
        )
    )
    return is_done


async def read(
    connection: AsyncConnection, forgetting_id: str, owner_id: OwnerId | None = None
) -> Receipt:
    """Return one receipt; with an owner given, only theirs."""
    query = select(forgettings).where(forgettings.c.id == forgetting_id)
    if owner_id is not None:
        query = query.where(forgettings.c.owner_id == owner_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise Missing("There is no such receipt.", cure="ringback forget list")
    return _receipt(row)


async def listed(connection: AsyncConnection, owner_id: OwnerId, limit: int) -> list[Receipt]:
    """Return an owner's newest receipts."""
    query = (
        select(forgettings)
        .where(forgettings.c.owner_id == owner_id)
        .order_by(forgettings.c.at.desc(), forgettings.c.id.desc())
        .limit(min(limit, LISTED_MAX))
    )
    return [_receipt(row) for row in await connection.execute(query)]


async def known(connection: AsyncConnection) -> frozenset[str]:
    """Return the ids of every forgetting that this database knows of."""
    return frozenset((await connection.execute(select(forgettings.c.id))).scalars())


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(
        id=row.id,
        owner_id=OwnerId(row.owner_id),
        scope=row.scope,
        actor=row.actor,
        state=State(row.state),
        removed=row.removed,
        scanned=row.scanned,
        left=row.left,
        unreached=tuple(row.unreached),
        unclear=_unclear(row.unclear),
        wish=row.wish,
        reached=_target(*row.reached.split(" ", 1)) if row.reached else None,
        total=row.total,
        before=None if row.before is None else Instant(row.before),
        at=Instant(row.at),
        finished_at=None if row.finished_at is None else Instant(row.finished_at),
    )


def _unclear(told: Mapping[str, Any]) -> Unclear:  # Any: JSON
    named = [_target(kind, id_) for kind, id_ in told.get("things", ())]
    return Unclear(told.get("count", 0), tuple(named))


def _target(kind: str, id_: str) -> Target:
    return Target(Kind(kind), id_)
