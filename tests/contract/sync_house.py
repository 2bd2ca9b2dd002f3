"""The sync door as one process really runs it: a socket, a guard, a log. Also a program:

python -m tests.contract.sync_house DATABASE_URL PORT TOKEN_FILE
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.kernel.clock import Clock
from backend.kernel.ids import OwnerId
from backend.kernel.people import Person
from backend.platform.database.migrate import migrate
from backend.trust.identity import CredentialKind
from backend.trust.identity.types import Issued, NewCredential
from sync.main import create_app
from tests.contract.door_house import DoorHouse


class SyncHouse(DoorHouse):
    """Everything that the sync door needs, on a database that may be shared."""

    def __init__(self, database_url: str, clock: Clock | None = None) -> None:
        super().__init__(database_url, clock=clock)

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

    async def owner_id(self) -> OwnerId:
        """Return whose instance this is."""
        return (await self.identity.owner()).owner_id

    def url(self, name: str, token: str) -> str:
        """Return the address of a document."""
        return f"ws://127.0.0.1:{self.port}/sync/{name}?token={token}"

    async def start(self, port: int = 0) -> None:
        """Serve on loopback."""
        await self.serve(create_app(self), port, log_level="warning")


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
