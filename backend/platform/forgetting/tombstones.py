"""Names of what is gone: rows in the database, and sealed copies beside it that outlive it.

An archive that is older than a forgetting does not know of it. So each forgetting's tombstones are
also kept as an object: whoever restores where the object store is still the same learns of them.
An object is written once and never changed, so that backups that hold it agree with the store.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.errors import Corrupt
from backend.kernel.forgetting import Kind, Target
from backend.kernel.ids import OwnerId
from backend.platform.database.tables import tombstones
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.port import Targets, batches
from backend.platform.keys import Keys
from backend.platform.objects.port import Objects, whole
from backend.platform.telemetry.logs import get_logger

PREFIX = "tombstones/"
SUFFIX = ".sealed"
PURPOSE = "tombstones"

_log = get_logger("forgetting")


@dataclass(frozen=True, slots=True)
class Grave:
    """All that one forgetting has taken away."""

    id: str  # of the forgetting
    owner_id: OwnerId
    at: Instant
    scope: Mapping[str, Any]  # Any: JSON, kind and ids
    targets: Targets


async def bury(tx: Transaction, grave: Grave) -> None:
    """Write down what is gone; what was gone before stays with the one who said so first."""
    make = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
    rows = [
        {
            "kind": target.kind.value,
            "target": target.id,
            "owner_id": grave.owner_id,
            "forgetting_id": grave.id,
            "at": grave.at,
        }
        for target in sorted(grave.targets)
    ]
    if rows:
        await tx.execute(make(tombstones).on_conflict_do_nothing(), rows)


async def buried(connection: AsyncConnection, forgetting_id: str) -> Targets:
    """Return what one forgetting has taken away."""
    query = select(tombstones.c.kind, tombstones.c.target).where(
        tombstones.c.forgetting_id == forgetting_id
    )
    return frozenset(Target(Kind(row.kind), row.target) for row in await connection.execute(query))


async def gone(connection: AsyncConnection, targets: Targets) -> Targets:
    """Return those of these things that were forgotten: nothing of them may be written again."""
    found: set[Target] = set()
    by_kind: dict[Kind, list[str]] = {}
    for target in targets:
        by_kind.setdefault(target.kind, []).append(target.id)
    for kind, ids in by_kind.items():
        for batch in batches(ids):
            query = select(tombstones.c.target).where(
                tombstones.c.kind == kind.value, tombstones.c.target.in_(batch)
            )
            found.update(Target(kind, row.target) for row in await connection.execute(query))
    return frozenset(found)


class SealedTombstones:
    """The copies beside the database."""

    def __init__(self, objects: Objects, keys: Callable[[], Keys]) -> None:
        """The keys are asked for late: while a home is restored they come with the archive."""
        self._objects, self._keys = objects, keys

    async def keep(self, grave: Grave) -> None:
        """Write a forgetting's copy, once."""
        key = f"{PREFIX}{grave.id}{SUFFIX}"
        if await self._objects.exists(key):
            return
        facts = {
            "id": grave.id,
            "owner_id": grave.owner_id,
            "at": grave.at,
            "scope": dict(grave.scope),
            "targets": [[target.kind.value, target.id] for target in sorted(grave.targets)],
        }
        packed = zlib.compress(json.dumps(facts).encode())
        await self._objects.put(key, self._keys().seal(PURPOSE, packed, grave.id.encode()))

    async def read(self) -> list[Grave]:
        """Return every copy there is, the oldest first; one that is damaged is passed over."""
        found: list[Grave] = []
        for info in await self._objects.list(PREFIX):
            forgetting_id = info.key.removeprefix(PREFIX).removesuffix(SUFFIX)
            try:
                found.append(await self._read(info.key, forgetting_id))
            except Corrupt as damage:
                _log.error("tombstones_unread", forgetting_id=forgetting_id, failure=damage)
        return sorted(found, key=lambda grave: (grave.at, grave.id))

    async def _read(self, key: str, forgetting_id: str) -> Grave:
        sealed = await whole(self._objects.get(key))
        packed = self._keys().open(PURPOSE, sealed, forgetting_id.encode())
        try:
            facts = json.loads(zlib.decompress(packed))
            return Grave(
                id=str(facts["id"]),
                owner_id=OwnerId(facts["owner_id"]),
                at=Instant(facts["at"]),
                scope=facts["scope"],
                targets=frozenset(Target(Kind(kind), each) for kind, each in facts["targets"]),
            )
        except (ValueError, KeyError, TypeError, zlib.error):
            raise Corrupt("What was kept of a forgetting is damaged.") from None
