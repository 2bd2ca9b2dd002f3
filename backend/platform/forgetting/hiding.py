"""What is on its way out shows no more, however long it takes until its rows are gone."""

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import OwnerId
from backend.platform.database.tables import forgettings

RUNNING = "running"


def is_shown(learnt_at: ColumnElement[int], owner_id: OwnerId) -> ColumnElement[bool]:
    """Say of a row when it may be shown: all that was learnt before a wish for everything is not.

    It is one look at one owner's receipts for a statement, not for a row.
    """
    return learnt_at > func.coalesce(_until(owner_id).scalar_subquery(), -1)


async def is_leaving(connection: AsyncConnection, owner_id: OwnerId) -> bool:
    """Say whether everything of an owner is on its way out."""
    return (await connection.execute(_until(owner_id))).scalar_one_or_none() is not None


def _until(owner_id: OwnerId) -> Select[tuple[int | None]]:
    return select(func.max(forgettings.c.before)).where(
        forgettings.c.owner_id == owner_id, forgettings.c.state == RUNNING
    )
