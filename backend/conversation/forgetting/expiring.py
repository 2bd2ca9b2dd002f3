"""What was said, its sound and its traces, when they have been kept long enough."""

from collections import defaultdict

from sqlalchemy import Text, cast, select, update

from backend.conversation.forgetting.lines import left_empty
from backend.kernel.clock import Instant
from backend.kernel.forgetting import Kind, Target, things
from backend.kernel.ids import OwnerId
from backend.platform.database import Database
from backend.platform.database.tables import conversations, messages, turns
from backend.platform.forgetting import Forgetting
from backend.platform.forgetting.retention import ROWS_AT_ONCE

NOTHING = "{}"  # as both databases write an empty object


class Expiring:
    """Each verb removes some of what is too old, and says how many; 0 when none is left."""

    def __init__(self, *, database: Database, forgetting: Forgetting) -> None:
        self._database, self._forgetting = database, forgetting

    async def messages(self, before: Instant) -> int:
        """Remove words with all that hangs on them, the oldest first."""
        by_owner: dict[str, set[Target]] = defaultdict(set)
        count = 0
        async with self._database.reading() as connection:
            query = (
                select(messages)
                .where(messages.c.said_at < before)
                .order_by(messages.c.said_at, messages.c.id)
                .limit(ROWS_AT_ONCE)
            )
            rows = (await connection.execute(query)).all()
            for row in rows:
                count += 1
                by_owner[row.owner_id] |= things(Kind.MESSAGE, [row.id])
                by_owner[row.owner_id] |= things(Kind.TURN, [row.turn_id])
            for owner_id in tuple(by_owner):
                lines = {row.conversation_id for row in rows if row.owner_id == owner_id} - {None}
                gone = frozenset(by_owner[owner_id])
                empty = await left_empty(connection, OwnerId(owner_id), lines, gone)
                by_owner[owner_id] |= things(Kind.CONVERSATION, empty)
                kept = select(conversations.c.recording).where(conversations.c.id.in_(empty))
                sound = (await connection.execute(kept)).scalars()
                by_owner[owner_id] |= things(Kind.OBJECT, sound)
        for owner_id, targets in by_owner.items():
            await self._forgetting.expire(OwnerId(owner_id), frozenset(targets))
        return count

    async def recordings(self, before: Instant) -> int:
        """Remove the sound of calls; their words stay."""
        query = (
            select(conversations.c.owner_id, conversations.c.recording)
            .where(conversations.c.recording != "", conversations.c.ended_at < before)
            .limit(ROWS_AT_ONCE)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        for row in rows:
            await self._forgetting.expire(
                OwnerId(row.owner_id), things(Kind.OBJECT, [row.recording])
            )
        return len(rows)

    async def traces(self, before: Instant) -> int:
        """Empty timelines; that there was a turn, and what it cost, stays."""
        has_some = (cast(turns.c.timeline, Text) != NOTHING) | (
            cast(turns.c.details, Text) != NOTHING
        )
        async with self._database.transaction() as tx:
            query = select(turns.c.id).where(turns.c.started_at < before, has_some)
            ids = list((await tx.execute(query.limit(ROWS_AT_ONCE))).scalars())
            if ids:
                await tx.execute(
                    update(turns).where(turns.c.id.in_(ids)).values(timeline={}, details={})
                )
        return len(ids)
