"""Reads the feed from one snapshot, and waits for news when there are none."""

import asyncio
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Clock
from backend.kernel.ids import OwnerId
from backend.platform.database.engine import Database
from backend.platform.database.tables import memories, messages, sticky_notes, turns
from backend.platform.events import EventLog, topic_of
from backend.platform.signals.port import Signals
from mobile_api.feed.types import FeedMemory, FeedNote, FeedPage, FeedTurn
from mobile_api.moments import rfc3339

POLL_S = 5.0  # signals may be lost: the cursor is looked at again all the same


class Feed:
    """The verbs of the feed."""

    def __init__(
        self, *, database: Database, events: EventLog, signals: Signals, clock: Clock
    ) -> None:
        self._database, self._events, self._signals = database, events, signals
        self._clock = clock

    async def wait(self, owner_id: OwnerId, *, after: int, wait_s: float) -> None:
        """Return as soon as something happened after a cursor, or when the time is over."""
        stream = f"owner:{owner_id}"
        ends_at_s = self._clock.monotonic() + wait_s
        while (left_s := ends_at_s - self._clock.monotonic()) > 0:
            if await self._has_news(stream, after, within_s=min(POLL_S, left_s)):
                return

    async def page(self, owner_id: OwnerId, *, limit: int) -> FeedPage:
        """Return the newest turns, memories and notes of one memory."""
        async with self._database.reading() as connection:
            return FeedPage(
                cursor=await self._events.head(connection, f"owner:{owner_id}"),
                turns=await _turns(connection, owner_id, limit),
                memories=await _memories(connection, owner_id, limit),
                notes=await _notes(connection, owner_id, limit),
            )

    async def _has_news(self, stream: str, after: int, *, within_s: float) -> bool:
        """Say whether something happened; if not, wait for a signal before it is asked again."""
        async with self._signals.subscribe(topic_of(stream)) as signals:
            # Looked at once we listen: what is committed from here on will wake us.
            async with self._database.reading() as connection:
                if await self._events.head(connection, stream) > after:
                    return True
            # Only this wait is ever cut short, never a reading. Signals may be lost, and an
            # iterator that was cut short is spent: hence a new one each time.
            try:
                async with asyncio.timeout(within_s):
                    await anext(signals, "")
            except TimeoutError:
                return False
        return False


async def _turns(connection: AsyncConnection, owner_id: OwnerId, limit: int) -> list[FeedTurn]:
    newest = (
        select(turns.c.id)
        .where(turns.c.owner_id == owner_id)
        .order_by(turns.c.id.desc())  # UUIDv7: the order of their making
        .limit(limit)
    )
    rows = await connection.execute(
        select(messages)
        .where(messages.c.owner_id == owner_id, messages.c.turn_id.in_(newest))
        .order_by(messages.c.turn_id.desc(), messages.c.said_at, messages.c.id)
    )
    return list(_joined(rows.all()))


def _joined(rows: Iterable[Row[Any]]) -> Iterable[FeedTurn]:  # Any: columns of one table
    by_turn: dict[str, FeedTurn] = {}
    for row in rows:
        turn = by_turn.setdefault(
            row.turn_id,
            FeedTurn(
                id=row.turn_id, when=rfc3339(row.said_at), channel=row.channel, heard="", said=""
            ),
        )
        if row.role == "companion":
            turn.said = row.text
        else:
            turn.heard = row.text
    return by_turn.values()


async def _memories(connection: AsyncConnection, owner_id: OwnerId, limit: int) -> list[FeedMemory]:
    rows = await connection.execute(
        select(memories)
        .where(memories.c.owner_id == owner_id, memories.c.retracted_at.is_(None))
        .order_by(memories.c.learnt_at.desc(), memories.c.id.desc())
        .limit(limit)
    )
    return [FeedMemory(id=row.id, text=row.text, when=rfc3339(row.learnt_at)) for row in rows]


async def _notes(connection: AsyncConnection, owner_id: OwnerId, limit: int) -> list[FeedNote]:
    rows = await connection.execute(
        select(sticky_notes)
        .where(sticky_notes.c.owner_id == owner_id)
        .order_by(sticky_notes.c.created_at.desc(), sticky_notes.c.id.desc())
        .limit(limit)
    )
    return [
        FeedNote(id=row.id, text=row.text, done=row.is_done, when=rfc3339(row.created_at))
        for row in rows
    ]
