"""Full text over messages: the one thing that SQLite and PostgreSQL keep differently.

SQLite has FTS5 behind a table that gives each message a row number; PostgreSQL a tsvector with a
GIN index. Both find any of the words, by their stems, the best match first. The tables are made by
the first migration.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.platform.database.transaction import Transaction

TERMS_MAX = 32
BATCH = 500

_WORDS = re.compile(r"[^\W_]+")

_FIND: Final = {
    # bm25() is the better the smaller.
    "sqlite": text(
        "SELECT message_id, -bm25(message_search) AS score FROM message_search "
        "JOIN message_search_rows ON row_number = message_search.rowid "
        "WHERE message_search MATCH :terms AND owner_id = :owner AND namespace = :namespace "
        "ORDER BY score DESC, message_id LIMIT :limit"
    ),
    "postgresql": text(
        "SELECT message_id, ts_rank_cd(words, query, 1) AS score "
        "FROM message_search, to_tsquery('english', :terms) query "
        "WHERE words @@ query AND owner_id = :owner AND namespace = :namespace "
        "ORDER BY score DESC, message_id LIMIT :limit"
    ),
}
_JOIN: Final = {"sqlite": " OR ", "postgresql": " | "}
_QUOTE: Final = {"sqlite": '"', "postgresql": "'"}


async def index(
    tx: Transaction, message_id: str, owner_id: str, namespace: str, words: str
) -> None:
    """Make a message's words findable; a second time replaces the first."""
    values = {"message": message_id, "owner": owner_id, "namespace": namespace}
    if tx.dialect == "postgresql":
        await tx.execute(
            text(
                "INSERT INTO message_search (message_id, owner_id, namespace, words) "
                "VALUES (:message, :owner, :namespace, to_tsvector('english', :words)) "
                "ON CONFLICT (message_id) DO UPDATE SET owner_id = excluded.owner_id, "
                "namespace = excluded.namespace, words = excluded.words"
            ),
            {**values, "words": words},
        )
        return
    await _remove_sqlite(tx, [message_id])
    added = await tx.execute(
        text(
            "INSERT INTO message_search_rows (message_id, owner_id, namespace) "
            "VALUES (:message, :owner, :namespace) RETURNING row_number"
        ),
        values,
    )
    await tx.execute(
        text("INSERT INTO message_search (rowid, words) VALUES (:row_number, :words)"),
        {"row_number": added.scalar_one(), "words": words},
    )


async def find(
    connection: AsyncConnection, owner_id: str, namespace: str, query: str, limit: int
) -> list[tuple[str, float]]:
    """Return messages with any of the query's words as (id, score), the best first."""
    dialect = connection.dialect.name
    terms = _terms(query, dialect)
    if not terms:
        return []
    found = await connection.execute(
        _FIND[dialect],
        {"terms": terms, "owner": owner_id, "namespace": namespace, "limit": limit},
    )
    return [(row.message_id, float(row.score)) for row in found]


async def remove(tx: Transaction, message_ids: Iterable[str]) -> None:
    """Forget messages' words, out of the index's inner pages too."""
    ids = list(message_ids)
    if tx.dialect == "postgresql":
        for batch in _batches(ids):
            await tx.execute(
                text("DELETE FROM message_search WHERE message_id IN :ids").bindparams(
                    bindparam("ids", expanding=True)
                ),
                {"ids": batch},
            )
        return
    if await _remove_sqlite(tx, ids):
        # FTS5 only marks what is deleted until its pages are merged: merge them now.
        await tx.execute(text("INSERT INTO message_search (message_search) VALUES ('optimize')"))


async def rebuild(tx: Transaction) -> int:
    """Index every message that may be recalled anew from the truth; returns how many."""
    if tx.dialect == "postgresql":
        await tx.execute(text("DELETE FROM message_search"))
        made = await tx.execute(
            text(
                "INSERT INTO message_search (message_id, owner_id, namespace, words) "
                "SELECT id, owner_id, namespace, to_tsvector('english', text || ' ' || caption) "
                "FROM messages WHERE is_recallable"
            )
        )
        return made.rowcount
    await tx.execute(text("DELETE FROM message_search"))
    await tx.execute(text("DELETE FROM message_search_rows"))
    await tx.execute(
        text(
            "INSERT INTO message_search_rows (message_id, owner_id, namespace) "
            "SELECT id, owner_id, namespace FROM messages WHERE is_recallable ORDER BY id"
        )
    )
    made = await tx.execute(
        text(
            "INSERT INTO message_search (rowid, words) SELECT row_number, text || ' ' || caption "
            "FROM message_search_rows JOIN messages ON id = message_id"
        )
    )
    return made.rowcount


async def count(connection: AsyncConnection) -> int:
    """Return how many messages are indexed."""
    table = "message_search_rows" if connection.dialect.name == "sqlite" else "message_search"
    found = await connection.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - ours
    return int(found.scalar_one())


async def _remove_sqlite(tx: Transaction, ids: Sequence[str]) -> int:
    removed = 0
    for batch in _batches(ids):
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


def _terms(query: str, dialect: str) -> str:
    # Only letters and digits go on, each word quoted: no punctuation of a query is an operator.
    words = dict.fromkeys(_WORDS.findall(query.lower()))
    quote = _QUOTE[dialect]
    return _JOIN[dialect].join(f"{quote}{word}{quote}" for word in list(words)[:TERMS_MAX])


def _batches(ids: Sequence[str]) -> Iterable[list[str]]:
    for start in range(0, len(ids), BATCH):
        yield list(ids[start : start + BATCH])
