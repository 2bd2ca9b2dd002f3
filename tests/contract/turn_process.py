"""A process that writes a turn as the companion does, and dies where it is told.

`python -m tests.contract.turn_process URL POINT`: POINT counts the writes after which it kills
itself, `commit` is after the commit, `work` is a worker between its writes and the job's end.
"""

import asyncio
import os
import signal
import sys

from sqlalchemy import insert

from backend.kernel.ids import OwnerId
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.database import search
from backend.platform.database.engine import Database
from backend.platform.database.tables import memories, messages, turns
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob
from backend.platform.signals.engines.in_process import InProcessSignals

OWNER = OwnerId("owner")
WRITES = 8  # of one turn: after each of them, and after the commit, the process may die
JOB = "memory.embed"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Turn:
    """One turn, write by write."""

    def __init__(self, log: EventLog, ledger: Ledger, die_after: int) -> None:
        self._log, self._ledger, self._left = log, ledger, die_after

    async def write(self, tx: Transaction) -> None:
        await tx.execute(insert(turns).values(**turn()))
        self._written()
        for message_id, role in (("heard", "person"), ("said", "companion")):
            await tx.execute(insert(messages).values(**message(message_id, role)))
            self._written()
        await search.index(tx, "heard", OWNER, "", "words")
        self._written()
        await tx.execute(insert(memories).values(**memory()))
        self._written()
        for name in (JOB, "memory.relate"):
            await self._ledger.add(tx, NewJob(name, {"message_ids": ["heard"]}, f"{name}:turn"))
            self._written()
        await self._log.append(
            tx, owner_id=OWNER, stream="owner:owner", kind="TurnEnded", payload={}, actor="c"
        )
        self._written()

    def _written(self) -> None:
        self._left -= 1
        if self._left == 0:
            die()


def turn() -> dict[str, object]:
    return {
        "id": "turn",
        "owner_id": OWNER,
        "conversation_id": "conversation",
        "engine": "offline",
        "timeline": {},
        "started_at": 1,
        "ended_at": 2,
    }


def message(message_id: str, role: str) -> dict[str, object]:
    return {
        "id": message_id,
        "owner_id": OWNER,
        "speaker": role,
        "role": role,
        "text": "words",
        "assurance": "held",
        "is_recallable": True,
        "said_at": 1,
        "learnt_at": 1,
    }


def memory() -> dict[str, object]:
    return {
        "id": "memory",
        "owner_id": OWNER,
        "text": "words",
        "message_id": "heard",
        "assurance": "held",
        "valid_from": 1,
        "learnt_at": 1,
    }


async def main(url: str, point: str) -> None:
    clock = SystemClock()
    signals = InProcessSignals()
    database = Database(url, clock=clock)
    ledger = Ledger(database, clock, SystemIds(clock), signals)
    if point == "work":
        await work(database, ledger)
    async with database.transaction() as tx:
        left = WRITES + 1 if point == "commit" else int(point)
        await Turn(EventLog(signals), ledger, left).write(tx)
    die()


async def work(database: Database, ledger: Ledger) -> None:
    [leased] = await ledger.lease("dying", [JOB], 1, 20)
    async with database.transaction() as tx:
        await tx.execute(insert(memories).values(**{**memory(), "id": "effect"}))
        await ledger.complete(tx, leased)
        die()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
