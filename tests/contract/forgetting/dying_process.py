"""A process that forgets and is killed in the middle: `python -m … HOME URL TURN STEP`.

STEP says where: `rows` within the transaction, `committed` right behind it, `outside` between two
stores, `looked` before the receipt is written.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.forgetting import Kind, Scope
from backend.kernel.ids import OwnerId
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting import Carrying, Counts, Forgettable, Forgetting, Rooms
from backend.platform.forgetting.port import Targets
from backend.platform.forgetting.service import Around
from tests.contract.forgetting.house import OWNER, House, one


class Dying(Forgettable):
    """Stands among the others and dies when it is its turn."""

    def __init__(self, step: str) -> None:
        self._step = step

    async def closure(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        return frozenset()

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        self._die_at("rows")
        return {}

    async def forget_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        self._die_at("outside")
        return {}

    async def traces_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        self._die_at("looked")
        return {}

    def _die_at(self, step: str) -> None:
        if self._step == step:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(folder: str, url: str, turn: str, step: str) -> None:
    house = House(Path(folder), url, {})
    await house.parts.database.start()
    parts = house.parts
    *most, last = parts.forgettables
    around = Around(parts.ids, parts.events, parts.jobs, parts.signals, house.sealed())
    rooms = Rooms((*most, Dying(step), last))
    forgetting = Forgetting(database=parts.database, around=around, rooms=rooms)
    carrying = Carrying(database=parts.database, around=around, rooms=rooms, forgetting=forgetting)
    async with parts.database.transaction() as tx:
        outcome = await forgetting.forget(tx, Scope(OWNER, one(Kind.TURN, turn)), actor="test")
    if step == "committed":
        os.kill(os.getpid(), signal.SIGKILL)
    await carrying.carry_out(outcome.id, _nothing)


async def _nothing(tx: Transaction, result: Mapping[str, Any]) -> None:
    """End nothing."""


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
