"""Who does not want to be texted: their word counts until they take it back."""

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.platform.database.tables import instance
from backend.platform.database.transaction import Transaction

PREFIX = "texts stopped by "

_STOP = text("INSERT INTO instance (key, value) VALUES (:key, :at) ON CONFLICT (key) DO NOTHING")


class Consent:
    """Remembers every STOP, by number."""

    async def stop(self, tx: Transaction, number: str) -> None:
        """Send this number nothing any more."""
        await tx.execute(_STOP, {"key": PREFIX + number, "at": str(tx.at)})

    async def start(self, tx: Transaction, number: str) -> None:
        """Text this number again."""
        await tx.execute(delete(instance).where(instance.c.key == PREFIX + number))

    async def is_stopped(self, connection: AsyncConnection, number: str) -> bool:
        """Say whether this number wants no texts."""
        query = select(instance.c.key).where(instance.c.key == PREFIX + number)
        return (await connection.execute(query)).first() is not None
