"""What is kept only so long: each kind of thing by its own number of days."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, delete, select, tuple_

from backend.kernel.clock import DAY, Clock, Instant, later
from backend.platform.database import search_merging
from backend.platform.database.engine import Database
from backend.platform.database.tables import events

ROWS_AT_ONCE = 500  # of one transaction: a call's turn waits for no more than these

Expire = Callable[[Instant], Awaitable[int]]
"""Removes some of what is older than a moment, for good; returns how many, 0 when none is left."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How long one kind of thing is kept, and who removes it."""

    kind: str
    days: float  # 0: for ever
    expire: Expire


class Retention:
    """Lets every kind's time run out; what a crash leaves is gone with the next run."""

    def __init__(self, rules: Sequence[Rule], *, database: Database, clock: Clock) -> None:
        self.rules, self._database, self._clock = tuple(rules), database, clock

    async def run(self) -> dict[str, int]:
        """Remove whatever is too old, in small transactions; return how many of each kind."""
        removed: dict[str, int] = {}
        for rule in self.rules:
            if rule.days <= 0:
                continue
            before = later(self._clock.now(), -int(rule.days * DAY))
            count = 0
            while gone := await rule.expire(before):
                count += gone
            if count:
                removed[rule.kind] = count
        if removed:
            await search_merging.merge(self._database)
            await self._database.wipe()
        return removed


async def drop_rows(database: Database, key: Column[str], old: ColumnElement[bool]) -> int:
    """Delete some rows of a table that are too old, by the column that names them."""
    async with database.transaction() as tx:
        query = select(key).where(old).limit(ROWS_AT_ONCE)
        ids = list((await tx.execute(query)).scalars())
        if not ids:
            return 0
        gone = await tx.execute(delete(key.table).where(key.in_(ids), old))
        return gone.rowcount


async def drop_events(database: Database, before: Instant) -> int:
    """Delete some events of people's own streams; whoever reads these is told only of what is new.

    The streams that indexes follow stay: they hold ids only, and a reader may be far behind.
    """
    at = (events.c.stream, events.c.cursor)
    async with database.transaction() as tx:
        query = select(*at).where(events.c.stream.startswith("owner:"), events.c.at < before)
        rows = [tuple(row) for row in await tx.execute(query.limit(ROWS_AT_ONCE))]
        if not rows:
            return 0
        gone = await tx.execute(delete(events).where(tuple_(*at).in_(rows)))
        return gone.rowcount
