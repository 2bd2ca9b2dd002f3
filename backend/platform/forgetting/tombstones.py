"""Names of what is gone: rows in the database, and sealed copies beside it that outlive it.

An archive that is older than a forgetting does not know of it. So each forgetting's tombstones are
also kept as an object: whoever restores where the object store is still the same learns of them.
An object is written once and never changed, so that backups that hold it agree with the store.
"""

import hashlib
import json
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, delete, exists, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.errors import Corrupt
from backend.kernel.forgetting import Kind, Period, Person, Target
from backend.kernel.ids import OwnerId
from backend.platform.database.batches import batches
from backend.platform.database.engine import Database
from backend.platform.database.tables import tombstones
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.port import Targets
from backend.platform.keys import Keys
from backend.platform.objects.port import Objects, whole
from backend.platform.telemetry.logs import get_logger

PREFIX = "tombstones/"
SUFFIX = ".sealed"
PURPOSE = "tombstones"
PART_CHARACTERS = 16
PAGE = 4000  # things that are looked for at once

_log = get_logger("forgetting")


@dataclass(frozen=True, slots=True)
class Grave:
    """All that one forgetting has taken away."""

    id: str  # of the forgetting
    owner_id: OwnerId
    at: Instant
    scope: Mapping[str, Any]  # Any: JSON, kind and ids
    targets: Targets


def of_user(owner_id: OwnerId) -> Targets:
    """Return the one name that stands for everything of an owner."""
    return frozenset({Target(Kind.USER, owner_id)})


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


async def unbury(tx: Transaction, forgetting_id: str, targets: Targets) -> None:
    """Take back of what was buried what is not to go after all."""
    for target in sorted(targets):
        mine = (tombstones.c.forgetting_id == forgetting_id, tombstones.c.kind == target.kind.value)
        await tx.execute(delete(tombstones).where(*mine, tombstones.c.target == target.id))


async def pages(
    database: Database, forgetting_id: str, size: int = PAGE, after: Target | None = None
) -> AsyncIterator[Targets]:
    """Give what one forgetting has taken away, a bounded part at a time, in one order."""
    last = after
    query = select(tombstones.c.kind, tombstones.c.target).where(
        tombstones.c.forgetting_id == forgetting_id
    )
    ordered = query.order_by(tombstones.c.kind, tombstones.c.target).limit(size)
    while True:
        wanted = ordered
        if last is not None:
            behind = tuple_(tombstones.c.kind, tombstones.c.target) > (last.kind.value, last.id)
            wanted = ordered.where(behind)
        async with database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        if not rows:
            return
        page = [Target(Kind(row.kind), row.target) for row in rows]
        yield frozenset(page)
        last = page[-1]


def are_missing(kind: Kind, column: Column[str]) -> ColumnElement[bool]:
    """Say of a row when nobody has wished it gone: what stays until it may go is named once."""
    named = (tombstones.c.kind == kind.value, tombstones.c.target == column)
    return ~exists().where(*named)


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

    def seal_wish(self, forgetting_id: str, what: Person | Period) -> bytes:
        """Return a wish whose end is still to be found, sealed: it may be somebody's name."""
        told = (
            {"since": what.since, "until": what.until}
            if isinstance(what, Period)
            else {"name": what.name, "concept_id": what.concept_id}
        )
        return self._keys().seal(PURPOSE, json.dumps(told).encode(), forgetting_id.encode())

    def open_wish(self, forgetting_id: str, sealed: bytes) -> Person | Period:
        """Return what a sealed wish was."""
        told = json.loads(self._keys().open(PURPOSE, sealed, forgetting_id.encode()))
        if "name" in told:
            return Person(told["name"], told["concept_id"])
        return Period(Instant(told["since"]), Instant(told["until"]))

    async def keep(self, grave: Grave) -> None:
        """Write the copy of a forgetting, or of a part of it, once."""
        names = json.dumps([[each.kind.value, each.id] for each in sorted(grave.targets)])
        part = f"{grave.id}.{hashlib.sha256(names.encode()).hexdigest()[:PART_CHARACTERS]}"
        key = f"{PREFIX}{part}{SUFFIX}"
        if await self._objects.exists(key):
            return
        facts = {
            "id": grave.id,
            "owner_id": grave.owner_id,
            "at": grave.at,
            "scope": dict(grave.scope),
            "targets": json.loads(names),
        }
        packed = zlib.compress(json.dumps(facts).encode())
        await self._objects.put(key, self._keys().seal(PURPOSE, packed, part.encode()))

    async def read(self) -> AsyncIterator[Grave]:
        """Give every copy there is, the oldest first; one that is damaged is passed over.

        An id begins with its time, so the names are in the order of the wishes.
        """
        for key in sorted([info.key for info in await self._objects.list(PREFIX)]):
            try:
                yield await self._read(key)
            except Corrupt as damage:
                part = key.removeprefix(PREFIX).removesuffix(SUFFIX)
                _log.error("tombstones_unread", forgetting_id=part, failure=damage)

    async def _read(self, key: str) -> Grave:
        sealed = await whole(self._objects.get(key))
        part = key.removeprefix(PREFIX).removesuffix(SUFFIX)
        packed = self._keys().open(PURPOSE, sealed, part.encode())
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
