"""What the tests of trust hold in their hands."""

from dataclasses import dataclass

from backend.kernel.people import EVERYTHING, Person
from backend.platform.database.engine import Database
from backend.platform.settings import Settings
from backend.trust import Trust
from backend.trust.guard import Guard
from backend.trust.identity import CredentialKind, Identity, Issued, NewCredential
from tests.fakes.clock import FakeClock

ORIGIN = "http://127.0.0.1:7464"


@dataclass
class House:
    """The room, put together as compose does it."""

    database: Database
    identity: Identity
    trust: Trust
    guard: Guard
    settings: Settings
    clock: FakeClock
    owner: Person

    async def add(self, name: str, number: str | None = None, *, is_member: bool = False) -> Person:
        async with self.database.transaction() as tx:
            return await self.identity.add_person(tx, name, number=number, is_member=is_member)

    async def issue(
        self, kind: CredentialKind, person: Person | None = None, *scopes: str
    ) -> Issued:
        holder = person or self.owner
        wanted = NewCredential(
            kind, holder.owner_id, person_id=holder.id, scopes=frozenset(scopes) or EVERYTHING
        )
        async with self.database.transaction() as tx:
            return await self.identity.issue(tx, wanted)

    async def bearer(
        self, kind: CredentialKind, person: Person | None = None, *scopes: str
    ) -> dict[str, str]:
        issued = await self.issue(kind, person, *scopes)
        return {"Authorization": f"Bearer {issued.token}"}

    async def revoke(self, credential_id: str) -> None:
        async with self.database.transaction() as tx:
            await self.identity.revoke(tx, credential_id)
