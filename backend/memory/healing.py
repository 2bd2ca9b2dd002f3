"""Has a damaged index made anew, by whoever meets the damage first; the truth goes on meanwhile."""

from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import MINUTE, Clock
from backend.kernel.errors import RingbackError
from backend.platform.database import search_repair
from backend.platform.database.engine import Database
from backend.platform.database.tables import jobs
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import JobState, NewJob
from backend.platform.telemetry.logs import get_logger

JOB = "upkeep.rebuild"
WISH_S = 60.0  # one process asks no more often
WINDOW = 10 * MINUTE  # in which all wishes for the same index are one job
OPEN = (JobState.WAITING.value, JobState.LEASED.value)

_log = get_logger("memory")


class Healing:
    """Promises repairs, each once in a while."""

    def __init__(self, *, database: Database, jobs: Ledger, clock: Clock) -> None:
        self._database, self._jobs, self._clock = database, jobs, clock
        self._wished_at: dict[str, float] = {}

    async def settle(self) -> None:
        """Have full text completed whose words were cut by another version."""
        async with self._database.reading() as connection:
            noted = await search_repair.state(connection)
            is_empty = await search_repair.is_empty(connection)
        if noted == search_repair.VERSION:
            return
        async with self._database.transaction() as tx:
            if is_empty:
                await search_repair.note(tx, search_repair.VERSION)
                return
            if not noted:
                await search_repair.note(tx, search_repair.OLD)
            await self.wish_in(tx, "search")

    async def wish(self, projection: str) -> None:
        """Have an index made anew; who asks has an answer to give and waits for nothing."""
        now = self._clock.monotonic()
        if now - self._wished_at.get(projection, float("-inf")) < WISH_S:
            return
        self._wished_at[projection] = now
        _log.warning("index_damaged", index=projection)
        with suppress(RingbackError):  # a database that can't be written now is met again
            async with self._database.transaction() as tx:
                await self.wish_in(tx, projection)

    async def wish_in(self, tx: Transaction, projection: str) -> None:
        """Have an index made anew as part of what goes on."""
        job = NewJob(JOB, {"projection": projection}, key=f"{JOB}:{projection}:{tx.at // WINDOW}")
        await self._jobs.add(tx, job)

    async def is_under_way(self, connection: AsyncConnection, projection: str) -> bool:
        """Say whether an index is being made anew."""
        query = select(jobs.c.payload).where(jobs.c.name == JOB, jobs.c.state.in_(OPEN))
        found = await connection.execute(query)
        return any(row.payload.get("projection") == projection for row in found)
