"""What the doors that are served from a socket need around them: a guard, documents, a server."""

import asyncio
import socket
from functools import cached_property

import uvicorn
from fastapi import FastAPI

from backend.documents import DocumentLimits, Documents
from backend.kernel.clock import Clock
from backend.kernel.people import Person
from backend.platform.chance import SystemChance, SystemIds
from backend.platform.clock import SystemClock
from backend.platform.database.engine import Database
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.keys import Keys
from backend.platform.settings import Settings
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.platform.tasks import Supervisor
from backend.trust.audit import Audit
from backend.trust.guard import Guard
from backend.trust.identity import Identity
from backend.trust.service import Trust

DEADLINE_S = 15.0


class DoorHouse:
    """The rooms behind a door, on a database that may be shared, and its port on loopback."""

    def __init__(
        self, database_url: str, *, settings: Settings | None = None, clock: Clock | None = None
    ) -> None:
        self.settings = settings or Settings()
        self.clock: Clock = clock or SystemClock()
        self.ids = SystemIds(self.clock)
        self.signals = InProcessSignals()
        self.supervisor = Supervisor(self.clock)
        self.database = Database(database_url, clock=self.clock)
        self.events = EventLog(self.signals)
        self.jobs = Ledger(self.database, self.clock, self.ids, self.signals)
        self.keys = Keys(b"k" * 32)
        self.port = 0
        self._server: uvicorn.Server | None = None

    @cached_property
    def identity(self) -> Identity:
        """Who is known."""
        return Identity(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            chance=SystemChance(),
            keys=self.keys,
        )

    @cached_property
    def guard(self) -> Guard:
        """Who stands at the door."""
        return Guard(
            database=self.database,
            identity=self.identity,
            trust=Trust(database=self.database, audit=Audit(events=self.events)),
            settings=self.settings,
            clock=self.clock,
            keys=self.keys,
        )

    @cached_property
    def documents(self) -> Documents:
        """The shared documents."""
        return Documents(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            events=self.events,
            signals=self.signals,
            jobs=self.jobs,
            limits=DocumentLimits(),
        )

    async def member(self, name: str) -> Person:
        """Add somebody with a memory of their own."""
        async with self.database.transaction() as tx:
            return await self.identity.add_person(tx, name, is_member=True)

    async def serve(self, app: FastAPI, port: int = 0, *, log_level: str = "critical") -> None:
        """Serve on loopback, on any free port when none is wanted."""
        await self.signals.start()
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(app, ws="websockets-sansio", log_level=log_level, lifespan="off")
        self._server = server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        self._serving = self.supervisor.start("server", server.serve(sockets=[listener]))
        async with asyncio.timeout(DEADLINE_S):
            while not server.started:
                await self.clock.sleep(0.01)

    async def stop(self) -> None:
        """Stop as a process does."""
        if self._server is not None:
            self._server.should_exit = True
            self._server.force_exit = True
            await self._serving
        await self.supervisor.stop()
        await self.signals.stop()
        await self.database.stop()
