"""Loads an archive's rows into an empty database, and settles what can't go on as it was."""

import json
from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import TableClause, insert, or_, text, update

from backend.backup.archive import Kind, Record
from backend.backup.facts import EPOCH, note
from backend.backup.rows import check_columns, read_lines
from backend.backup.types import MAKE_BACKUP, Settled
from backend.kernel.errors import Corrupt
from backend.platform.compute import Compute
from backend.platform.database import search
from backend.platform.database.migrate import head, upgrade
from backend.platform.database.tables import credentials, instance, jobs
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.types import JobState

KEPT_CREDENTIALS = ("device", "api")  # sessions, the command line's and one-use ones are made anew
OUTWARD_FAMILIES = ("delivery",)  # what these did after the backup nobody knows any more

# A null character is the one thing that SQLite's texts may hold and PostgreSQL's may not.
_NUL: Final = {"postgresql": "\ufffd", "sqlite": ""}


async def load(
    tx: Transaction, records: AsyncIterator[Record], compute: Compute, *, schema: str
) -> None:
    """Write every row into the schema of its archive, take that to ours, and index the words."""
    if tx.dialect == "postgresql":
        await tx.execute(text("SET LOCAL statement_timeout = 0"))
        await tx.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    await tx.execute(instance.delete())
    is_older = schema != head()
    archived: TableClause | None = None
    columns: list[str] = []
    async for record in records:
        if record.kind is Kind.TABLE:
            archived, columns = check_columns(json.loads(record.payload), is_older=is_older)
        elif record.kind is Kind.ROWS:
            if archived is None:
                raise Corrupt("The archive's records are malformed.")
            rows = await compute.run(
                read_lines, archived, columns, record.payload, nul=_NUL[tx.dialect]
            )
            await tx.execute(insert(archived), rows)
    if is_older:
        await tx.connection.run_sync(upgrade)
    await search.rebuild(tx)


async def settle(tx: Transaction, *, epoch: str) -> Settled:
    """Make it safe to go on from an older moment: the world outside has not gone back with us."""
    await note(tx, EPOCH, epoch)
    revoked = await tx.execute(
        update(credentials)
        .where(credentials.c.revoked_at.is_(None), credentials.c.kind.not_in(KEPT_CREDENTIALS))
        .values(revoked_at=tx.at)
    )
    is_open = jobs.c.state.in_([JobState.WAITING.value, JobState.LEASED.value])
    is_outward = or_(jobs.c.family.in_(OUTWARD_FAMILIES), jobs.c.name == MAKE_BACKUP)
    cancelled = await tx.execute(
        update(jobs)
        .where(is_open, is_outward)
        .values(
            state=JobState.CANCELLED.value,
            error="A restore came between: it may have been done already.",
            finished_at=tx.at,
            lease_holder="",
            lease_until=None,
        )
    )
    await tx.execute(
        update(jobs)
        .where(jobs.c.state == JobState.LEASED.value)
        .values(state=JobState.WAITING.value, lease_holder="", lease_until=None)
    )
    return Settled(epoch, revoked.rowcount, cancelled.rowcount)
