"""The conversation over each kind of truth, and its telephone on a real port."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from backend.kernel.clock import Clock
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.tasks import Supervisor
from tests.contract.phone.ground import Ground, ground_over
from tests.contract.phone.house import House


@pytest.fixture
def compute() -> Iterator[Compute]:
    compute = Compute(1)
    yield compute
    compute.close()


@pytest.fixture
def ground(database: Database, clock: Clock, compute: Compute, tmp_path: Path) -> Ground:
    return ground_over(database, clock, tmp_path / "objects", compute)


@pytest.fixture
async def house(ground: Ground) -> House:
    house = House(ground)
    await house.settle()
    return house


@dataclass
class Doors:
    """Serves houses on ports of this machine."""

    supervisor: Supervisor
    clock: Clock
    servers: list[uvicorn.Server]

    async def open(self, house: House) -> str:
        """Serve a house; return its origin."""
        config = uvicorn.Config(
            house.app(),
            port=0,
            ws="websockets-sansio",
            log_level="warning",
            proxy_headers=False,
            lifespan="off",
        )
        server = uvicorn.Server(config)
        self.servers.append(server)
        self.supervisor.start("doors", server.serve())
        while not server.started:
            await self.clock.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"


@pytest.fixture
async def doors(clock: Clock) -> AsyncIterator[Doors]:
    supervisor = Supervisor()
    opened = Doors(supervisor, clock, [])
    async with supervisor:
        yield opened
        for server in opened.servers:
            server.should_exit = True
