"""A line on which an exchange is going on, for the tests of exchanges."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from backend.conversation.carriers import (
    HungUp,
)
from backend.conversation.sessions import Party
from backend.kernel.events import (
    Said,
)
from backend.kernel.people import Assurance
from backend.platform.database.tables import conversations
from backend.platform.tasks import Supervisor
from tests.contract.phone.house import House
from tests.fakes.line import FakeLine


@dataclass
class Talk:
    """A line on which an exchange is going on."""

    house: House
    line: FakeLine
    party: Party
    running: asyncio.Task[None]

    async def ended(self) -> dict[str, Any]:
        """Wait until it is over; return its row."""
        async with asyncio.timeout(20):
            await asyncio.wait({self.running})
        [row] = await self.house.rows(conversations)
        return row

    async def hang_up(self) -> dict[str, Any]:
        self.line.come(HungUp("caller"))
        return await self.ended()


@asynccontextmanager
async def talking(
    house: House, line: FakeLine, assurance: Assurance = Assurance.VERIFIED
) -> AsyncIterator[Talk]:
    party = await house.party(assurance, carrier=line.carrier)
    async with Supervisor() as supervisor:
        running = supervisor.start("exchange", house.conductor.converse(line, party))
        yield Talk(house, line, party, running)


def spoken(line: FakeLine) -> list[str]:
    return [said.text for said in line.told if isinstance(said, Said)]
