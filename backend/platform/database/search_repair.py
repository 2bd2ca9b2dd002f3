"""Makes full text anew from the messages, a few at a time: nobody who writes waits for long.

An index that only lacks something stays in use while it is completed; one that is damaged is made
empty first, and until it is whole the messages themselves are looked through.
"""

from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.platform.database import search
from backend.platform.database.engine import Database
from backend.platform.database.tables import instance, messages
from backend.platform.database.transaction import Transaction

STATE = "search"  # in the table `instance`
FILLING = "filling"
# Of how words are cut and kept: an index of another version is completed by the next start.
VERSION = "4"
OLD = "1"  # from the time before there were versions

_SHADOWS = ("data", "idx", "content", "docsize", "config")
_MAKE = {
    "sqlite": (
        "CREATE TABLE message_search_rows (row_number INTEGER PRIMARY KEY, "
        "message_id TEXT NOT NULL UNIQUE, owner_id TEXT NOT NULL, namespace TEXT NOT NULL)",
        "CREATE VIRTUAL TABLE message_search USING fts5"
        "(words, tokenize = 'porter unicode61 remove_diacritics 2')",
    ),
    "postgresql": (
        "CREATE TABLE message_search (message_id TEXT PRIMARY KEY, owner_id TEXT NOT NULL, "
        "namespace TEXT NOT NULL, words TSVECTOR NOT NULL)",
        "CREATE INDEX ix_message_search_words ON message_search USING gin (words)",
        "CREATE INDEX ix_message_search_owner ON message_search (owner_id, namespace)",
    ),
}


async def rebuild(database: Database) -> int:
    """Index every message that may be recalled anew; returns how many."""
    await _make_sound(database)
    made, after = 0, ""
    while True:
        async with database.transaction() as tx:
            page = await search.page(tx, after)
            entries = [search.entry_of(row) for row in search.side_by_side(page)]
            if not await search.index_all(tx, entries):
                raise search.SearchDamaged(cure="ringback restore")
            if not page:
                await _remove_strays(tx)
                await note(tx, VERSION)
                return made
        made, after = made + len(page), page[-1].id


async def is_whole(connection: AsyncConnection) -> bool:
    """Say whether every message is indexed as this version cuts words."""
    return await state(connection) in {"", VERSION}


async def state(connection: AsyncConnection) -> str:
    """Return what was noted of the index, "" when nothing was."""
    found = await connection.execute(select(instance.c.value).where(instance.c.key == STATE))
    return str(found.scalar_one_or_none() or "")


async def note(tx: Transaction, state: str) -> None:
    """Note how far the index is."""
    await tx.execute(delete(instance).where(instance.c.key == STATE))
    await tx.execute(insert(instance).values(key=STATE, value=state))


async def is_empty(connection: AsyncConnection) -> bool:
    """Say whether there is nothing that could be indexed."""
    found = await connection.execute(select(messages.c.id).limit(1))
    return found.first() is None


async def _make_sound(database: Database) -> None:
    """Make an index that is damaged empty; one that is sound stays as it is."""
    if await _is_sound(database):
        return
    async with database.transaction() as tx:
        await _drop(tx)
        for statement in _MAKE[tx.dialect]:
            await tx.execute(text(statement))
        await note(tx, FILLING)


async def _is_sound(database: Database) -> bool:
    try:
        async with database.reading() as connection, search.letting_go(connection):
            await search.probe(connection)
        if database.dialect == "sqlite":
            async with database.transaction() as tx:  # a check is written as an insertion
                check = "INSERT INTO message_search (message_search) VALUES ('integrity-check')"
                await tx.connection.execute(text(check))
                await search.count(tx.connection)
    except search.SearchDamaged:
        return False
    except DBAPIError as failure:
        if not search.is_damage(failure):
            raise
        return False
    return True


async def _drop(tx: Transaction) -> None:
    if tx.dialect == "postgresql":
        await tx.execute(text("DROP TABLE IF EXISTS message_search"))
        return
    try:
        await tx.execute(text("DROP TABLE IF EXISTS message_search"))
    except DBAPIError:
        # Its own tables are gone, so it can't be opened, and what can't be opened can't be dropped.
        await tx.execute(text("PRAGMA writable_schema = ON"))
        await tx.execute(text("DELETE FROM sqlite_master WHERE name = 'message_search'"))
        await tx.execute(text("PRAGMA writable_schema = RESET"))
    for shadow in _SHADOWS:
        await tx.execute(text(f"DROP TABLE IF EXISTS message_search_{shadow}"))
    await tx.execute(text("DROP TABLE IF EXISTS message_search_rows"))


async def _remove_strays(tx: Transaction) -> None:
    """Remove what no message stands behind any more."""
    table = "message_search_rows" if tx.dialect == "sqlite" else "message_search"
    strays = await tx.execute(
        text(
            f"SELECT message_id FROM {table} WHERE message_id NOT IN "  # noqa: S608 - ours
            "(SELECT id FROM messages WHERE is_recallable)"
        )
    )
    await search.remove(tx, [row.message_id for row in strays])
