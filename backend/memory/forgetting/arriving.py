"""What is still on its way in: an import is called off when something it may bring is forgotten.

Its file can't be asked whom it names without reading all of it, so the answer is on the safe side:
who forgets everything or a person calls off every import that waits or runs, who forgets a period
those that bring something of it. A single thing has an id, and ids that are gone are never written
again. Whatever was brought by then falls like everything else; the file may be brought once more.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.forgetting import (
    Everything,
    Kind,
    OneThing,
    Period,
    Person,
    Scope,
    What,
    ids_of,
    things,
)
from backend.kernel.ids import OwnerId
from backend.platform.database.batches import count_named, delete_named
from backend.platform.database.tables import imports
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.port import Counts, Forgettable, Targets

IMPORTS, UPLOADS = "imports", "uploads"


class Uploads(Protocol):
    """Keeps what was uploaded."""

    async def drop(self, import_id: str) -> None:
        """Let go of an upload."""
        ...

    async def is_kept(self, import_id: str) -> bool:
        """Say whether an upload is there."""
        ...


class Arriving(Forgettable):
    """Imports that are not over."""

    servers = (UPLOADS,)

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    async def halt(self, tx: Transaction, scope: Scope) -> None:
        """Have imports stand still: what they write next would be behind the closure."""
        mine = select(imports.c.id).where(imports.c.owner_id == scope.owner_id)
        await tx.execute(mine.with_for_update())

    async def closure(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        """Return the imports that may bring what is wanted."""
        query = select(imports.c.id, imports.c.since, imports.c.until)
        rows = await connection.execute(query.where(imports.c.owner_id == scope.owner_id))
        return things(Kind.IMPORT, [row.id for row in rows.all() if _may_bring(row, scope.what)])

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        """Call imports off: whoever brings one finds nothing to go on with."""
        named = ids_of(targets, Kind.IMPORT)
        return {IMPORTS: await delete_named(tx, owner_id, imports.c.id, named)}

    async def forget_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        """Delete what was uploaded for them."""
        kept = await self._kept(targets)
        for import_id in kept:
            await self._uploads.drop(import_id)
        return {UPLOADS: len(kept)}

    async def traces(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Counts:
        """Count imports that are still there."""
        named = ids_of(targets, Kind.IMPORT)
        return {IMPORTS: await count_named(connection, owner_id, imports.c.id, named)}

    async def traces_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        """Count what was uploaded and is still there."""
        return {UPLOADS: len(await self._kept(targets))}

    async def _kept(self, targets: Targets) -> Sequence[str]:
        named = ids_of(targets, Kind.IMPORT)
        return [each for each in named if await self._uploads.is_kept(each)]


def _may_bring(row: Any, what: What) -> bool:  # Any: SQLAlchemy's row
    is_export = row.since is None or row.until is None  # it brings more than words with dates
    if isinstance(what, Everything | Person):
        return True
    if isinstance(what, Period):
        return is_export or (row.since < what.until and row.until >= what.since)
    # Of a call that is to go more may follow, under ids that nobody here has seen.
    return isinstance(what, OneThing) and is_export and what.target.kind is Kind.CONVERSATION
