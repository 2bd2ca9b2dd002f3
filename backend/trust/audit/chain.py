"""Lines that can't be changed unseen: each carries the hash of the one before it."""

import hashlib
import json
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId
from backend.platform.database.tables import audit, instance
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog

STREAM = "audit"
FIRST_HASH = "0" * 64
FIELD_CHARACTERS_MAX = 500
PRUNED_AT_ONCE = 500
PRUNED = "audit_pruned"  # what the instance knows of the last line that its retention removed


@dataclass(frozen=True, slots=True)
class AuditLine:
    """What was decided: who wanted which thing done to what, and because of what."""

    owner_id: OwnerId
    actor: str
    action: str
    resource: str
    decision: str
    cause: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What reading the whole chain has shown."""

    lines: int
    head: str  # the last line's hash: written down elsewhere, it also proves that none was cut off
    broken_at: int | None = None  # the first sequence that doesn't follow from the one before

    @property
    def holds(self) -> bool:
        """Say whether every line follows from the one before it."""
        return self.broken_at is None


class Audit:
    """The chain of one instance. Append before other streams: it locks its head to the commit."""

    def __init__(self, *, events: EventLog) -> None:
        self._events = events

    async def append(self, tx: Transaction, line: AuditLine) -> int:
        """Add a line in its caller's transaction and return its place in the chain."""
        sequence = await self._events.next_cursor(tx, STREAM)
        query = select(audit.c.hash).where(audit.c.sequence == sequence - 1)
        previous = (await tx.execute(query)).scalar() or FIRST_HASH
        values = {
            "sequence": sequence,
            "owner_id": line.owner_id,
            "at": int(tx.at),
            "actor": line.actor[:FIELD_CHARACTERS_MAX],
            "action": line.action[:FIELD_CHARACTERS_MAX],
            "resource": line.resource[:FIELD_CHARACTERS_MAX],
            "decision": line.decision[:FIELD_CHARACTERS_MAX],
            "cause": line.cause[:FIELD_CHARACTERS_MAX],
            "previous_hash": previous,
        }
        await tx.execute(insert(audit).values(**values, hash=_hash(values)))
        return sequence

    async def verify(self, connection: AsyncConnection) -> Verification:
        """Read the chain from its first line and find the first that was tampered with."""
        expected, previous = await _begins(connection)
        count = 0
        rows = await connection.stream(select(audit).order_by(audit.c.sequence))
        async for row in rows.mappings():
            values = {name: row[name] for name in row if name != "hash"}
            follows = row["sequence"] == expected and row["previous_hash"] == previous
            if not follows or row["hash"] != _hash(values):
                return Verification(lines=count, head=previous, broken_at=expected)
            expected, previous, count = expected + 1, row["hash"], count + 1
        return Verification(lines=count, head=previous)

    async def prune(self, tx: Transaction, before: Instant, *, limit: int = PRUNED_AT_ONCE) -> int:
        """Remove some of the oldest lines, and write down after which the chain goes on.

        The last line always stays: the next one hangs on it.
        """
        anchor, _ = await _begins(tx.connection)
        last = (await tx.execute(select(func.max(audit.c.sequence)))).scalar() or 0
        end = min(anchor + limit, last)
        # Up to the first that is young enough: no line is ever taken from the middle.
        young = select(func.min(audit.c.sequence)).where(
            audit.c.sequence < end, audit.c.at >= before
        )
        end = min(end, (await tx.execute(young)).scalar() or end)
        query = select(audit.c.hash).where(audit.c.sequence == end - 1)
        head = (await tx.execute(query)).scalar()
        if head is None:
            return 0
        gone = await tx.execute(delete(audit).where(audit.c.sequence < end))
        await tx.execute(delete(instance).where(instance.c.key == PRUNED))
        value = json.dumps({"sequence": end - 1, "hash": head})
        await tx.execute(insert(instance).values(key=PRUNED, value=value))
        return gone.rowcount


async def _begins(connection: AsyncConnection) -> tuple[int, str]:
    """Return the first place of the chain, and the hash that its line carries."""
    query = select(instance.c.value).where(instance.c.key == PRUNED)
    found = (await connection.execute(query)).scalar()
    if found is None:
        return 1, FIRST_HASH
    pruned = json.loads(found)
    return int(pruned["sequence"]) + 1, str(pruned["hash"])


def _hash(values: dict[str, object]) -> str:
    # Canonical JSON: the same line gives the same bytes on every machine and database.
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
