"""Lines that can't be changed unseen: each carries the hash of the one before it."""

import hashlib
import json
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import OwnerId
from backend.platform.database.tables import audit
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog

STREAM = "audit"
FIRST_HASH = "0" * 64
FIELD_CHARACTERS_MAX = 500


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
        expected, previous, count = 1, FIRST_HASH, 0
        rows = await connection.stream(select(audit).order_by(audit.c.sequence))
        async for row in rows.mappings():
            values = {name: row[name] for name in row if name != "hash"}
            follows = row["sequence"] == expected and row["previous_hash"] == previous
            if not follows or row["hash"] != _hash(values):
                return Verification(lines=count, head=previous, broken_at=expected)
            expected, previous, count = expected + 1, row["hash"], count + 1
        return Verification(lines=count, head=previous)


def _hash(values: dict[str, object]) -> str:
    # Canonical JSON: the same line gives the same bytes on every machine and database.
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
