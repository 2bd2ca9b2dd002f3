"""Reads what was kept of the parts' health."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.platform.database.tables import health_changes, instance
from backend.platform.database.transaction import Transaction
from backend.platform.health.uptime import Moment

WATCH = ""  # the part that stands for the process itself: well while it watches
PREFIX = "watch:"


async def latest(connection: AsyncConnection, process: str) -> dict[str, tuple[bool, Instant]]:
    """Return how a process last knew each part to be, and since when."""
    columns = health_changes.c
    newest = select(func.max(columns.id)).where(columns.process == process).group_by(columns.part)
    rows = await connection.execute(select(health_changes).where(columns.id.in_(newest)))
    return {row.part: (row.is_ok, Instant(row.at)) for row in rows}


async def since(connection: AsyncConnection, begin: int) -> Mapping[tuple[str, str], list[Moment]]:
    """Return each process's changes of each part from a moment on, and the last one before it."""
    columns = health_changes.c
    before = (
        select(func.max(columns.id))
        .where(columns.at < begin)
        .group_by(columns.process, columns.part)
    )
    rows = await connection.execute(
        select(health_changes)
        .where(or_(columns.at >= begin, and_(columns.at < begin, columns.id.in_(before))))
        .order_by(columns.id)
    )
    return _grouped(rows)


async def seen(connection: AsyncConnection) -> dict[str, int]:
    """Return when each process was last there."""
    rows = await connection.execute(
        select(instance.c.key, instance.c.value).where(instance.c.key.startswith(PREFIX))
    )
    return {row.key.removeprefix(PREFIX): int(row.value) for row in rows}


async def forget(tx: Transaction, begin: int) -> None:
    """Delete what no window can reach that begins at a moment or later.

    Of a process that is still there, the last change before it stays: it says how the part was
    when the window began. A process that was not seen since then is forgotten altogether.
    """
    columns = health_changes.c
    gone = [process for process, seen_at in (await seen(tx.connection)).items() if seen_at < begin]
    for process in gone:
        await tx.execute(delete(health_changes).where(columns.process == process))
        await tx.execute(delete(instance).where(instance.c.key == f"{PREFIX}{process}"))
    newest = select(func.max(columns.id)).where(columns.at < begin)
    kept = newest.group_by(columns.process, columns.part)
    await tx.execute(delete(health_changes).where(columns.at < begin, columns.id.not_in(kept)))


def _grouped(rows: Iterable[Row[Any]]) -> dict[tuple[str, str], list[Moment]]:
    found: dict[tuple[str, str], list[Moment]] = {}
    for row in rows:
        moments = found.setdefault((row.process, row.part), [])
        moments.append(Moment(Instant(row.at), row.is_ok))
    for moments in found.values():
        moments.sort(key=lambda moment: moment.at)  # stable: what was written later comes later
    return found
