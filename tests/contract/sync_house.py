"""The sync door as one process really runs it: a socket, a guard, a log. Also a program:

python -m tests.contract.sync_house DATABASE_URL PORT TOKEN_FILE
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import uvicorn

from backend.documents import DocumentLimits, Documents
from backend.kernel.clock import Clock
from backend.kernel.ids import OwnerId
from backend.kernel.people import Person
from backend.platform.chance import SystemChance, SystemIds
from backend.platform.clock import SystemClock
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.keys import Keys
from backend.platform.settings import Settings
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.platform.tasks import Supervisor
from backend.trust.audit import Audit
from backend.trust.guard import Guard
from backend.trust.identity import CredentialKind, Identity
from backend.trust.identity.types import Issued, NewCredential
from backend.trust.service import Trust
from sync.main import create_app

DEADLINE_S = 15.0


class SyncHouse:
    """Everything that the sync door needs, on a database that may be shared."""

    def __init__(self, database_url: str, clock: Clock | None = None) -> None:
        self.settings = Settings()
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

    async def device(self, person: Person | None = None, scope: str = "documents") -> Issued:
        """Pair a device, the owner's when nobody is named."""
        async with self.database.transaction() as tx:
            person = person or await self.identity.ensure_owner(tx)
            return await self.identity.issue(
                tx,
                NewCredential(
                    kind=CredentialKind.DEVICE,
                    owner_id=person.owner_id,
                    person_id=person.id,
                    scopes=frozenset({scope}),
                ),
            )

    async def member(self, name: str) -> Person:
        """Add somebody with a memory of their own."""
        async with self.database.transaction() as tx:
            return await self.identity.add_person(tx, name, is_member=True)

    async def owner_id(self) -> OwnerId:
        """Return whose instance this is."""
        return (await self.identity.owner()).owner_id

    def url(self, name: str, token: str) -> str:
        """Return the address of a document."""
        return f"ws://127.0.0.1:{self.port}/sync/{name}?token={token}"

    async def start(self, port: int = 0) -> None:
        """Serve on loopback."""
        await self.signals.start()
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            create_app(self), ws="websockets-sansio", log_level="warning", lifespan="off"
        )
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


@dataclass(frozen=True, slots=True)
class Opened:
    """A house that is open, with one device of its owner."""

    house: SyncHouse
    token: str


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[Opened]:
    """Migrate, serve, and stop at the end."""
    house = SyncHouse(database_url)
    await migrate(house.database)
    issued = await house.device()
    await house.start()
    try:
        yield Opened(house, issued.token)
    finally:
        await house.stop()


async def main(database_url: str, port: int, keep_token: Callable[[str], None] | None) -> None:
    """Serve until killed; the token outlives a restart."""
    house = SyncHouse(database_url)
    await migrate(house.database)
    if keep_token is not None:
        keep_token((await house.device()).token)
    await house.start(port)
    await house.clock.sleep(1e9)


if __name__ == "__main__":
    token_file = Path(sys.argv[3])

    def keep(token: str) -> None:
        """Write the token down for whoever started us."""
        token_file.write_text(token)

    asyncio.run(main(sys.argv[1], int(sys.argv[2]), None if token_file.exists() else keep))
