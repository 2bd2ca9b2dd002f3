"""Search by PostgreSQL itself, with the extension pgvector: a table for each model.

It is exact among one owner's: an approximate index finds too little when a filter leaves it one
owner in many. The table is a projection like any other index, made when it is first needed.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.errors import NotConfigured, Unavailable
from backend.kernel.ids import OwnerId
from backend.memory.vectors.store import Hit, Vector, VectorItem
from backend.platform.database.batches import batches
from backend.platform.database.engine import Database

UPSERT_BATCH = 500
_MADE = text("SELECT to_regclass(:table) IS NOT NULL AS is_made")
_HAS = text(
    "SELECT (SELECT count(*) FROM pg_extension WHERE extname = 'vector') AS installed, "
    "(SELECT count(*) FROM pg_available_extensions WHERE name = 'vector') AS available"
)


class PgvectorIndex:
    """Vectors as half-precision columns beside the truth, compared by the server."""

    name = "pgvector"

    def __init__(self, database: Database, *, model: str, dimension: int) -> None:
        self._database, self._dimension = database, dimension
        # Of our own making: letters and digits only.
        name = f"{model}:{dimension}".encode()
        self._table = f"vector_index_{hashlib.sha256(name).hexdigest()[:12]}"
        self._is_ready = False
        self._preparing = asyncio.Lock()

    async def upsert(self, items: Sequence[VectorItem]) -> None:
        """Write vectors with their owner and namespace."""
        await self._prepare()
        statement = text(
            f"INSERT INTO {self._table} (message_id, owner_id, namespace, meaning) "  # noqa: S608
            "VALUES (:message, :owner, :namespace, CAST(:meaning AS halfvec)) "
            "ON CONFLICT (message_id) DO UPDATE SET owner_id = excluded.owner_id, "
            "namespace = excluded.namespace, meaning = excluded.meaning"
        )
        for part in batches(items, UPSERT_BATCH):
            values = [
                {
                    "message": item.message_id,
                    "owner": item.owner_id,
                    "namespace": item.namespace,
                    "meaning": _written(item.vector),
                }
                for item in part
            ]
            async with self._database.transaction() as tx:
                await tx.execute(statement, values)

    async def search(
        self, owner_id: OwnerId, vector: Vector, *, namespace: str, limit: int
    ) -> list[Hit]:
        """Have the server compare with every vector of the namespace."""
        await self._prepare()
        statement = text(
            "SELECT message_id, 1 - (meaning <=> CAST(:meaning AS halfvec)) AS score "  # noqa: S608
            f"FROM {self._table} WHERE owner_id = :owner AND namespace = :namespace "
            "ORDER BY score DESC, message_id LIMIT :limit"
        )
        values = {
            "meaning": _written(vector),
            "owner": owner_id,
            "namespace": namespace,
            "limit": limit,
        }
        async with self._asked() as connection:
            found = await connection.execute(statement, values)
            return [Hit(row.message_id, float(row.score)) for row in found]

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Forget vectors."""
        await self._prepare()
        statement = text(
            f"DELETE FROM {self._table} WHERE message_id IN :ids"  # noqa: S608
        ).bindparams(bindparam("ids", expanding=True))
        for part in batches(message_ids, UPSERT_BATCH):
            async with self._database.transaction() as tx:
                await tx.execute(statement, {"ids": list(part)})

    async def known(self, message_ids: Sequence[str]) -> int:
        """Count the rows of these messages."""
        await self._prepare()
        statement = text(
            f"SELECT count(*) FROM {self._table} WHERE message_id IN :ids"  # noqa: S608
        ).bindparams(bindparam("ids", expanding=True))
        found = 0
        for part in batches(message_ids, UPSERT_BATCH):
            async with self._asked() as connection:
                rows = await connection.execute(statement, {"ids": list(part)})
                found += int(rows.scalar_one())
        return found

    async def count(self) -> int:
        """Count the table."""
        await self._prepare()
        async with self._asked() as connection:
            found = await connection.execute(text(f"SELECT count(*) FROM {self._table}"))  # noqa: S608
            return int(found.scalar_one())

    async def clear(self) -> None:
        """Remove the table."""
        async with self._database.transaction() as tx:
            await tx.execute(text(f"DROP TABLE IF EXISTS {self._table}"))
        self._is_ready = False

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[AsyncConnection]:
        """Read; when the table is gone, it is made anew the next time."""
        async with self._database.reading() as connection:
            try:
                yield connection
            except DBAPIError as failure:
                self._is_ready = False
                raise Unavailable(
                    "The index of vectors is missing or damaged.", cure="ringback rebuild vectors"
                ) from failure

    async def _prepare(self) -> None:
        async with self._preparing:
            if self._is_ready:
                return
            if self._database.dialect != "postgresql":
                raise NotConfigured(
                    "pgvector needs PostgreSQL.",
                    cure="set DATABASE_URL to PostgreSQL, or RINGBACK_MEMORY__INDEX to auto",
                )
            async with self._database.transaction() as tx:
                await self._make(tx.connection)
            self._is_ready = True

    async def _make(self, connection: AsyncConnection) -> None:
        """Make extension and table, once, whoever else does so at the same time."""
        made = await connection.execute(_MADE, {"table": self._table})
        if made.scalar_one():
            return
        has = (await connection.execute(_HAS)).one()
        if not (has.installed or has.available):
            raise NotConfigured(
                "This PostgreSQL has no extension pgvector.",
                cure="install pgvector on the server, or set RINGBACK_MEMORY__INDEX to auto",
            )
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext(:table))"), {"table": self._table}
        )
        if not has.installed:
            await self._extend(connection)
        await connection.execute(
            text(
                f"CREATE TABLE IF NOT EXISTS {self._table} (message_id TEXT PRIMARY KEY, "
                "owner_id TEXT NOT NULL, namespace TEXT NOT NULL, "
                f"meaning halfvec({self._dimension}) NOT NULL)"
            )
        )
        await connection.execute(
            text(
                f"CREATE INDEX IF NOT EXISTS {self._table}_owner "
                f"ON {self._table} (owner_id, namespace)"
            )
        )

    async def _extend(self, connection: AsyncConnection) -> None:
        try:
            await connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        except DBAPIError as failure:
            raise NotConfigured(
                "pgvector is installed on the server, but we may not switch it on.",
                cure="as the database's superuser: CREATE EXTENSION vector",
            ) from failure


def _written(vector: Vector) -> str:
    return "[" + ",".join(f"{number:.6g}" for number in vector) + "]"
