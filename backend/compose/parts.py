"""A whole instance: its start in order, and its end in reverse."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager, suppress

from backend.compose.checks import REMEMBERING, TALKING, Checks
from backend.conversation.carriage import Carriage
from backend.kernel.errors import RingbackError
from backend.platform.database.migrate import migrate, wait_for_schema
from backend.platform.forgetting import EVICT, evicted
from backend.platform.telemetry.logs import get_logger
from backend.trust.start import prepare

CARRY_OVER_S = 300.0
WISHES_KNOWN_MAX = 64  # to forget, of which this process has heard
FAREWELL_S_MAX = 5.0  # so long the end of all calls may take to be written down

_log = get_logger("compose")


class Parts(Checks):
    """Everything that a process serves with."""

    owner_code = ""  # opens the page as the owner, once

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Parts"]:
        """Start what the roles need, and end it in reverse whatever happens."""
        try:
            await self._start()
            yield self
        finally:
            await self._stop()

    async def say_farewell(self) -> None:
        """End what goes on until somebody ends it: streams, and calls, as ours to end."""
        if "live" in vars(self):
            self.live.close()
        if "conductor" in vars(self):
            with suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL_S_MAX):
                    await self.conductor.stop()

    async def _start(self) -> None:
        await self._open_database()
        await self.signals.start()
        self.supervisor.keep("cache news", self.cache_news.run)
        await self.objects.start()
        if "backend" in self.roles:
            await self._settle_owner()
            await self.meaning.settle()
            await self.healing.settle()
        if self.roles & REMEMBERING:
            self.hold_chroma()  # refused now rather than in the middle of a turn
        self.add_checks()
        await self.watch()
        if self.stored_objects is not None:
            self.supervisor.keep("carry objects over", self._carry_over)
        if self.roles & TALKING:
            self.supervisor.keep("carriage", self._carriage().run)
            self.supervisor.keep("forgotten", self._let_go)
            self.supervisor.start("warm", self._warm())
            self.supervisor.start("load graph", self._load_graph())

    def _carriage(self) -> Carriage:
        # Several processes may share one PostgreSQL; a SQLite file has one process only.
        is_alone = self.database.dialect == "sqlite"
        return Carriage(self.sessions, clock=self.clock, is_alone=is_alone)

    async def _open_database(self) -> None:
        await self.database.start()
        if "backend" in self.roles:
            await migrate(self.database)
        else:
            await wait_for_schema(self.database, self.clock, self.settings.database.schema_wait_s)

    async def _settle_owner(self) -> None:
        """Make the owner, the command line's token and a one-time link; keep the door shut else."""
        code = await prepare(
            database=self.database,
            identity=self.identity,
            home=self.home,
            settings=self.settings,
        )
        self.owner_code = code or ""
        await self.keyrings.ensure()

    async def _warm(self) -> None:
        """Load what a first caller needs, in the order of the need: the ears while one greets."""
        for part in (self.conductor, self.detector, self.transcriber, self.embedder):
            await self._warm_one(part.warm())
        await self._warm_one(self.conductor.rehearse())

    async def _let_go(self) -> None:
        """Keep no word in this process that was forgotten in any other."""
        known: deque[str] = deque(maxlen=WISHES_KNOWN_MAX)
        async with self.signals.subscribe(EVICT) as told:
            async for news in told:
                owner_id, wish = evicted(news)
                await self.conductor.forget(owner_id)
                if wish in known:  # told once more by the job, for those who were killed meanwhile
                    continue
                known.append(wish)
                # What was said again and again lies ready as sound, and nobody knows whose it was.
                self.repertoire.forget()
                self.repertoires.forget()
                await asyncio.to_thread(self.shelf.clear)
                await self._warm_one(self.conductor.warm())
                await self._warm_one(self.conductor.rehearse())

    async def _carry_over(self) -> None:
        """Bring what lies in the folder into the store, now and whenever the store was away."""
        while self.stored_objects is not None:
            await self.stored_objects.carry_over()
            await self.clock.sleep(CARRY_OVER_S)

    async def _load_graph(self) -> None:
        await self._warm_one(self.load_graph())

    async def _warm_one(self, warming: Awaitable[None]) -> None:
        try:
            await warming
        except RingbackError as failure:
            _log.warning("not_warm", code=failure.code, cure=failure.cure)

    async def _stop(self) -> None:
        await self.supervisor.stop()
        built = vars(self)  # a cached part that nobody asked for was never made
        if "monitor" in built:
            await self.health_keeper.end()
        for name in ("voice", "ears", "models", "carrier", "account", "graph_server", "collector"):
            if built.get(name) is not None:
                await built[name].close()
        await self._close_many(built)
        for name in ("objects", "signals", "database"):
            if name in built:
                await built[name].stop()
        if "ears_compute" in built:
            self.ears_compute.close()
        if "compute" in built:
            self.compute.close()

    async def _close_many(self, built: Mapping[str, object]) -> None:
        if "_listers" in built:
            await self.close_listers()
        if "_made" in built:
            await self.close_voices()  # those that somebody prefers as well
        if "chroma_folder" in built:
            self.chroma_folder.close()
