"""Compares full text with the messages: what it lacks, and what no message stands behind."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.platform.database import search, search_proof

_TABLES = {"sqlite": "message_search_rows", "postgresql": "message_search"}


async def differences(connection: AsyncConnection) -> tuple[int, int]:
    """Return how many messages are not indexed, and how many rows nobody needs.

    Raises SearchDamaged when the index can't be read at all.
    """
    table = _TABLES[connection.dialect.name]
    missing = (
        "SELECT count(*) FROM messages WHERE is_recallable AND NOT EXISTS "  # noqa: S608 - ours
        f"(SELECT 1 FROM {table} WHERE {table}.message_id = messages.id)"
    )
    strays = (
        f"SELECT count(*) FROM {table} WHERE NOT EXISTS (SELECT 1 FROM messages "  # noqa: S608
        f"WHERE messages.id = {table}.message_id AND messages.is_recallable)"
    )
    await search.probe(connection)
    with search.damage_told():
        if connection.dialect.name == "sqlite" and not await search_proof.finds_any(connection):
            raise search.SearchDamaged(cure=search.CURE)
        counts = [
            (await connection.execute(text(query))).scalar_one() for query in (missing, strays)
        ]
    return int(counts[0]), int(counts[1])
