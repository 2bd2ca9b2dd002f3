"""The one event log: in each stream the order of the cursors is the order of the commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId
from backend.platform.database.tables import events, stream_heads
from backend.platform.database.transaction import Transaction
from backend.platform.signals.port import Signals

READ_MAX = 500

# The row of the head stays locked until the commit, so the next writer of this stream waits: a
# reader that saw cursor 7 can never later find a 6 that it has not seen.
_NEXT = text(
    "INSERT INTO stream_heads (stream, cursor) VALUES (:stream, :count) "
    "ON CONFLICT (stream) DO UPDATE SET cursor = stream_heads.cursor + :count RETURNING cursor"
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for good."""

    stream: str
    cursor: int
    owner_id: OwnerId
    kind: str
    version: int
    at: Instant
    actor: str
    payload: Mapping[str, Any]  # Any: JSON, whose shape belongs to the kind and version


class EventLog:
    """Appends to streams, and reads them by cursor."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals

    async def append(  # noqa: PLR0913 - the columns of one event, each named by the caller
        self,
        tx: Transaction,
        *,
        owner_id: OwnerId,
        stream: str,
        kind: str,
        payload: Mapping[str, Any],  # Any: JSON
        actor: str,
        version: int = 1,
    ) -> int:
        """Write an event into the caller's transaction; who tails the stream is woken after it."""
        cursor = await self.next_cursor(tx, stream)
        await tx.execute(
            insert(events).values(
                stream=stream,
                cursor=cursor,
                owner_id=owner_id,
                kind=kind,
                version=version,
                at=tx.at,
                actor=actor,
                payload=dict(payload),
            )
        )
        tx.after_commit(lambda: self._signals.publish(topic_of(stream), str(cursor)))
        return cursor

    async def append_all(
        self,
        tx: Transaction,
        news: Sequence[tuple[str, Mapping[str, Any]]],  # Any: JSON
        *,
        owner_id: OwnerId,
        stream: str,
        actor: str,
    ) -> None:
        """Write events, each a kind and its payload, by two statements however many they are."""
        if not news:
            return
        last = await next_cursor(tx, stream, count=len(news))
        first = last - len(news) + 1
        rows = [
            {
                "stream": stream,
                "cursor": cursor,
                "owner_id": owner_id,
                "kind": kind,
                "version": 1,
                "at": tx.at,
                "actor": actor,
                "payload": dict(payload),
            }
            for cursor, (kind, payload) in enumerate(news, first)
        ]
        await tx.execute(insert(events), rows)
        tx.after_commit(lambda: self._signals.publish(topic_of(stream), str(last)))

    async def next_cursor(self, tx: Transaction, stream: str) -> int:
        """Take the stream's next cursor and hold its head until the commit."""
        return await next_cursor(tx, stream)

    async def read(
        self, connection: AsyncConnection, stream: str, after: int = 0, limit: int = READ_MAX
    ) -> list[Event]:
        """Return the events behind a cursor, in order."""
        rows = await connection.execute(
            select(events)
            .where(events.c.stream == stream, events.c.cursor > after)
            .order_by(events.c.cursor)
            .limit(min(limit, READ_MAX))
        )
        return [
            Event(
                stream=row.stream,
                cursor=row.cursor,
                owner_id=OwnerId(row.owner_id),
                kind=row.kind,
                version=row.version,
                at=Instant(row.at),
                actor=row.actor,
                payload=row.payload,
            )
            for row in rows
        ]

    async def head(self, connection: AsyncConnection, stream: str) -> int:
        """Return the stream's last cursor, 0 when it is empty."""
        found = await connection.execute(
            select(stream_heads.c.cursor).where(stream_heads.c.stream == stream)
        )
        return int(found.scalar_one_or_none() or 0)


async def next_cursor(tx: Transaction, stream: str, *, count: int = 1) -> int:
    """Take a stream's next cursors and hold its head until the commit; returns the last."""
    taken = await tx.execute(_NEXT, {"stream": stream, "count": count})
    return int(taken.scalar_one())


def topic_of(stream: str) -> str:
    """Return the topic on which a stream's news are signalled."""
    return f"stream:{stream}"
