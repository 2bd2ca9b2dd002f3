"""Turns, the calls and threads they were part of, and the sound of these."""

from collections.abc import Sequence

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.errors import Busy
from backend.kernel.forgetting import Everything, Kind, OneThing, Period, Scope, ids_of, things
from backend.kernel.ids import OwnerId
from backend.platform.database import Database
from backend.platform.database.batches import (
    batches,
    count_named,
    count_rows,
    delete_named,
    of_owner,
)
from backend.platform.database.tables import conversations, messages, turns
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting import tombstones
from backend.platform.forgetting.port import Counts, Forgettable, Targets, Whole
from backend.platform.objects.port import Objects

SOUND = "pieces of sound"


class Lines(Forgettable):
    """The frame of what was said: when, on which line, how long each part took, and its sound.

    A recording goes whole as soon as one turn of its call goes: both voices are in it, and what
    was said cannot be cut out of it with certainty.
    """

    servers = (SOUND,)
    is_patient = True

    def __init__(self, *, database: Database, objects: Objects) -> None:
        self._database, self._objects = database, objects

    async def closure(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        """Return turns and calls that are meant, calls that are left empty, and their sound."""
        if isinstance(scope.what, Everything):
            return frozenset()
        found = await _wanted(connection, scope)
        touched = await _touched(connection, scope.owner_id, known | found)
        empty = await left_empty(connection, scope.owner_id, touched, known)
        found |= things(Kind.CONVERSATION, empty)
        for batch in batches(sorted({*touched, *ids_of(known | found, Kind.CONVERSATION)})):
            query = select(conversations.c.recording).where(
                of_owner(conversations.c.id, scope.owner_id),
                conversations.c.id.in_(batch),
                conversations.c.recording != "",
            )
            found |= things(Kind.OBJECT, (await connection.execute(query)).scalars())
        return found

    async def some(self, connection: AsyncConnection, whole: Whole, limit: int) -> Targets:
        """Return turns, then calls with their sound; those that go on are named for their end."""
        taken = select(turns.c.id).where(
            turns.c.owner_id == whole.owner_id, turns.c.started_at <= whole.until
        )
        found = things(Kind.TURN, (await connection.execute(taken.limit(limit))).scalars())
        if found:
            return found
        lines = select(conversations.c.id, conversations.c.recording).where(
            conversations.c.owner_id == whole.owner_id,
            conversations.c.started_at <= whole.until,
            tombstones.are_missing(Kind.CONVERSATION, conversations.c.id),
        )
        rows = (await connection.execute(lines.limit(max(limit // 2, 1)))).all()
        return things(Kind.CONVERSATION, (row.id for row in rows)) | things(
            Kind.OBJECT, (row.recording for row in rows)
        )

    async def amounts(self, connection: AsyncConnection, whole: Whole) -> Counts:
        """Count turns and calls."""
        return {
            name: await count_rows(connection, table, table.c.owner_id == whole.owner_id)
            for name, table in (("turns", turns), ("conversations", conversations))
        }

    async def hold(self, tx: Transaction, owner_id: OwnerId, targets: Targets) -> None:
        """Wait for turns that are kept just now: a call they were said in is not left empty."""
        for batch in batches(ids_of(targets, Kind.CONVERSATION)):
            query = select(conversations.c.id).where(
                of_owner(conversations.c.id, owner_id), conversations.c.id.in_(batch)
            )
            await tx.execute(query.order_by(conversations.c.id).with_for_update())

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        """Delete turns and what was left empty; a call that goes on is deleted after its end."""
        removed = dict(await self.hide(tx, owner_id, targets))
        turn_ids = ids_of(targets, Kind.TURN)
        removed["turns"] = await delete_named(tx, owner_id, turns.c.id, turn_ids)
        is_empty = ~exists().where(messages.c.conversation_id == conversations.c.id)
        is_over = conversations.c.ended_at.is_not(None) | (conversations.c.carrier == "sms")
        lines = ids_of(targets, Kind.CONVERSATION)
        removed["conversations"] = await delete_named(
            tx, owner_id, conversations.c.id, lines, is_over, is_empty
        )
        return removed

    async def hide(self, tx: Transaction, owner_id: OwnerId, targets: Targets) -> Counts:
        """Have nobody find the sound any more."""
        removed = 0
        for batch in batches(ids_of(targets, Kind.OBJECT)):
            silenced = await tx.execute(
                update(conversations)
                .where(conversations.c.owner_id == owner_id, conversations.c.recording.in_(batch))
                .values(recording="")
            )
            removed += silenced.rowcount
        return {"recordings": removed}

    async def forget_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        """Delete recordings; that of a call that goes on is complete only after its end."""
        keys = ids_of(targets, Kind.OBJECT)
        await self._wait_for_calls(owner_id, keys)
        removed = 0
        for key in keys:
            for piece in await self._objects.list(f"{key}/"):
                await self._objects.delete(piece.key)
                removed += 1
        return {SOUND: removed}

    async def traces(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Counts:
        """Count turns, conversations and those that still name a recording."""
        turn_ids = ids_of(targets, Kind.TURN)
        turned = await count_named(connection, owner_id, turns.c.id, turn_ids)
        found = {"turns": turned, "conversations": 0}
        for batch in batches(ids_of(targets, Kind.CONVERSATION)):
            named = select(conversations.c.id).where(
                of_owner(conversations.c.id, owner_id), conversations.c.id.in_(batch)
            )
            alive = set((await connection.execute(named)).scalars())
            # What somebody has said there since, they have not asked to be forgotten.
            gone = set(ids_of(targets, Kind.MESSAGE))
            spoken = set(await _with_others(connection, owner_id, sorted(alive), gone))
            found["conversations"] += len(alive - spoken)
        return found

    async def traces_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        """Count the pieces of sound that are still kept."""
        found = 0
        for key in ids_of(targets, Kind.OBJECT):
            found += len(await self._objects.list(f"{key}/"))
        return {SOUND: found}

    async def _wait_for_calls(self, owner_id: OwnerId, keys: Sequence[str]) -> None:
        # The key is made of the conversation: the row may name it no more.
        ids = [key.rpartition("/")[2] for key in keys]
        async with self._database.reading() as connection:
            for batch in batches(ids):
                query = select(conversations.c.id).where(
                    of_owner(conversations.c.id, owner_id),
                    conversations.c.id.in_(batch),
                    conversations.c.ended_at.is_(None),
                )
                if (await connection.execute(query)).first() is not None:
                    raise Busy("A call whose sound is to go still goes on.")


async def _wanted(connection: AsyncConnection, scope: Scope) -> Targets:
    """Return the turns and calls that the wish itself names."""
    what = scope.what
    if isinstance(what, OneThing):
        if what.target.kind is not Kind.CONVERSATION:
            return frozenset()
        mine = select(turns.c.id).where(
            turns.c.owner_id == scope.owner_id, turns.c.conversation_id == what.target.id
        )
        is_known = select(conversations.c.id).where(
            conversations.c.owner_id == scope.owner_id, conversations.c.id == what.target.id
        )
        return things(Kind.TURN, (await connection.execute(mine)).scalars()) | things(
            Kind.CONVERSATION, (await connection.execute(is_known)).scalars()
        )
    if not isinstance(what, Period):
        return frozenset()
    mine = select(turns.c.id).where(
        turns.c.owner_id == scope.owner_id,
        turns.c.started_at >= what.since,
        turns.c.started_at < what.until,
    )
    # A call on which nobody said a word is part of a period all the same.
    silent = select(conversations.c.id).where(
        conversations.c.owner_id == scope.owner_id,
        ~exists().where(messages.c.conversation_id == conversations.c.id),
        conversations.c.started_at >= what.since,
        conversations.c.started_at < what.until,
        conversations.c.ended_at.is_not(None),
    )
    return things(Kind.TURN, (await connection.execute(mine)).scalars()) | things(
        Kind.CONVERSATION, (await connection.execute(silent)).scalars()
    )


async def _touched(connection: AsyncConnection, owner_id: OwnerId, known: Targets) -> set[str]:
    """Return the conversations in which something falls."""
    found: set[str] = set()
    for table, kind in ((messages, Kind.MESSAGE), (turns, Kind.TURN)):
        for batch in batches(ids_of(known, kind)):
            query = select(table.c.conversation_id).where(
                of_owner(table.c.id, owner_id),
                table.c.id.in_(batch),
                table.c.conversation_id.is_not(None),
            )
            found.update((await connection.execute(query)).scalars())
    return found


async def left_empty(
    connection: AsyncConnection, owner_id: OwnerId, conversation_ids: set[str], known: Targets
) -> set[str]:
    """Return those of these conversations in which nothing else was said."""
    gone = set(ids_of(known, Kind.MESSAGE))
    spoken = await _with_others(connection, owner_id, sorted(conversation_ids), gone)
    return conversation_ids - set(spoken)


async def _with_others(
    connection: AsyncConnection, owner_id: OwnerId, conversation_ids: Sequence[str], gone: set[str]
) -> list[str]:
    """Return those of these conversations in which more was said than what goes."""
    found: list[str] = []
    for batch in batches(conversation_ids):
        query = select(messages.c.conversation_id, messages.c.id).where(
            of_owner(messages.c.conversation_id, owner_id), messages.c.conversation_id.in_(batch)
        )
        rows = await connection.execute(query)
        found += [row.conversation_id for row in rows if row.id not in gone]
    return found
