"""The live feed on a real port over any truth, and its two kinds of readers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from backend.console.live import LiveFeed, LiveLimits, router
from backend.kernel.clock import Clock
from backend.kernel.people import Person
from backend.platform.chance import SystemChance, SystemIds
from backend.platform.database.engine import Database
from backend.platform.events import EventLog
from backend.platform.keys import Keys
from backend.platform.settings import Settings
from backend.platform.signals.port import Signals
from backend.platform.tasks import Supervisor
from backend.platform.telemetry.metrics import Metrics
from backend.platform.web import install_error_handlers
from backend.trust import Trust
from backend.trust.audit import Audit
from backend.trust.guard import Guard
from backend.trust.identity import CredentialKind, Identity
from backend.trust.identity.types import NewCredential

DEADLINE_S = 30.0
PERSONAL = frozenset({"feed", "memory"})


@dataclass
class LiveHouse:
    """One process's share of the feed."""

    database: Database
    signals: Signals
    clock: Clock
    limits: LiveLimits = field(default_factory=lambda: LiveLimits(poll_s=0.5, beat_s=0.2))

    def __post_init__(self) -> None:
        settings, keys = Settings(), Keys(bytes(32))
        self.ids, self.events = SystemIds(self.clock), EventLog(self.signals)
        self.metrics = Metrics()
        self.identity = Identity(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            chance=SystemChance(),
            keys=keys,
        )
        self.guard = Guard(
            database=self.database,
            identity=self.identity,
            trust=Trust(database=self.database, audit=Audit(events=self.events)),
            settings=settings,
            clock=self.clock,
            keys=keys,
        )
        self.feed = LiveFeed(
            database=self.database,
            events=self.events,
            signals=self.signals,
            credentials=self.identity,
            clock=self.clock,
            limits=self.limits,
        )
        self.supervisor = Supervisor(self.clock)
        self.url = ""

    def app(self) -> FastAPI:
        app = FastAPI()
        install_error_handlers(app)
        app.include_router(router(feed=self.feed, guard=self.guard, metrics=self.metrics))
        return app

    async def owner(self) -> Person:
        async with self.database.transaction() as tx:
            return await self.identity.ensure_owner(tx, name="Sam")

    async def member(self, name: str) -> Person:
        async with self.database.transaction() as tx:
            return await self.identity.add_person(tx, name, is_member=True)

    async def token(self, person: Person, scopes: frozenset[str] = PERSONAL) -> str:
        wanted = NewCredential(
            CredentialKind.API, person.owner_id, person_id=person.id, scopes=scopes
        )
        async with self.database.transaction() as tx:
            return (await self.identity.issue(tx, wanted)).token

    async def happen(self, person: Person, *numbers: int, kind: str = "happened") -> None:
        """Write one event a number, each in a transaction of its own."""
        for number in numbers:
            async with self.database.transaction() as tx:
                await self.events.append(
                    tx,
                    owner_id=person.owner_id,
                    stream=f"owner:{person.owner_id}",
                    kind=kind,
                    payload={"number": number},
                    actor="test",
                )

    async def start(self) -> None:
        config = uvicorn.Config(
            self.app(), port=0, ws="websockets-sansio", log_level="critical", lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._serving = self.supervisor.start("server", self._server.serve())
        async with asyncio.timeout(DEADLINE_S):
            while not self._server.started:
                await self.clock.sleep(0.01)
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self.feed.close()
        self._server.should_exit = True
        self._server.force_exit = True
        await self._serving
        await self.supervisor.stop()

    # ── readers ──────────────────────────────────────────────────────────────────────────────
    @asynccontextmanager
    async def sse(
        self, token: str, *, last_id: str = "", after: int | None = None
    ) -> AsyncIterator["SseReader"]:
        headers = {"Authorization": f"Bearer {token}"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        query = {} if after is None else {"after": after}
        async with (
            self.client() as client,
            client.stream(
                "GET", "/v1/events", headers=headers, params=query, timeout=DEADLINE_S
            ) as answer,
        ):
            yield SseReader(answer)

    def client(self) -> httpx2.AsyncClient:
        # No certificates are read for what never leaves this machine: that takes 50 ms each time.
        return httpx2.AsyncClient(base_url=self.url, trust_env=False, verify=False)

    @asynccontextmanager
    async def socket(self, token: str, *, cursor: str = "") -> AsyncIterator["SocketReader"]:
        address = f"{self.url.replace('http', 'ws', 1)}/v1/events"
        if cursor:
            address += f"?cursor={cursor}"
        headers = {"Authorization": f"Bearer {token}"}
        # Without a bound on its queue: a client that reads no more would not see the close.
        async with connect(address, additional_headers=headers, max_queue=None) as connection:
            yield SocketReader(connection)


class SseReader:
    """Reads server-sent events as a browser does."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer
        self.last_id = ""
        self.heartbeats = 0
        self._lines = answer.aiter_lines()

    async def read(self, count: int) -> list[str]:
        """Return the data of so many events; the first of all tells where it begins."""
        async with asyncio.timeout(DEADLINE_S):
            return [await self._next() for _ in range(count)]

    async def beat(self) -> None:
        """Return at the next sign of life."""
        async with asyncio.timeout(DEADLINE_S):
            async for line in self._lines:
                if line.startswith(":"):
                    return

    async def end(self) -> list[str]:
        """Read to the end of the stream."""
        async with asyncio.timeout(DEADLINE_S):
            return [line async for line in self._lines]

    async def _next(self) -> str:
        data = ""
        async for line in self._lines:
            if line.startswith("id: "):
                self.last_id = line.removeprefix("id: ")
            elif line.startswith("data: "):
                data = line.removeprefix("data: ")
            elif not line and data:
                return data
        raise EOFError


class SocketReader:
    """Reads the feed's socket."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.cursor = ""

    async def read(self, count: int) -> list[str]:
        async with asyncio.timeout(DEADLINE_S):
            texts = [str(await self.connection.recv()) for _ in range(count)]
        self.cursor = str(json.loads(texts[-1])["cursor"])
        return texts

    async def closed(self) -> tuple[int, str]:
        """Return why it was closed, whatever comes before."""
        async with asyncio.timeout(DEADLINE_S):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code, self.connection.close_reason


@asynccontextmanager
async def live_house(house: LiveHouse) -> AsyncIterator[LiveHouse]:
    """Serve the feed as long as the test runs."""
    await house.start()
    try:
        yield house
    finally:
        await house.stop()
