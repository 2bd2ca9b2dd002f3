"""What an instance knows of itself, as far as backups need it: its id, epoch and last backup."""

from sqlalchemy import delete, insert, select

from backend.kernel.ids import Ids
from backend.platform.database.engine import Database
from backend.platform.database.tables import instance
from backend.platform.database.transaction import Transaction

ID = "id"
EPOCH = "epoch"
LAST_BACKUP = "last_backup"


async def instance_id(database: Database, ids: Ids) -> str:
    """Return who this instance is; it stays the same when it is restored elsewhere."""
    async with database.transaction() as tx:
        query = select(instance.c.value).where(instance.c.key == ID)
        found = (await tx.execute(query)).scalar_one_or_none()
        if found is None:
            found = ids.new()
            await note(tx, ID, found)
        return str(found)


async def note(tx: Transaction, key: str, value: str) -> None:
    """Write one fact, in place of what it was."""
    await tx.execute(delete(instance).where(instance.c.key == key))
    await tx.execute(insert(instance).values(key=key, value=value))
