"""Which processes run jobs, and of which families: each says now and then that it is there."""

import json
from collections import Counter
from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import DAY, SECOND, Clock, Instant
from backend.kernel.errors import RingbackError
from backend.platform.database.engine import Database
from backend.platform.database.tables import instance
from backend.platform.telemetry.logs import get_logger

PREFIX = "runner:"
SAY_S = 10.0
GONE_S = 35.0  # three of those were missed: it was killed, or it hangs

_log = get_logger("workers")


class Presence:
    """One process that runs jobs."""

    def __init__(
        self, *, database: Database, clock: Clock, holder: str, families: Collection[str]
    ) -> None:
        self._database, self._clock = database, clock
        self._key, self._families = f"{PREFIX}{holder}", sorted(families)

    async def run(self) -> None:
        """Say for ever that it is there; at the end, that it is not any more."""
        try:
            while True:
                await self._try_to_say()
                await self._clock.sleep(SAY_S)
        finally:
            await self.leave()

    async def say(self) -> None:
        """Say that it is there, and clear away who was killed long ago."""
        # A power cut may take it back: then nobody was there anyway.
        async with self._database.transaction(is_durable=False) as tx:
            said = json.dumps({"at": tx.at, "families": self._families})
            into = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
            there = into(instance).values(key=self._key, value=said)
            renewed = await tx.execute(
                update(instance).where(instance.c.key == self._key).values(value=said)
            )
            if renewed.rowcount:
                return
            await tx.execute(there.on_conflict_do_nothing())
            known = await _said(tx.connection)
            old = [key for key, (at, _) in known.items() if at < tx.at - DAY]
            await tx.execute(delete(instance).where(instance.c.key.in_(old)))

    async def _try_to_say(self) -> None:
        try:
            await self.say()
        except (RingbackError, DBAPIError) as trouble:
            _log.warning("presence_unsaid", failure=trouble)

    async def leave(self) -> None:
        """Say that it is there no longer."""
        try:
            async with self._database.transaction(is_durable=False) as tx:
                await tx.execute(delete(instance).where(instance.c.key == self._key))
        except (RingbackError, DBAPIError) as trouble:
            _log.warning("presence_unsaid", failure=trouble)


async def hands(connection: AsyncConnection, now: Instant) -> Counter[str]:
    """Return how many processes that are there run each family's jobs."""
    found: Counter[str] = Counter()
    for at, families in (await _said(connection)).values():
        if abs(now - at) <= GONE_S * SECOND:
            found.update(families)
    return found


async def _said(connection: AsyncConnection) -> dict[str, tuple[int, list[str]]]:
    query = select(instance.c.key, instance.c.value).where(instance.c.key.startswith(PREFIX))
    found: dict[str, tuple[int, list[str]]] = {}
    for row in await connection.execute(query):
        try:
            told = json.loads(row.value)
            found[row.key] = int(told["at"]), [str(family) for family in told["families"]]
        except (ValueError, KeyError, TypeError):
            found[row.key] = 0, []  # damaged: nobody, and cleared away
    return found
