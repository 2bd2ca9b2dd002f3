"""What is on its way out shows no more, however long it takes until its rows are gone."""

from sqlalchemy import Column, ColumnElement, Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.forgetting import Kind
from backend.kernel.ids import OwnerId
from backend.platform.database.tables import forgettings
from backend.platform.forgetting.tombstones import are_missing

RUNNING = "running"


def is_shown(learnt_at: ColumnElement[int], owner_id: OwnerId) -> ColumnElement[bool]:
    """Say of a row when it may be shown: all that was learnt before a wish for everything is not.

    It is one look at one owner's receipts for a statement, not for a row.
    """
    return learnt_at > func.coalesce(_until(owner_id).scalar_subquery(), -1)


def is_kept(kind: Kind, column: Column[str], owner_id: OwnerId) -> ColumnElement[bool]:
    """Say of a row when it may be shown: what was buried and is still there may not.

    Nothing of that is ever there but while the rows of a wish go behind it: else it costs one look
    at one owner's receipts.
    """
    is_quiet = ~exists().where(*_much(owner_id))
    return or_(is_quiet, are_missing(kind, column))


async def is_going(connection: AsyncConnection, owner_id: OwnerId) -> bool:
    """Say whether rows are still there that may not be shown."""
    if await is_leaving(connection, owner_id):
        return True
    query = select(forgettings.c.id).where(*_much(owner_id)).limit(1)
    return (await connection.execute(query)).first() is not None


async def is_leaving(connection: AsyncConnection, owner_id: OwnerId) -> bool:
    """Say whether everything of an owner is on its way out."""
    return (await connection.execute(_until(owner_id))).scalar_one_or_none() is not None


def _much(owner_id: OwnerId) -> tuple[ColumnElement[bool], ...]:
    return (
        forgettings.c.owner_id == owner_id,
        forgettings.c.state == RUNNING,
        forgettings.c.before.is_(None),
        forgettings.c.total > 0,
    )


def _until(owner_id: OwnerId) -> Select[tuple[int | None]]:
    return select(func.max(forgettings.c.before)).where(
        forgettings.c.owner_id == owner_id, forgettings.c.state == RUNNING
    )
