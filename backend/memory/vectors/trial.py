"""Whether a model's vectors are all there and are found again: what comes before it goes live."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.memory.vectors.rows import unpacked
from backend.memory.vectors.spaces import Space
from backend.platform.database.engine import Database
from backend.platform.database.tables import messages, vectors

SAMPLE = 200
AGAIN = 16  # of the sample are embedded a second time
FOUND_SHARE_MIN = 0.98  # an approximate index may miss a few
SAME_COSINE_MIN = 0.99  # float16 and another batch size change the last digits only
NEAR = 5
REMOVED_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Examined:
    """What a trial found."""

    is_well: bool
    report: dict[str, Any]  # Any: JSON


async def recallable(connection: AsyncConnection) -> int:
    """Count the messages that need a vector."""
    return await _one(connection, _counted())


async def missing(connection: AsyncConnection, model: str) -> int:
    """Count the messages that have no vector of a model."""
    return await _one(connection, _counted().where(~_has_vector(model)))


async def page(connection: AsyncConnection, model: str, *, after: str, limit: int) -> list[str]:
    """Return messages behind one that have no vector of a model; at the end, any that are left."""
    wanted = select(messages.c.id).where(messages.c.is_recallable, ~_has_vector(model))
    wanted = wanted.order_by(messages.c.id).limit(limit)
    found = list((await connection.execute(wanted.where(messages.c.id > after))).scalars())
    if found or not after:
        return found
    # A message may be written late, with an id before those that were reached.
    return list((await connection.execute(wanted)).scalars())


async def most_used(connection: AsyncConnection, known: Sequence[str]) -> str:
    """Return the model that most vectors are of, "" when there are none."""
    count = func.count()
    found = await connection.execute(
        select(vectors.c.model)
        .where(vectors.c.model.in_(known))
        .group_by(vectors.c.model)
        .order_by(count.desc())
        .limit(1)
    )
    return str(found.scalar_one_or_none() or "")


async def remove_some(database: Database, model: str) -> int:
    """Remove some of a model's vectors: a turn that wants to be written waits for no more."""
    async with database.transaction() as tx:
        some = select(vectors.c.message_id).where(vectors.c.model == model).limit(REMOVED_AT_ONCE)
        gone = await tx.execute(
            delete(vectors).where(vectors.c.model == model, vectors.c.message_id.in_(some))
        )
        return gone.rowcount


async def examine(database: Database, space: Space) -> Examined:
    """Count, look a sample up by itself, and embed some of it again."""
    async with database.reading() as connection:
        lacking = await missing(connection, space.model)
        counted = await space.rows.count(connection)
        sample = await _sample(connection, space.model, counted)
    found = [await _finds_itself(space, row) for row in sample]
    again = [row for row in sample[:: max(1, len(sample) // AGAIN)] if row.text][:AGAIN]
    alike = 1.0
    if again:
        anew = await space.embedder.embed([row.text for row in again])
        kept = np.stack([unpacked(row.vector) for row in again])
        alike = float(np.min(np.sum(anew * kept, axis=1)))
    share = sum(found) / len(found) if found else 1.0
    report: dict[str, Any] = {  # Any: JSON
        "counted": counted,
        "missing": lacking,
        "sampled": len(sample),
        "found": sum(found),
        "alike": round(alike, 4),
    }
    is_well = not lacking and share >= FOUND_SHARE_MIN and alike >= SAME_COSINE_MIN
    if not is_well:
        report["failed"] = "vectors are missing or are not found again"
    return Examined(is_well, report)


async def _sample(connection: AsyncConnection, model: str, counted: int) -> list[Any]:
    """Return rows at equal distances, with the words that they were made of."""
    numbered = (
        select(
            vectors.c.message_id,
            func.row_number().over(order_by=vectors.c.message_id).label("number"),
        )
        .where(vectors.c.model == model)
        .subquery()
    )
    distance = max(1, counted // SAMPLE)
    words = func.trim(messages.c.text + " " + messages.c.caption)
    found = await connection.execute(
        select(vectors.c.message_id, vectors.c.owner_id, vectors.c.namespace, vectors.c.vector,
               words.label("text"))
        .join(numbered, numbered.c.message_id == vectors.c.message_id)
        .join(messages, messages.c.id == vectors.c.message_id)
        .where(vectors.c.model == model, numbered.c.number % distance == 0)
        .order_by(vectors.c.message_id)
        .limit(SAMPLE)
    )  # fmt: skip
    return list(found)


async def _finds_itself(space: Space, row: Any) -> bool:  # Any: SQLAlchemy's row
    vector = unpacked(row.vector)
    hits = await space.index.search(row.owner_id, vector, namespace=row.namespace, limit=NEAR)
    # The same words said twice have one vector: either of them may come first.
    return any(hit.message_id == row.message_id or hit.score >= SAME_COSINE_MIN for hit in hits)


def _counted() -> Select[Any]:
    return select(func.count()).select_from(messages).where(messages.c.is_recallable)


def _has_vector(model: str) -> ColumnElement[bool]:
    return exists().where(vectors.c.message_id == messages.c.id, vectors.c.model == model)


async def _one(connection: AsyncConnection, query: Select[Any]) -> int:
    return int((await connection.execute(query)).scalar_one())
