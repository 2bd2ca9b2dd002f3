"""Words and what was made of each of them: full text, vectors, memories, secrets, the last day."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.forgetting import (
    Everything,
    Kind,
    OneThing,
    Period,
    Scope,
    Things,
    ids_of,
    things,
)
from backend.kernel.ids import OwnerId
from backend.memory.archive.elsewhere import Elsewhere
from backend.memory.vectors import VectorRows
from backend.platform.database import search
from backend.platform.database.batches import (
    batches,
    count_named,
    count_rows,
    delete_named,
    of_owner,
)
from backend.platform.database.tables import memories, messages, short_term, vault, vectors
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.port import (
    Counts,
    Example,
    Forgettable,
    Targets,
    Whole,
    shortened,
)

COMPANION = "companion"
INDEX = "index of vectors"

# What hangs on a message, by the column that names it.
_OF_MESSAGE: Final = (("memories", memories), ("vault", vault), ("vectors", vectors))


class Indexes(Protocol):
    """Whoever searches vectors, of every model."""

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Forget messages; those that are not known are no error."""
        ...

    async def known(self, message_ids: Sequence[str]) -> int:
        """Return how many traces of these messages are left."""
        ...


class Words(Forgettable):
    """Messages, and whatever is kept by their ids."""

    servers = (INDEX,)
    is_patient = True

    def __init__(
        self, *, rows: VectorRows, index: Indexes, elsewhere: Elsewhere | None = None
    ) -> None:
        self._rows, self._index, self._elsewhere = rows, index, elsewhere

    async def closure(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        """Return messages of what is wanted, and all that was said in one turn with them."""
        if isinstance(scope.what, Everything):
            return frozenset()
        found = things(Kind.MESSAGE, await _wanted(connection, scope))
        if isinstance(scope.what, OneThing) and scope.what.target.kind is Kind.MEMORY:
            found |= await _of_memory(connection, scope)
        found |= await _with_their_turn(connection, scope.owner_id, known | found)
        return found

    async def weight(self, connection: AsyncConnection, scope: Scope) -> int:
        """Count the words of a period."""
        if not isinstance(scope.what, Period):
            return 0
        within = messages.c.said_at >= scope.what.since, messages.c.said_at < scope.what.until
        mine = messages.c.owner_id == scope.owner_id
        return await count_rows(connection, messages, mine, *within)

    async def some(self, connection: AsyncConnection, whole: Whole, limit: int) -> Targets:
        """Return what is in mind, then messages."""
        in_mind = select(short_term.c.source_id).where(
            short_term.c.owner_id == whole.owner_id, short_term.c.at <= whole.until
        )
        held = await _ids(connection, in_mind.distinct().limit(limit))
        said = select(messages.c.id).where(*_learnt(whole))
        found = await _ids(connection, said.limit(limit - len(held)))
        return things(Kind.SHORT_TERM, held) | things(Kind.MESSAGE, found)

    async def aliases(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Targets:
        """Return the ids that messages have elsewhere, hashed: by those they would come again."""
        if self._elsewhere is None:
            return frozenset()
        return await self._elsewhere.of(connection, owner_id, targets)

    async def amounts(self, connection: AsyncConnection, whole: Whole) -> Counts:
        """Count messages and what hangs on them."""
        found = {"messages": await count_rows(connection, messages, *_learnt(whole))}
        for name, table in (("short term", short_term), *_OF_MESSAGE):
            mine = table.c.owner_id == whole.owner_id
            found[name] = await count_rows(connection, table, mine)
        return found | {"full text": await search.count_of(connection, whole.owner_id)}

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        """Delete messages and what hangs on them."""
        message_ids = ids_of(targets, Kind.MESSAGE)
        removed = {
            "short term": await delete_named(
                tx, owner_id, short_term.c.source_id, _short_term_ids(targets)
            )
        }
        if not message_ids:
            return removed
        await search.remove(tx, message_ids)
        await self._rows.remove(tx, message_ids)
        for name, table in _OF_MESSAGE:
            removed[name] = await delete_named(tx, owner_id, table.c.message_id, message_ids)
        removed["messages"] = await delete_named(tx, owner_id, messages.c.id, message_ids)
        return removed

    async def hide(self, tx: Transaction, owner_id: OwnerId, targets: Targets) -> Counts:
        """Take it off the mind, and its secrets out of the vault: both are asked by themselves."""
        in_mind = await delete_named(tx, owner_id, short_term.c.source_id, _short_term_ids(targets))
        ids = ids_of(targets, Kind.MESSAGE)
        sealed = await delete_named(tx, owner_id, vault.c.message_id, ids)
        return {"short term": in_mind, "vault": sealed}

    async def forget_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        """Delete vectors from a server; one that is away makes the job wait for it."""
        if message_ids := ids_of(targets, Kind.MESSAGE):
            await self._index.delete(message_ids)
        return {}

    async def hold(self, tx: Transaction, owner_id: OwnerId, targets: Targets) -> None:
        """Keep every job from writing what it makes of these messages, until the commit.

        The messages come first, as with those who write: else two could wait for each other.
        """
        for batch in batches(ids_of(targets, Kind.MESSAGE)):
            query = select(messages.c.id).where(
                of_owner(messages.c.id, owner_id), messages.c.id.in_(batch)
            )
            await tx.execute(query.order_by(messages.c.id).with_for_update())

    async def traces_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        """Ask the index what it still has."""
        message_ids = ids_of(targets, Kind.MESSAGE)
        return {INDEX: await self._index.known(message_ids) if message_ids else 0}

    async def traces(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Counts:
        """Count what lies in each table of these messages."""
        message_ids = ids_of(targets, Kind.MESSAGE)
        found = {
            "messages": await count_named(connection, owner_id, messages.c.id, message_ids),
            "full text": await _indexed(connection, message_ids),
            "short term": await count_named(
                connection, owner_id, short_term.c.source_id, _short_term_ids(targets)
            ),
        }
        for name, table in _OF_MESSAGE:
            column = table.c.message_id
            found[name] = await count_named(connection, owner_id, column, message_ids)
        return found

    async def examples(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets, limit: int
    ) -> list[Example]:
        """Return the first of the messages."""
        rows = await connection.execute(
            select(messages.c.text, messages.c.said_at)
            .where(
                of_owner(messages.c.id, owner_id),
                messages.c.id.in_(ids_of(targets, Kind.MESSAGE)[:limit]),
            )
            .order_by(messages.c.said_at, messages.c.id)
        )
        return [Example("message", shortened(row.text), Instant(row.said_at)) for row in rows]


async def _wanted(connection: AsyncConnection, scope: Scope) -> Sequence[str]:
    """Return the messages that the wish itself names."""
    mine = select(messages.c.id).where(messages.c.owner_id == scope.owner_id)
    what = scope.what
    if isinstance(what, Period):
        return await _ids(
            connection,
            mine.where(messages.c.said_at >= what.since, messages.c.said_at < what.until),
        )
    if isinstance(what, Things):
        return await _named(connection, mine, what.targets)
    if not isinstance(what, OneThing):
        return []
    columns: dict[Kind, ColumnElement[bool]] = {
        Kind.MESSAGE: messages.c.id == what.target.id,
        Kind.TURN: messages.c.turn_id == what.target.id,
        Kind.CONVERSATION: messages.c.conversation_id == what.target.id,
    }
    condition = columns.get(what.target.kind)
    return [] if condition is None else await _ids(connection, mine.where(condition))


async def _named(connection: AsyncConnection, mine: Select[str], targets: Targets) -> Sequence[str]:
    """Return messages that are named, and those of the turns that are."""
    found: list[str] = []
    for column, kind in ((messages.c.id, Kind.MESSAGE), (messages.c.turn_id, Kind.TURN)):
        for batch in batches(ids_of(targets, kind)):
            found += await _ids(connection, mine.where(column.in_(batch)))
    return found


def _learnt(whole: Whole) -> tuple[ColumnElement[bool], ...]:
    return messages.c.owner_id == whole.owner_id, messages.c.learnt_at <= whole.until


async def _of_memory(connection: AsyncConnection, scope: Scope) -> Targets:
    """Return the words that somebody asked us to keep in mind."""
    assert isinstance(scope.what, OneThing)
    asked = select(memories.c.message_id).where(
        memories.c.owner_id == scope.owner_id, memories.c.id == scope.what.target.id
    )
    return things(Kind.MESSAGE, await _ids(connection, asked))


async def _with_their_turn(
    connection: AsyncConnection, owner_id: OwnerId, known: Targets
) -> Targets:
    """Return the turns of what people said, and the answers in them.

    An answer that falls for itself, because it repeats what falls, takes nobody's words with it.
    """
    turn_ids: set[str] = set(ids_of(known, Kind.TURN))
    for batch in batches(ids_of(known, Kind.MESSAGE)):
        turn_ids.update(
            await _ids(
                connection,
                select(messages.c.turn_id).where(
                    of_owner(messages.c.id, owner_id),
                    messages.c.id.in_(batch),
                    messages.c.role != COMPANION,
                    messages.c.turn_id.is_not(None),
                ),
            )
        )
    said: set[str] = set()
    for batch in batches(sorted(turn_ids)):
        said.update(
            await _ids(
                connection,
                select(messages.c.id).where(
                    of_owner(messages.c.turn_id, owner_id), messages.c.turn_id.in_(batch)
                ),
            )
        )
    return things(Kind.TURN, turn_ids) | things(Kind.MESSAGE, said)


def _short_term_ids(targets: Targets) -> list[str]:
    """Return what an entry of the last day may stand for."""
    named = ids_of(targets, Kind.MESSAGE, Kind.DELIVERY, Kind.FACT, Kind.NOTE, Kind.SHORT_TERM)
    # A note's own id is behind that of its document.
    return sorted({*named, *(each.rpartition("/")[2] for each in ids_of(targets, Kind.NOTE))})


async def _indexed(connection: AsyncConnection, message_ids: Sequence[str]) -> int:
    """Count the rows of the full text, which no table of ours describes."""
    table = "message_search_rows" if connection.dialect.name == "sqlite" else "message_search"
    found = 0
    for batch in batches(message_ids):
        names = {f"m{number}": each for number, each in enumerate(batch)}
        marks = ", ".join(f":{name}" for name in names)
        query = text(f"SELECT count(*) FROM {table} WHERE message_id IN ({marks})")  # noqa: S608 - ours
        found += int((await connection.execute(query, names)).scalar_one())
    return found


async def _ids(connection: AsyncConnection, query: Select[Any]) -> Sequence[str]:
    return list((await connection.execute(query)).scalars())
