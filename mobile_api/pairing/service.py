"""Offers pairing codes, turns them into devices, and takes devices away again."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from starlette.requests import HTTPConnection

from backend.kernel.errors import Conflict, Forbidden, Missing
from backend.kernel.ids import OwnerId
from backend.kernel.people import Actor, ActorKind
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.trust.identity import Credential, CredentialKind, Issued, NewCredential, Redeemed
from backend.trust.identity.types import DEVICE_SCOPES

PAIRERS = frozenset({ActorKind.SESSION, ActorKind.CLI})
"""Who may add and remove devices: a person at the page or the command line, never a device."""


class Credentials(Protocol):
    """What is needed of trust's identity."""

    async def issue(self, tx: Transaction, wanted: NewCredential) -> Issued:
        """Make a credential."""
        ...

    async def credentials(
        self, kind: CredentialKind, *, owner_id: OwnerId | None = None
    ) -> list[Credential]:
        """Return what is not revoked of one kind."""
        ...

    async def revoke(
        self, tx: Transaction, credential_id: str, *, owner_id: OwnerId | None = None
    ) -> None:
        """Withdraw a credential."""
        ...


class Redeemer(Protocol):
    """What is needed of trust's guard: it counts wrong codes against the address they come from."""

    def redeeming(
        self, kind: CredentialKind, code: str, connection: HTTPConnection
    ) -> AbstractAsyncContextManager[tuple[Transaction, Redeemed]]:
        """Spend a one-use code in the transaction that makes what it is spent for."""
        ...


class Pairing:
    """The verbs of pairing."""

    def __init__(
        self, *, database: Database, identity: Credentials, guard: Redeemer, devices_max: int
    ) -> None:
        self._database, self._identity, self._guard = database, identity, guard
        self._devices_max = devices_max

    async def offer(self, actor: Actor) -> Issued:
        """Make a one-use code for a new device of this person."""
        if actor.kind not in PAIRERS:
            raise Forbidden("A device can't pair another one.", cure="ringback devices pair")
        held = await self._identity.credentials(CredentialKind.DEVICE, owner_id=actor.owner_id)
        if len(held) >= self._devices_max:
            raise Conflict("There are too many devices.", cure="ringback devices remove ID")
        wanted = NewCredential(CredentialKind.PAIRING, actor.owner_id, person_id=actor.person_id)
        async with self._database.transaction() as tx:
            return await self._identity.issue(tx, wanted)

    async def accept(self, code: str, name: str, connection: HTTPConnection) -> tuple[Issued, str]:
        """Spend a code; return the new device's credential and whose it is."""
        spending = self._guard.redeeming(CredentialKind.PAIRING, code, connection)
        async with spending as (tx, redeemed):
            holder = redeemed.actor
            wanted = NewCredential(
                CredentialKind.DEVICE,
                holder.owner_id,
                person_id=holder.person_id,
                scopes=DEVICE_SCOPES,
                name=name,
            )
            return await self._identity.issue(tx, wanted), holder.name

    async def devices(self, actor: Actor) -> list[Credential]:
        """Return the devices of this memory, without their secrets."""
        return await self._identity.credentials(CredentialKind.DEVICE, owner_id=actor.owner_id)

    async def remove(self, actor: Actor, device_id: str) -> None:
        """Make a device's token worthless at once; a device may remove itself alone."""
        if actor.kind not in PAIRERS and actor.credential_id != device_id:
            raise Forbidden("A device can only remove itself.")
        # Looked up first, so that this door can't withdraw a session or a token of another kind.
        if not any(device.id == device_id for device in await self.devices(actor)):
            raise Missing("There is no such device.")
        async with self._database.transaction() as tx:
            await self._identity.revoke(tx, device_id, owner_id=actor.owner_id)
