"""A streaming replica of PostgreSQL: asked for what may be a moment old, as long as it keeps up."""

import asyncio
from contextlib import AsyncExitStack

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.kernel.clock import Clock

LOOK_S = 1.0  # so often its lag is looked at
ANSWER_S = 1.0  # a replica that is slower than the primary helps nobody
_WRITTEN = text("SELECT CAST(pg_current_wal_lsn() AS text)")
_LAG = text(
    "SELECT CASE WHEN NOT pg_is_in_recovery() THEN -1 "
    "WHEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), CAST(:written AS pg_lsn)) >= 0 THEN 0 "
    "ELSE coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 1e9) END"
)


class Replica:
    """Knows whether it may be asked; whoever is refused asks the primary."""

    def __init__(
        self, engine: AsyncEngine, *, primary: AsyncEngine, clock: Clock, lag_s_max: float
    ) -> None:
        self._engine, self._primary, self._clock = engine, primary, clock
        self._lag_s_max = lag_s_max
        self._looked_at = float("-inf")
        self._is_caught_up = False
        self._looking = asyncio.Lock()

    async def open(self, held: AsyncExitStack) -> AsyncConnection | None:
        """Return a snapshot of the replica; None when it is away or too far behind."""
        if not await self.is_caught_up():
            return None
        try:
            async with asyncio.timeout(ANSWER_S):
                connection = await held.enter_async_context(self._engine.connect())
                await held.enter_async_context(connection.begin())
        except (DBAPIError, PoolTimeout, TimeoutError, OSError):
            self.leave()
            return None
        return connection

    async def is_caught_up(self) -> bool:
        """Say whether it has, give or take a moment, what the primary has."""
        async with self._looking:
            now = self._clock.monotonic()
            if now - self._looked_at >= LOOK_S:
                self._is_caught_up = await self._look()
                self._looked_at = now
        return self._is_caught_up

    def leave(self) -> None:
        """Ask the primary until the replica was looked at again."""
        self._is_caught_up = False
        self._looked_at = self._clock.monotonic()

    async def stop(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def _look(self) -> bool:
        try:
            async with asyncio.timeout(ANSWER_S):
                async with self._primary.connect() as connection:
                    written = (await connection.execute(_WRITTEN)).scalar_one()
                async with self._engine.connect() as connection:
                    found = await connection.execute(_LAG, {"written": written})
                    lag_s = float(found.scalar_one())
        except (DBAPIError, PoolTimeout, TimeoutError, OSError):
            return False
        return 0 <= lag_s <= self._lag_s_max  # below: it is no replica, but another truth
