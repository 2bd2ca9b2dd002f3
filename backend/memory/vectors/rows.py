"""The vectors' truth: rows beside the messages, and an event for each change that readers tail."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import OwnerId
from backend.memory.vectors.store import Vector, VectorItem
from backend.platform.database.batches import batches
from backend.platform.database.freshness import WATCHED
from backend.platform.database.tables import vectors
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog

PAGE = 2000
TOPIC: Final = WATCHED[vectors.name]

Space = tuple[str, str, str]  # a model, an owner and a namespace


@dataclass(frozen=True, slots=True)
class Gained:
    """Vectors that came to a namespace by one commit, or took the place of others."""

    model: str
    namespace: str
    cursor: int  # of the event that tells of them
    vectors: tuple[tuple[str, bytes], ...]  # by message, as their rows have them


class VectorRows:
    """Reads and writes the vectors of one model."""

    def __init__(self, *, events: EventLog, model: str, dimension: int) -> None:
        self._events, self.model, self.dimension = events, model, dimension

    def stream(self, owner_id: str, namespace: str) -> str:
        """Return the stream that tells of changes in a namespace."""
        return stream_of(self.model, owner_id, namespace)

    async def write(self, tx: Transaction, items: Sequence[VectorItem]) -> None:
        """Keep vectors; a second time replaces the first."""
        if not items:
            return
        insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
        kept = insert(vectors)
        packs = [packed(item.vector) for item in items]
        rows = [
            {
                "message_id": item.message_id,
                "model": self.model,
                "owner_id": item.owner_id,
                "namespace": item.namespace,
                "dimension": self.dimension,
                "vector": pack,
            }
            for item, pack in zip(items, packs, strict=True)
        ]
        await tx.execute(
            kept.on_conflict_do_update(
                index_elements=[vectors.c.message_id, vectors.c.model],
                set_={"vector": kept.excluded.vector, "dimension": kept.excluded.dimension},
            ),
            rows,
            is_told=True,
        )
        changes = [(self.model, i.owner_id, i.namespace, i.message_id) for i in items]
        for (model, owner_id, namespace), cursor in (await self._tell(tx, changes)).items():
            came = tuple(
                (item.message_id, pack)
                for item, pack in zip(items, packs, strict=True)
                if (item.owner_id, item.namespace) == (owner_id, namespace)
            )
            tx.tell(owner_id, TOPIC, Gained(model, namespace, cursor, came))

    async def remove(self, tx: Transaction, message_ids: Sequence[str]) -> None:
        """Forget vectors, of every model."""
        gone: list[tuple[str, str, str, str]] = []
        for batch in batches(message_ids):
            rows = await tx.execute(
                delete(vectors)
                .where(vectors.c.message_id.in_(batch))
                .returning(
                    vectors.c.model,
                    vectors.c.owner_id,
                    vectors.c.namespace,
                    vectors.c.message_id,
                )
            )
            gone.extend((row.model, row.owner_id, row.namespace, row.message_id) for row in rows)
        await self._tell(tx, gone)

    async def head(self, connection: AsyncConnection, owner_id: str, namespace: str) -> int:
        """Return the cursor of the last change in a namespace."""
        return await self._events.head(connection, self.stream(owner_id, namespace))

    async def changed(
        self,
        connection: AsyncConnection,
        owner_id: str,
        namespace: str,
        *,
        after: int,
        head: int,
    ) -> list[str] | None:
        """Return the messages whose vectors changed behind a cursor; None when that is not told.

        The log of changes is kept for a while only: whoever is further behind reads everything.
        """
        changed: dict[str, None] = {}
        stream = self.stream(owner_id, namespace)
        while after < head and (page := await self._events.read(connection, stream, after)):
            for event in page:
                if event.cursor != after + 1:
                    return None
                after = event.cursor
                changed.update(dict.fromkeys(event.payload["message_ids"]))
        return list(changed) if after == head else None

    async def read(
        self, connection: AsyncConnection, message_ids: Sequence[str]
    ) -> dict[str, bytes]:
        """Return packed vectors by message."""
        found: dict[str, bytes] = {}
        for batch in batches(message_ids):
            rows = await connection.execute(
                select(vectors.c.message_id, vectors.c.vector).where(
                    vectors.c.message_id.in_(batch),
                    vectors.c.model == self.model,
                    vectors.c.dimension == self.dimension,
                )
            )
            found.update((row.message_id, row.vector) for row in rows)
        return found

    async def pages(
        self, connection: AsyncConnection, owner_id: str, namespace: str
    ) -> AsyncIterator[list[tuple[str, bytes]]]:
        """Give all of a namespace's packed vectors, a page at a time."""
        last = ""
        while True:
            rows = await connection.execute(
                select(vectors.c.message_id, vectors.c.vector)
                .where(
                    vectors.c.owner_id == owner_id,
                    vectors.c.namespace == namespace,
                    vectors.c.model == self.model,
                    vectors.c.dimension == self.dimension,
                    vectors.c.message_id > last,
                )
                .order_by(vectors.c.message_id)
                .limit(PAGE)
            )
            page = [(row.message_id, row.vector) for row in rows]
            if not page:
                return
            yield page
            last = page[-1][0]

    async def everything(self, connection: AsyncConnection, *, after: str = "") -> list[VectorItem]:
        """Return a page of all owners' vectors behind a message, to fill an index anew."""
        rows = await connection.execute(
            select(vectors)
            .where(vectors.c.model == self.model, vectors.c.message_id > after)
            .order_by(vectors.c.message_id)
            .limit(PAGE)
        )
        return [
            VectorItem(
                message_id=row.message_id,
                owner_id=OwnerId(row.owner_id),
                namespace=row.namespace,
                vector=unpacked(row.vector),
            )
            for row in rows
        ]

    async def missing(self, connection: AsyncConnection, message_ids: Sequence[str]) -> list[str]:
        """Return those messages that have no vector yet."""
        known = await self.read(connection, message_ids)
        return [message_id for message_id in message_ids if message_id not in known]

    async def count(self, connection: AsyncConnection) -> int:
        """Return how many vectors of this model there are, of all owners."""
        counted = await connection.execute(
            select(func.count()).select_from(vectors).where(vectors.c.model == self.model)
        )
        return int(counted.scalar_one())

    async def count_of(self, connection: AsyncConnection, owner_id: str, namespace: str) -> int:
        """Return how many vectors of this model a namespace has, whatever their dimension.

        Of that the index knows nothing: to ask for it means to read every vector.
        """
        counted = await connection.execute(
            select(func.count())
            .select_from(vectors)
            .where(
                vectors.c.owner_id == owner_id,
                vectors.c.namespace == namespace,
                vectors.c.model == self.model,
            )
        )
        return int(counted.scalar_one())

    async def _tell(
        self, tx: Transaction, changes: Sequence[tuple[str, str, str, str]]
    ) -> Mapping[Space, int]:
        """Write one event for each namespace that changed, in an order that can't deadlock."""
        by_namespace: dict[Space, list[str]] = {}
        cursors: dict[Space, int] = {}
        for model, owner_id, namespace, message_id in changes:
            by_namespace.setdefault((model, owner_id, namespace), []).append(message_id)
        for (model, owner_id, namespace), message_ids in sorted(by_namespace.items()):
            cursors[model, owner_id, namespace] = await self._events.append(
                tx,
                owner_id=OwnerId(owner_id),
                stream=stream_of(model, owner_id, namespace),
                kind="vectors.changed",
                payload={"message_ids": message_ids},
                actor="worker",
            )
        return cursors


def stream_of(model: str, owner_id: str, namespace: str) -> str:
    """Return the stream that tells of changes of one model's vectors in a namespace."""
    return f"vectors:{model}:{owner_id}:{namespace}"


def packed(vector: Vector) -> bytes:
    """Return a vector as the table keeps it: float16 loses nothing that a search would see."""
    return vector.astype("<f2").tobytes()


def unpacked(data: bytes) -> Vector:
    """Return a kept vector."""
    return np.frombuffer(data, dtype="<f2").astype(np.float32)
