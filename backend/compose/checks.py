"""How each part is, and which of its levels is in use: what health and `ringback doctor` tell."""

from collections.abc import Awaitable
from dataclasses import replace

from sqlalchemy import text

from backend.compose.clouds import Clouds
from backend.kernel.errors import Unavailable
from backend.platform.database import search, search_repair
from backend.platform.health import Check
from backend.platform.health.gently import Gently
from backend.platform.health.machine import disk, loop_lag, memory

TALKING = frozenset({"backend", "mobile_api"})
REMEMBERING = TALKING | {"workers"}
STORING = frozenset({"backend", "workers"})  # recordings by the one, backups by both


class Checks(Clouds):
    """Looks at every part that the roles use; only without the database nothing works."""

    def add_checks(self) -> None:
        """Have the parts asked that this process stands on."""
        self.health.add("database", self._check_database)
        self.health.add("disk", self._check_disk, is_vital=False)
        self.health.add("memory", self._check_memory, is_vital=False)
        self.health.add("loop", self._check_loop, is_vital=False)
        self.health.add("signals", self._check_signals, is_vital=False)
        if self.roles & STORING:
            self.health.add("jobs", self.pulse.check, is_vital=self.roles == {"workers"})
            self.health.add("failed jobs", self.pulse.check_dead, is_vital=False)
            compared = Gently(self.nightly.check, clock=self.clock)
            self.health.add("integrity", compared.check, is_vital=False, pulse=compared.pulse)
        if self.roles & REMEMBERING:
            self.health.add("vectors", self._check_vectors, is_vital=False)
            self.health.add("search", self._check_search, is_vital=False)
            self.health.add("graph", self._check_graph, is_vital=False)
        if self.roles & STORING:
            self.health.add("objects", self._check_objects, is_vital=False)
        if self.roles & TALKING:
            # Asked thoroughly they transcribe and speak: too dear for every few seconds.
            self.health.add(
                "hearing", self._check_hearing, is_vital=False, pulse=self._feel_hearing
            )
            self.health.add(
                "speaking", self._check_speaking, is_vital=False, pulse=self._feel_speaking
            )
            self.add_providers()
        if self.roles & STORING:
            self.add_account()
        if self.alarms.names:
            asking = Gently(self.alarms.check, clock=self.clock)
            self.health.add("alarms", asking.check, is_vital=False, pulse=asking.pulse)

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
        space = self.spaces.of((await self.spaces.plan()).live)
        async with self.database.reading() as connection:
            if await self.healing.is_under_way(connection, "vectors"):
                return Check(
                    ok=False,
                    detail=f"{self.index_name} is being made anew. In use: exact search.",
                    cure="ringback jobs list",
                )
        if self.index_name == "exact":
            return Check(ok=True, detail=f"{space.index.name}, {space.model}")
        return await _level(space.index.count(), space.index.name, "exact search")

    async def _check_search(self) -> Check:
        async with self.database.reading() as connection:
            if not await search_repair.is_whole(connection):
                return Check(
                    ok=False,
                    detail="The full text is being made anew. In use: the messages themselves.",
                    cure="ringback jobs list",
                )
        try:
            async with self.database.reading() as connection, search.letting_go(connection):
                await search.probe(connection)
        except search.SearchDamaged:
            await self.healing.wish("search")  # nobody needs to ask for what is lost first
            raise
        return Check(ok=True, detail="full text")

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
        return self.hearing_check()

    async def _check_speaking(self) -> Check:
        await self.voice.warm()
        return self.speaking_check()

    # ── the machine ──────────────────────────────────────────────────────────────────────────
    async def _check_disk(self) -> Check:
        return disk(self.home.path, free_mb_min=self.settings.health.disk_mb)

    async def _check_memory(self) -> Check:
        return memory(self.settings.health.memory_mb)

    async def _check_loop(self) -> Check:
        return loop_lag(self.monitor.lag_s)

    # ── what would be dear to ask every few seconds ──────────────────────────────────────────
    async def _feel_hearing(self) -> Check:
        return self.hearing_check()

    async def _feel_speaking(self) -> Check:
        return self.speaking_check()


async def _level(asking: Awaitable[object], first: str, last: str) -> Check:
    """Say whether a server answers, and what is asked in its place while it does not."""
    try:
        await asking
    except Unavailable as failure:
        detail = f"{failure.message} In use: {last}."
        return Check(ok=False, detail=detail, cure=failure.cure)
    return Check(ok=True, detail=first)
