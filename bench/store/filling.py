"""Fills a database with a million messages of two hundred users, each with its vector and words.

Seeded: the same sentences, the same vectors, whoever builds it. SQLite is filled past the store's
own verbs, which would take hours; the rows are those that the verbs would have left.
"""

import asyncio
import hashlib
import random
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, text
from sqlalchemy.schema import CreateTable

from backend.kernel.clock import MINUTE
from backend.platform import words as cutting
from backend.platform.clock import SystemClock
from backend.platform.database import search_ranking, search_repair
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import messages, metadata, vectors
from backend.platform.database.transaction import Transaction

HOMES = Path.home() / ".cache" / "ringback" / "bench"
SEED = 20_260_101
USERS = 200
ROWS, ROWS_QUICK = 1_000_000, 50_000
MODEL, DIMENSION = "bench-384", 384
VOCABULARY = 30_000
WORDS = (5, 22)  # of one message
CLUSTERS = 400
FIRST_AT = 1_750_000_000_000_000
BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way into the database."""

    id: str
    owner_id: str
    text: str
    said_at: int
    vector: bytes


def owner(number: int) -> str:
    """Return a user's id."""
    return f"user-{number:04}"


class Saying:
    """Says things as people do: few words often, most of them seldom."""

    def __init__(self, seed: int) -> None:
        self._drawn = random.Random(seed)
        syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "ar", "en")]
        made = random.Random(SEED)
        self._words = ["".join(made.choices(syllables, k=2 + n % 3)) for n in range(VOCABULARY)]
        self._weights = list(accumulate(1 / (rank + 8) for rank in range(VOCABULARY)))

    def sentence(self, words: int | None = None) -> str:
        """Return a sentence of so many words."""
        count = words or self._drawn.randint(*WORDS)
        return " ".join(self._drawn.choices(self._words, cum_weights=self._weights, k=count))


class Meanings:
    """Unit vectors around some hundred themes."""

    def __init__(self, seed: int) -> None:
        self._drawn = np.random.default_rng(seed)
        themes = np.random.default_rng(SEED).standard_normal((CLUSTERS, DIMENSION))
        self._themes = themes.astype(np.float32)

    def some(self, count: int) -> NDArray[np.float32]:
        """Return so many vectors."""
        which = self._drawn.integers(0, CLUSTERS, count)
        noise = self._drawn.standard_normal((count, DIMENSION), dtype=np.float32)
        made = self._themes[which] + noise
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made


async def filled(rows: int, url: str = "") -> str:
    """Return the address of a database with so many messages; made the first time, then reused."""
    if url:
        await _fill_by_verbs(url, rows)
        return url
    HOMES.mkdir(parents=True, exist_ok=True)
    revision = f"{search_repair.VERSION}-{_schema_now()}-{rows}"
    file = HOMES / f"store-{revision}.db"
    if not file.exists():
        began = time.monotonic()
        made = file.with_suffix(".making")
        for old in HOMES.glob(f"store-*-{rows}.*"):
            old.unlink()
        await _schema(f"sqlite:///{made}")
        await asyncio.to_thread(_fill_sqlite, made, rows)
        made.rename(file)
        took = time.monotonic() - began
        print(f"made {rows:,} messages in {took:.0f} s: {file}", file=sys.stderr)
    return f"sqlite:///{file}"


def everything(rows: int) -> Iterator[Message]:
    """Yield the messages as they were said: everybody's mixed."""
    saying, meanings = Saying(SEED + 1), Meanings(SEED + 1)
    drawn = random.Random(SEED + 2)
    for start in range(0, rows, BATCH):
        packed = meanings.some(min(BATCH, rows - start)).astype("<f2")
        for place, vector in enumerate(packed):
            number = start + place
            yield Message(
                id=f"{number:012x}-m",
                owner_id=owner(drawn.randrange(USERS)),
                text=saying.sentence(),
                said_at=FIRST_AT + number * MINUTE,
                vector=vector.tobytes(),
            )


def _schema_now() -> str:
    """Return a few letters that change whenever a table does: then what was made is too old."""
    tables = "".join(str(CreateTable(table)) for table in metadata.sorted_tables)
    return hashlib.sha256(tables.encode()).hexdigest()[:8]


async def _schema(url: str) -> None:
    database = Database(url, clock=SystemClock())
    await database.start()
    await migrate(database)
    async with database.transaction() as tx:
        await search_repair.note(tx, search_repair.VERSION)
    await database.stop()


def _fill_sqlite(file: Path, rows: int) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    places = {owner(number): search_ranking.span(owner(number), "")[0] for number in range(USERS)}
    source = everything(rows)
    indexed: list[tuple[int, str, str, str]] = []
    while batch := list(islice(source, BATCH)):
        connection.executemany(
            "INSERT INTO messages (id, owner_id, namespace, speaker, role, text, unheard, caption, "
            "session, channel, assurance, is_recallable, personality, said_at, learnt_at) "
            "VALUES (?, ?, '', 'Sam', 'person', ?, '', '', '', 'api', 'held', 1, '', ?, ?)",
            [(each.id, each.owner_id, each.text, each.said_at, each.said_at) for each in batch],
        )
        connection.executemany(
            "INSERT INTO vectors (message_id, model, owner_id, namespace, dimension, vector) "
            "VALUES (?, ?, ?, '', ?, ?)",
            [(each.id, MODEL, each.owner_id, DIMENSION, each.vector) for each in batch],
        )
        for each in batch:
            places[each.owner_id] += 1
            words = cutting.indexed(each.text)
            indexed.append((places[each.owner_id], each.id, each.owner_id, words))
    indexed.sort()
    connection.executemany(
        "INSERT INTO message_search_rows (row_number, message_id, owner_id, namespace) "
        "VALUES (?, ?, ?, '')",
        [(place, message_id, owner_id) for place, message_id, owner_id, _ in indexed],
    )
    connection.executemany(
        "INSERT INTO message_search (rowid, words) VALUES (?, ?)",
        [(place, words) for place, _, _, words in indexed],
    )
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()


async def _fill_by_verbs(url: str, rows: int) -> None:
    """Fill PostgreSQL, in as many rows at a time as one statement takes."""
    database = Database(url, clock=SystemClock())
    await database.start()
    await migrate(database)
    async with database.reading() as connection:
        is_filled = not await search_repair.is_empty(connection)
    source = iter(()) if is_filled else everything(rows)
    while batch := list(islice(source, BATCH)):
        async with database.transaction() as tx:
            await _add(tx, batch)
    async with database.transaction() as tx:
        await search_repair.note(tx, search_repair.VERSION)
    await database.stop()


async def _add(tx: Transaction, batch: Sequence[Message]) -> None:
    await tx.execute(
        insert(messages),
        [
            {
                "id": each.id,
                "owner_id": each.owner_id,
                "speaker": "Sam",
                "role": "person",
                "text": each.text,
                "channel": "api",
                "assurance": "held",
                "is_recallable": True,
                "said_at": each.said_at,
                "learnt_at": each.said_at,
            }
            for each in batch
        ],
    )
    await tx.execute(
        insert(vectors),
        [
            {
                "message_id": each.id,
                "model": MODEL,
                "owner_id": each.owner_id,
                "dimension": DIMENSION,
                "vector": each.vector,
            }
            for each in batch
        ],
    )
    await tx.execute(
        text(
            "INSERT INTO message_search (message_id, owner_id, namespace, words) VALUES (:id, "
            ":owner, '', to_tsvector('english', :words) || array_to_tsvector(ARRAY[:mark]))"
        ),
        [
            {
                "id": each.id,
                "owner": each.owner_id,
                "words": cutting.indexed(each.text),
                "mark": search_ranking.mark(each.owner_id, ""),
            }
            for each in batch
        ],
    )
