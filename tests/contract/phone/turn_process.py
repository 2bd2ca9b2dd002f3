"""A process that takes a turn and kills itself after so many of its writes.

`python -m tests.contract.phone.turn_process URL FOLDER` reads numbers, one a line. For each it
forks, and the child dies by SIGKILL right after that write of the turn's transaction; with more
than there are, right after the commit. It answers with what was said before, then with "died".
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import CursorResult, Executable

from backend.conversation.turns.keeping import TurnKeeper
from backend.conversation.turns.types import Draft, HeardTurn
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Parameters, Transaction
from tests.contract.phone.ground import ground_over
from tests.contract.phone.house import House

REMEMBER = "Please remember that my sister Anna has her birthday on the fourth of May."


class Dying(Transaction):
    """A transaction whose process dies after so many writes."""

    def __init__(self, tx: Transaction, writes: int) -> None:
        super().__init__(tx.connection, tx.at)
        self._left = writes
        self.after_commit = tx.after_commit  # type: ignore[method-assign]

    async def execute(
        self,
        statement: Executable,
        parameters: Parameters | None = None,
        *,
        is_told: bool = False,
    ) -> CursorResult[object]:
        result = await super().execute(statement, parameters, is_told=is_told)
        self._left -= 1
        if self._left == 0:
            die()
        return result


class DyingKeeper(TurnKeeper):
    """Keeps turns until it dies of it."""

    writes = 0

    async def keep(self, tx: Transaction, draft: Draft) -> None:
        await super().keep(Dying(tx, self.writes), draft)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, folder: str, writes: int) -> None:
    clock = SystemClock()
    database = Database(url, clock=clock)
    house = House(ground_over(database, clock, Path(folder), Compute(1)))
    await house.meet()
    house.keeper.__class__ = DyingKeeper
    DyingKeeper.writes = writes

    async def listen(piece: str) -> None:
        tell(piece)

    await house.turns.take(await house.party(), HeardTurn(house.turns.new_id(), REMEMBER), listen)
    die()


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for line in sys.stdin:
        child = os.fork()  # the imports are paid for once
        if not child:
            asyncio.run(main(sys.argv[1], sys.argv[2], int(line)))
        _, status = os.waitpid(child, 0)
        tell("died" if os.WTERMSIG(status) == signal.SIGKILL else "lived")
