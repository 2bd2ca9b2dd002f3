"""How each part is, and which of its levels is in use: what health and `ringback doctor` tell."""

from collections.abc import Awaitable
from dataclasses import replace

from sqlalchemy import text

from backend.compose.watching import Watching
from backend.kernel.errors import Unavailable
from backend.platform.health import Check

TALKING = frozenset({"backend", "mobile_api"})
REMEMBERING = TALKING | {"workers"}
STORING = frozenset({"backend", "workers"})  # recordings by the one, backups by both


class Checks(Watching):
    """Looks at every part that the roles use; only without the database nothing works."""

    def add_checks(self) -> None:
        """Have the parts asked that this process stands on."""
        self.health.add("database", self._check_database)
        self.health.add("signals", self._check_signals, is_vital=False)
        if self.roles & REMEMBERING:
            self.health.add("vectors", self._check_vectors, is_vital=False)
            self.health.add("graph", self._check_graph, is_vital=False)
        if self.roles & STORING:
            self.health.add("objects", self._check_objects, is_vital=False)
        if self.roles & TALKING:
            self.health.add("hearing", self._check_hearing, is_vital=False)
            self.health.add("speaking", self._check_speaking, is_vital=False)

    async def _check_database(self) -> Check:
        async with self.database.reading() as connection:
            await connection.execute(text("SELECT 1"))
        return Check(ok=True, detail=self.database.dialect)

    async def _check_signals(self) -> Check:
        seen = await self.signals.check()
        if seen.ok:
            return seen
        return replace(seen, detail=f"{seen.detail}. In use: this process alone.")

    async def _check_vectors(self) -> Check:
        if self.vector_server is None:
            return Check(ok=True, detail=self.vectors.name)
        return await _level(self.vector_server.count(), self.vector_server.name, "exact search")

    async def _check_graph(self) -> Check:
        if self.graph_server is None:
            return Check(ok=True, detail=self.graph.name)
        return await _level(self.graph_server.check(), self.graph_server.name, "relation tables")

    async def _check_objects(self) -> Check:
        if self.stored_objects is not None:
            return await _level(self.stored_objects.exists("check"), "the store", "the folder")
        if self.roles >= STORING:
            return Check(ok=True, detail="a folder in the home")
        return Check(
            ok=False,
            detail="A folder in the home: other processes see none of its recordings and backups.",
            cure="set R2_ENDPOINT, R2_BUCKET and its keys for every role",
        )

    async def _check_hearing(self) -> Check:
        await self.detector.warm()
        await self.transcriber.warm()
        return Check(ok=True, detail=self.transcriber.name)

    async def _check_speaking(self) -> Check:
        await self.voice.warm()
        return Check(ok=True, detail=self.voice.name)


async def _level(asking: Awaitable[object], first: str, last: str) -> Check:
    """Say whether a server answers, and what is asked in its place while it does not."""
    try:
        await asking
    except Unavailable as failure:
        detail = f"{failure.message} In use: {last}."
        return Check(ok=False, detail=detail, cure=failure.cure)
    return Check(ok=True, detail=first)
