"""How far each import has come: kept with the rows it wrote, in one transaction with them.

Who goes on with an import takes its row first. So two workers never write the same lines, and
whoever forgets has it stand still: once its row is gone, nothing of its file is written any more.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select, update

from backend.kernel.clock import Instant
from backend.kernel.errors import Conflict, RingbackError
from backend.kernel.ids import OwnerId
from backend.memory.porting.types import PROBLEMS_SHOWN
from backend.platform.database.engine import Database
from backend.platform.database.tables import imports
from backend.platform.database.transaction import Transaction

Span = tuple[Instant | None, Instant | None]


class CalledOff(RingbackError):
    """The import was called off."""

    code = "called_off"


@dataclass(slots=True)
class Brought:
    """What became of an import; counts only."""

    added: dict[str, int] = field(default_factory=dict)
    known: int = 0  # was here before
    forgotten: int = 0  # was forgotten here, and stays so
    passed_over: int = 0  # could not be read
    unconfirmed: int = 0  # numbers that nothing trusts until they are confirmed
    conflicts: int = 0  # an id that is here in other words: those stay
    conflicts_at: list[int] = field(default_factory=list)  # the first of them, by line

    def add(self, name: str, count: int) -> None:
        """Count what was written."""
        self.added[name] = self.added.get(name, 0) + count

    def contradict(self, places: Sequence[int]) -> None:
        """Count lines whose id is here already, in other words."""
        self.conflicts += len(places)
        self.conflicts_at += places[: max(0, PROBLEMS_SHOWN - len(self.conflicts_at))]

    def result(self) -> dict[str, Any]:  # Any: JSON
        """Return it as a job's result."""
        return {
            "added": {name: count for name, count in self.added.items() if count},
            "known": self.known,
            "forgotten": self.forgotten,
            "passed_over": self.passed_over,
            "unconfirmed": self.unconfirmed,
            "conflicts": self.conflicts,
            "conflicts_at": list(self.conflicts_at),
        }


@dataclass(slots=True)
class Standing:
    """Where one import stands."""

    owner_id: OwnerId
    import_id: str
    stage: str = ""  # which part of the file is brought
    done: int = 0  # how much of that part is
    brought: Brought = field(default_factory=Brought)

    def begun(self, stage: str) -> int:
        """Return how much of a part is brought already."""
        return self.done if self.stage == stage else 0


class Imports:
    """The rows of what is on its way in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, owner_id: OwnerId, import_id: str, span: Span) -> None:
        """Write down that a file arrives, before it is kept: whoever forgets can find it."""
        async with self._database.transaction() as tx:
            await tx.execute(
                insert(imports).values(
                    id=import_id,
                    owner_id=owner_id,
                    brought=Brought().result(),
                    since=span[0],
                    until=span[1],
                    at=tx.at,
                )
            )

    async def standing(self, owner_id: OwnerId, import_id: str) -> Standing | None:
        """Return where an import stands; None: it is over, or was called off."""
        query = select(imports).where(imports.c.id == import_id, imports.c.owner_id == owner_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return Standing(owner_id, import_id, row.stage, row.done, Brought(**row.brought))

    @asynccontextmanager
    async def step(self, at: Standing, stage: str, count: int) -> AsyncIterator[Transaction]:
        """Open the transaction that brings the next lines of a part; both are kept, or neither.

        Raises CalledOff when there is nothing to go on with, Conflict when somebody else does.
        """
        done = at.begun(stage) + count
        async with self._database.transaction() as tx:
            await self._take(tx, at, stage, done)
            yield tx
            await tx.execute(
                update(imports)
                .where(imports.c.id == at.import_id, imports.c.owner_id == at.owner_id)
                .values(brought=at.brought.result())
            )
        at.stage, at.done = stage, done

    async def end(self, tx: Transaction, at: Standing) -> None:
        """Let go of an import that is wholly brought in; CalledOff when it is none any more."""
        gone = await tx.execute(
            delete(imports).where(imports.c.id == at.import_id, imports.c.owner_id == at.owner_id)
        )
        if gone.rowcount != 1:
            raise CalledOff

    async def sweep(self, before: Instant) -> None:
        """Let go of imports whose upload is not kept any more."""
        async with self._database.transaction() as tx:
            await tx.execute(delete(imports).where(imports.c.at < before))

    async def _take(self, tx: Transaction, at: Standing, stage: str, done: int) -> None:
        mine = (imports.c.id == at.import_id, imports.c.owner_id == at.owner_id)
        taken = await tx.execute(
            update(imports)
            .where(*mine, imports.c.stage == at.stage, imports.c.done == at.done)
            .values(stage=stage, done=done)
        )
        if taken.rowcount == 1:
            return
        if (await tx.execute(select(imports.c.id).where(*mine))).first() is None:
            raise CalledOff
        raise Conflict("Somebody else goes on with this import.")
