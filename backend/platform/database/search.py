"""Full text over messages: the one thing that SQLite and PostgreSQL keep differently.

SQLite has FTS5 behind a table that gives each message a row number; PostgreSQL a tsvector with a
GIN index. Both get the words as `platform/words.py` cuts them, and find any of them by their stems,
the best match first. The tables are made by the first migration; what is damaged is made anew by
`search_repair.py`, and until then `scan` finds in the messages themselves.

Only one owner's rows are looked at, however many others there are: in SQLite they stand side by
side, in PostgreSQL each bears its owner's mark. See docs/decisions/0012.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.errors import Unavailable
from backend.platform import words as cutting
from backend.platform.database import search_proof as proof
from backend.platform.database import search_ranking as ranking
from backend.platform.database.batches import batches
from backend.platform.database.tables import messages
from backend.platform.database.transaction import Transaction

TERMS_MAX = 32
PAGE = 500  # messages that are indexed in one statement
CURE = "ringback rebuild search"
SCANNED_MAX = 5000  # of the newest messages, while there is no index

# What a driver says of an index that is not there or can't be read.
_DAMAGE = (
    "message_search",  # no such table, undefined table: with its name
    "malformed",
    "fts5",
    "vtable constructor failed",
    "database disk image",
    "could not read block",
    "invalid page",
)

_PLACED: Final = text(
    "INSERT INTO message_search_rows (row_number, message_id, owner_id, namespace) "
    "SELECT coalesce(max(row_number), :first) + 1, :message, :owner, :namespace "
    "FROM message_search_rows WHERE row_number BETWEEN :first AND :last "
    "ON CONFLICT (message_id) DO NOTHING RETURNING row_number"
)
_WORDS: Final = text("INSERT INTO message_search (rowid, words) VALUES (:row_number, :words)")

_RANKED: Final = {"sqlite": ranking.in_sqlite, "postgresql": ranking.in_postgresql}


class SearchDamaged(Unavailable):
    """The full-text index is missing or damaged."""

    code = "search_damaged"


@dataclass(frozen=True, slots=True)
class Entry:
    """A message's words, on their way into the index."""

    message_id: str
    owner_id: str
    namespace: str
    words: str


async def index(
    tx: Transaction, message_id: str, owner_id: str, namespace: str, words: str
) -> bool:
    """Make a message's words findable; a second time replaces the first."""
    return await index_all(tx, [Entry(message_id, owner_id, namespace, words)])


async def index_all(tx: Transaction, entries: Sequence[Entry]) -> bool:
    """Make messages findable; False when the index is damaged, and the truth goes on without."""
    try:
        # Whatever fails in here takes nothing with it that was written before.
        async with tx.connection.begin_nested():
            for entry in entries:
                await _index(tx, entry)
            if tx.dialect == "sqlite":
                # FTS5 writes at the commit, where nothing could be taken back any more; or here.
                await tx.execute(text("SAVEPOINT written"))
                await tx.execute(text("RELEASE written"))
    except DBAPIError as failure:
        if not (is_damage(failure) or isinstance(failure, IntegrityError)):
            raise
        return False
    return True


async def find(
    connection: AsyncConnection, owner_id: str, namespace: str, query: str, limit: int
) -> list[tuple[str, float]]:
    """Return messages with any of the query's words as (id, score), the best first."""
    terms = cutting.asked(query, TERMS_MAX)
    if not terms:
        return []
    ranked = _RANKED[connection.dialect.name]
    with damage_told():
        hits = await ranked(connection, owner_id, namespace, terms, limit)
        # Nothing may also mean that FTS5 has lost what it held, which it does not tell.
        if not hits and not await _is_proven(connection, ranking.span(owner_id, namespace)):
            raise SearchDamaged(cure=CURE)
        return hits


async def scan(
    connection: AsyncConnection, owner_id: str, namespace: str, query: str, limit: int
) -> list[tuple[str, float]]:
    """Return what `find` would, out of the newest messages themselves: slower, and always there."""
    terms = cutting.asked(query, TERMS_MAX)
    if not terms:
        return []
    newest = (
        select(messages.c.id, messages.c.text, messages.c.caption)
        .where(
            messages.c.owner_id == owner_id,
            messages.c.namespace == namespace,
            messages.c.is_recallable,
        )
        .order_by(messages.c.said_at.desc())
        .limit(SCANNED_MAX)
    )
    found: list[tuple[str, float]] = []
    for row in await connection.execute(newest):
        said = set(cutting.indexed(f"{row.text} {row.caption}").split())
        if score := sum(term in said for term in terms):
            found.append((row.id, score / (1 + len(said)) ** 0.5))
    return sorted(found, key=lambda each: (-each[1], each[0]))[:limit]


async def probe(connection: AsyncConnection) -> None:
    """Prove that the index can be asked and finds what it holds; raise SearchDamaged."""
    await find(connection, "", "", "probe", 1)
    with damage_told():
        if not await _is_proven(connection, proof.EVERYWHERE):
            raise SearchDamaged(cure=CURE)


async def _is_proven(connection: AsyncConnection, places: tuple[int, int]) -> bool:
    is_silent = connection.dialect.name == "sqlite"  # PostgreSQL says so
    return not is_silent or await proof.finds_the_ends(connection, *places)


@contextmanager
def damage_told() -> Iterator[None]:
    """Raise SearchDamaged in place of what a driver says of a damaged index."""
    try:
        yield
    except DBAPIError as failure:
        if not is_damage(failure):
            raise
        raise SearchDamaged(cure=CURE) from failure


@asynccontextmanager
async def letting_go(connection: AsyncConnection) -> AsyncIterator[None]:
    """Use a connection no more that met the damage: SQLite's goes on meeting what is repaired."""
    try:
        yield
    except SearchDamaged:
        await connection.invalidate()
        raise


async def remove(tx: Transaction, message_ids: Iterable[str]) -> None:
    """Forget messages' words; `search_merging` takes them out of the index's inner pages too."""
    ids = list(message_ids)
    if tx.dialect == "postgresql":
        for batch in batches(ids):
            await tx.execute(
                text("DELETE FROM message_search WHERE message_id IN :ids").bindparams(
                    bindparam("ids", expanding=True)
                ),
                {"ids": batch},
            )
        return
    await _remove_sqlite(tx, ids)


async def rebuild(tx: Transaction) -> int:
    """Index every message anew in one transaction, as a restore wants it; returns how many."""
    await tx.execute(text("DELETE FROM message_search"))
    if tx.dialect == "sqlite":
        await tx.execute(text("DELETE FROM message_search_rows"))
    made, after = 0, ""
    while found := await page(tx, after):
        if not await index_all(tx, [entry_of(row) for row in side_by_side(found)]):
            raise SearchDamaged(cure="ringback rebuild search")
        made, after = made + len(found), found[-1].id
    return made


def side_by_side(rows: Sequence[Row[Any]]) -> list[Row[Any]]:  # Any: columns of a message
    """Return rows in the order in which they lie: FTS5 writes what comes in order at once."""
    return sorted(rows, key=lambda row: ranking.span(row.owner_id, row.namespace))


async def page(tx: Transaction, after: str) -> list[Row[Any]]:  # Any: columns of a message
    """Return some messages that belong into the index, behind one."""
    columns = ("id", "owner_id", "namespace", "text", "caption")
    wanted = (
        select(*(messages.c[name] for name in columns))
        .where(messages.c.is_recallable, messages.c.id > after)
        .order_by(messages.c.id)
        .limit(PAGE)
    )
    return list(await tx.execute(wanted))


async def count(connection: AsyncConnection) -> int:
    """Return how many messages are indexed."""
    table = "message_search_rows" if connection.dialect.name == "sqlite" else "message_search"
    found = await connection.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - ours
    return int(found.scalar_one())


async def count_of(connection: AsyncConnection, owner_id: str) -> int:
    """Return how many of one owner's messages are indexed."""
    table = "message_search_rows" if connection.dialect.name == "sqlite" else "message_search"
    query = text(f"SELECT count(*) FROM {table} WHERE owner_id = :owner")  # noqa: S608 - ours
    return int((await connection.execute(query, {"owner": owner_id})).scalar_one())


def is_damage(failure: DBAPIError) -> bool:
    """Say whether a failure is the index's own, so that the truth can go on without it."""
    said = str(failure.orig).lower()
    return any(part in said for part in _DAMAGE)


async def _index(tx: Transaction, entry: Entry) -> None:
    values = {
        "message": entry.message_id,
        "owner": entry.owner_id,
        "namespace": entry.namespace,
    }
    words = cutting.indexed(entry.words)
    if tx.dialect == "postgresql":
        await _index_postgresql(tx, {**values, "words": words})
    else:
        await _index_sqlite(tx, values, words)


def entry_of(row: Row[Any]) -> Entry:  # Any: columns of a message
    """Return what is indexed of a message."""
    return Entry(row.id, row.owner_id, row.namespace, f"{row.text} {row.caption}".strip())


async def _index_postgresql(tx: Transaction, values: dict[str, str]) -> None:
    await tx.execute(
        text(
            "INSERT INTO message_search (message_id, owner_id, namespace, words) "
            "VALUES (:message, :owner, :namespace, "
            "to_tsvector('english', :words) || array_to_tsvector(ARRAY[:mark])) "
            "ON CONFLICT (message_id) DO UPDATE SET owner_id = excluded.owner_id, "
            "namespace = excluded.namespace, words = excluded.words"
        ),
        {**values, "mark": ranking.mark(values["owner"], values["namespace"])},
    )


async def _index_sqlite(tx: Transaction, values: dict[str, str], words: str) -> None:
    place = await _placed(tx, values)
    if place is None:  # it is there already
        await _remove_sqlite(tx, [values["message"]])
        place = await _placed(tx, values)
    await tx.execute(_WORDS, {"row_number": place, "words": words})


async def _placed(tx: Transaction, values: dict[str, str]) -> int | None:
    """Give a message the next row number of its owner's; None when it has one."""
    first, last = ranking.span(values["owner"], values["namespace"])
    added = await tx.execute(_PLACED, {**values, "first": first, "last": last})
    place: int | None = added.scalar_one_or_none()
    return place


async def _remove_sqlite(tx: Transaction, ids: Sequence[str]) -> int:
    removed = 0
    for batch in batches(ids):
        found = await tx.execute(
            text(
                "DELETE FROM message_search_rows WHERE message_id IN :ids RETURNING row_number"
            ).bindparams(bindparam("ids", expanding=True)),
            {"ids": batch},
        )
        rows = [row.row_number for row in found]
        if rows:
            await tx.execute(
                text("DELETE FROM message_search WHERE rowid IN :rows").bindparams(
                    bindparam("rows", expanding=True)
                ),
                {"rows": rows},
            )
        removed += len(rows)
    return removed
