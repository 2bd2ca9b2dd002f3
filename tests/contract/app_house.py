"""The app's door as one process really runs it: sockets, a guard, a database, an echo."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from backend.conversation.sessions import Sessions
from backend.kernel.people import Person
from backend.platform.database.migrate import migrate
from backend.platform.settings import LimitSettings, Settings
from backend.platform.web import SecurityHeaders, install_error_handlers
from backend.trust.identity import CredentialKind
from backend.trust.identity.types import DEVICE_SCOPES, NewCredential
from backend.trust.routes import router as trust_router
from mobile_api.calls import Limits, LiveDoor, Register, live_router
from mobile_api.main import routers as app_routers
from sync.main import routers as sync_routers
from tests.contract.door_house import DEADLINE_S, DoorHouse
from tests.fakes.conductor import EchoConductor

Message = dict[str, Any]


class AppHouse(DoorHouse):
    """Everything that the app's door needs; with `limits` the live socket has its own."""

    def __init__(self, database_url: str, limits: Limits | None = None) -> None:
        super().__init__(database_url, settings=Settings(limits=LimitSettings(devices_max=3)))
        self.conductor = EchoConductor()
        self.sessions = Sessions(database=self.database, ids=self.ids, events=self.events)
        self._limits = limits

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def app(self) -> FastAPI:
        app = FastAPI()
        install_error_handlers(app)
        if self._limits is not None:  # before the door's own: the first route that fits serves
            app.include_router(live_router(self._narrow_door(self._limits)))
        for router in (*app_routers(self), *sync_routers(self)):
            app.include_router(router)
        app.include_router(
            trust_router(
                database=self.database,
                identity=self.identity,
                guard=self.guard,
                settings=self.settings,
            )
        )
        app.add_middleware(SecurityHeaders)
        return app

    def _narrow_door(self, limits: Limits) -> LiveDoor:
        return LiveDoor(
            guard=self.guard,
            identity=self.identity,
            sessions=self.sessions,
            conductor=self.conductor,
            register=Register(
                credentials=self.identity,
                clock=self.clock,
                supervisor=self.supervisor,
                limits=limits,
            ),
            clock=self.clock,
        )

    async def token(
        self, kind: CredentialKind = CredentialKind.DEVICE, person: Person | None = None
    ) -> str:
        """Return a token of somebody, the owner's when nobody is named."""
        scopes = frozenset({"*"}) if kind is CredentialKind.CLI else DEVICE_SCOPES
        async with self.database.transaction() as tx:
            person = person or await self.identity.ensure_owner(tx, name="Sam")
            wanted = NewCredential(kind, person.owner_id, person_id=person.id, scopes=scopes)
            return (await self.identity.issue(tx, wanted)).token

    @asynccontextmanager
    async def line(self, first: Message | None = None) -> AsyncIterator["AppLineClient"]:
        """Open a live socket; with a first message, say it."""
        async with connect(f"ws://127.0.0.1:{self.port}/v1/live", max_size=None) as connection:
            client = AppLineClient(connection)
            if first is not None:
                await client.say(first)
            yield client

    async def start(self) -> None:
        await self.serve(self.app())


class AppLineClient:
    """What a test does with one live socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, message: Message) -> None:
        await self.connection.send(json.dumps(message))

    async def hear(self, kind: str) -> Message:
        """Return the next text message of a type, whatever comes before it."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                received = await self.connection.recv()
                if isinstance(received, str) and json.loads(received)["type"] == kind:
                    message: Message = json.loads(received)
                    return message

    async def sound(self, size: int) -> bytes:
        """Return so much speech, without its headers."""
        heard = bytearray()
        async with asyncio.timeout(DEADLINE_S):
            while len(heard) < size:
                received = await self.connection.recv()
                if isinstance(received, bytes):
                    heard += received[8:]
        return bytes(heard)

    async def close_code(self) -> int:
        """Return why the server closed."""
        async with asyncio.timeout(DEADLINE_S):
            with contextlib.suppress(ConnectionClosed):
                while True:  # unread messages would keep the close from being seen
                    await self.connection.recv()
        code = self.connection.close_code
        assert code is not None
        return code


@asynccontextmanager
async def app_house(
    folder: Path, limits: Limits | None = None, *, make: type[AppHouse] = AppHouse
) -> AsyncIterator[AppHouse]:
    """Open the house on an empty database, and close it whatever happens."""
    house = make(f"sqlite:///{folder / 'app.db'}", limits)
    await house.database.start()
    await migrate(house.database)
    await house.start()
    try:
        yield house
    finally:
        await house.stop()
