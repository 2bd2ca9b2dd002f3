"""The room of trust over a real SQLite database, and an app with its doors."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import Depends, FastAPI, WebSocket

from backend.kernel.people import Actor
from backend.platform.chance import SystemChance, SystemIds
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.events import EventLog
from backend.platform.keys import Keys
from backend.platform.settings import Settings
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.platform.web import Caller, install_error_handlers
from backend.trust import Trust
from backend.trust.audit import Audit
from backend.trust.guard import Guard, chosen_subprotocol
from backend.trust.identity import Identity, Pins
from backend.trust.routes import pin_router, router
from tests.fakes.clock import FakeClock
from tests.unit.backend.trust.house import ORIGIN, House


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every table and nothing in it: made once, copied for each test."""
    file = tmp_path_factory.mktemp("trust") / "empty.db"

    async def make() -> None:
        opened = Database(f"sqlite:///{file}", clock=FakeClock())
        await opened.start()
        await migrate(opened)
        await opened.stop()

    asyncio.run(make())
    return file


@pytest.fixture
async def database(
    empty_database: Path, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Database]:
    file = tmp_path / "ringback.db"
    shutil.copy(empty_database, file)
    opened = Database(f"sqlite:///{file}", clock=clock)
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
async def house(database: Database, clock: FakeClock) -> House:
    keys = Keys(bytes(32))
    identity = Identity(
        database=database, clock=clock, ids=SystemIds(), chance=SystemChance(), keys=keys
    )
    trust = Trust(database=database, audit=Audit(events=EventLog(InProcessSignals())))
    settings = Settings()
    guard = Guard(
        database=database, identity=identity, trust=trust, settings=settings, clock=clock, keys=keys
    )
    async with database.transaction() as tx:
        owner = await identity.ensure_owner(tx)
    return House(database, identity, trust, guard, settings, clock, owner)


@pytest.fixture
def app(house: House) -> FastAPI:
    made = FastAPI()
    install_error_handlers(made)
    made.include_router(
        router(
            database=house.database,
            identity=house.identity,
            guard=house.guard,
            settings=house.settings,
        )
    )

    pins = Pins(database=house.database, keys=Keys(bytes(32)), compute=Compute(1))
    made.include_router(pin_router(pins=pins, identity=house.identity, guard=house.guard))

    @made.get("/v1/memory/mine", dependencies=[Depends(house.guard.require("memory"))])
    async def mine(caller: Caller) -> dict[str, str]:
        return {"owner_id": caller.owner_id}

    @made.post("/v1/memory/mine", dependencies=[Depends(house.guard.require("memory"))])
    async def change_mine(caller: Caller) -> dict[str, str]:
        return {"owner_id": caller.owner_id}

    @made.websocket("/sync/{name}")
    async def sync(websocket: WebSocket) -> None:
        actor: Actor = await house.guard.websocket_actor(websocket, "documents")
        await websocket.accept(subprotocol=chosen_subprotocol(websocket))
        await websocket.send_json({"owner_id": actor.owner_id, "kind": actor.kind})
        await websocket.close()

    return made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app, client=("203.0.113.7", 50000))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as opened:
        yield opened
