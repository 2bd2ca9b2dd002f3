"""The one table of secrets: made once, kept hashed, checked, spent and revoked."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, Select, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import DAY, MINUTE, Instant, later
from backend.kernel.errors import Conflict, Missing, Unauthorised
from backend.kernel.ids import Ids, OwnerId, PersonId
from backend.kernel.people import Actor, ActorKind, Assurance, Role
from backend.platform.database.tables import credentials, people
from backend.platform.database.transaction import Transaction
from backend.trust.identity.tokens import Tokens
from backend.trust.identity.types import (
    HOLDERS,
    LIFETIME,
    PERSONAL_SCOPES,
    Context,
    Credential,
    CredentialKind,
    Issued,
    NewCredential,
    Redeemed,
)

HELD_EACH_MAX = 200  # of one kind and one owner, live at once
LISTED_MAX = 1000
KEPT_WHEN_DEAD = 7 * DAY  # long enough to look into what happened
TOUCH_EVERY = MINUTE  # `last_used_at` is for people's eyes: one write a minute is enough

# A row joins five tables' worth of types; SQLAlchemy can't name them for us.
CredentialRow = Row[Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A credential that was recognised, and until when that says anything."""

    actor: Actor
    expires_at: Instant | None
    last_used_at: Instant | None

    def check(self, at: Instant) -> None:
        """Raise when it has become too old since it was read."""
        if self.expires_at is not None and self.expires_at <= at:
            raise Unauthorised

    def is_stale(self, at: Instant) -> bool:
        """Say whether its last use should be written down."""
        return self.last_used_at is None or self.last_used_at + TOUCH_EVERY <= at


class Credentials:
    """Issues, recognises and withdraws secrets."""

    def __init__(self, *, ids: Ids, tokens: Tokens) -> None:
        self._ids, self._tokens = ids, tokens

    async def issue(self, tx: Transaction, wanted: NewCredential) -> Issued:
        """Make a credential; its token is returned now and never again."""
        if wanted.kind in HOLDERS:
            held = await self.held(tx.connection, wanted.owner_id, wanted.kind, at=tx.at)
            if len(held) >= HELD_EACH_MAX:
                raise Conflict(
                    f"There are {HELD_EACH_MAX} credentials of this kind already.",
                    cure="Revoke those that nobody uses.",
                )
        token = self._tokens.make(wanted.kind)
        return await self.keep(tx, wanted, token=token, expires_at=_expiry(tx.at, wanted))

    async def keep(
        self, tx: Transaction, wanted: NewCredential, *, token: str, expires_at: Instant | None
    ) -> Issued:
        """Record a credential whose secret is given, as the owner's code of a container is."""
        identifier = self._ids.new()
        await tx.execute(
            insert(credentials).values(
                id=identifier,
                owner_id=wanted.owner_id,
                person_id=wanted.person_id or "",
                kind=wanted.kind.value,
                token_hash=self._tokens.hash(wanted.kind, token),
                name=wanted.name,
                scopes=sorted(wanted.scopes),
                context=dict(wanted.context),
                uses_left=None if wanted.kind in HOLDERS else 1,
                created_at=tx.at,
                expires_at=expires_at,
            )
        )
        return Issued(identifier, token, expires_at)

    async def is_known(
        self, connection: AsyncConnection, kind: CredentialKind, secret: str
    ) -> bool:
        """Say whether this secret was ever recorded, spent or not."""
        query = select(credentials.c.id).where(
            credentials.c.token_hash == self._tokens.hash(kind, secret)
        )
        return (await connection.execute(query)).first() is not None

    async def recognise(
        self, connection: AsyncConnection, *, kind: CredentialKind, token: str, at: Instant
    ) -> Held:
        """Return who holds a token."""
        query = (
            _with_person()
            .where(credentials.c.token_hash == self._tokens.hash(kind, token))
            .where(credentials.c.kind == kind.value, _is_live(at))
        )
        row = (await connection.execute(query)).first()
        if row is None or row.role is None:
            raise Unauthorised
        return Held(_holder(row, HOLDERS[kind]), row.expires_at, row.last_used_at)

    async def touch(self, tx: Transaction, actor: Actor) -> None:
        """Write down that the credential somebody shows was used just now."""
        await tx.execute(
            update(credentials)
            .where(
                credentials.c.owner_id == actor.owner_id, credentials.c.id == actor.credential_id
            )
            .values(last_used_at=tx.at)
        )

    async def redeem(self, tx: Transaction, kind: CredentialKind, token: str) -> Redeemed:
        """Spend a one-use token: of two who try at once, one succeeds."""
        spent = await tx.execute(
            update(credentials)
            .where(credentials.c.token_hash == self._tokens.hash(kind, token))
            .where(credentials.c.kind == kind.value, credentials.c.uses_left > 0, _is_live(tx.at))
            .values(uses_left=credentials.c.uses_left - 1, last_used_at=tx.at)
            .returning(credentials.c.id)
        )
        identifier = spent.scalar()
        if identifier is None:
            raise Unauthorised("This code or token is wrong, used up or too old.")
        query = _with_person().where(credentials.c.id == identifier)
        row = (await tx.connection.execute(query)).one()
        if row.role is None and kind is not CredentialKind.CALL:
            raise Unauthorised
        return Redeemed(_redeemer(row, kind), dict(row.context))

    async def revoke(
        self, tx: Transaction, credential_id: str, *, owner_id: OwnerId | None = None
    ) -> None:
        """Withdraw a credential at once; with an owner given, only one of theirs."""
        statement = (
            update(credentials)
            .where(credentials.c.id == credential_id, credentials.c.revoked_at.is_(None))
            .values(revoked_at=tx.at)
            .returning(credentials.c.id)
        )
        if owner_id is not None:
            statement = statement.where(credentials.c.owner_id == owner_id)
        if (await tx.execute(statement)).first() is None:
            raise Missing(
                "There is no such credential.",
                cure="See: ringback tokens list, ringback devices list",
            )

    async def revoke_all(self, tx: Transaction, person_id: PersonId) -> None:
        """Withdraw everything that one person holds."""
        await tx.execute(
            update(credentials)
            .where(credentials.c.person_id == person_id, credentials.c.revoked_at.is_(None))
            .values(revoked_at=tx.at)
        )

    async def revoke_links(self, tx: Transaction, name: str) -> None:
        """Withdraw the unspent links of a name: only the newest one opens."""
        await tx.execute(
            update(credentials)
            .where(credentials.c.kind == CredentialKind.LINK.value, credentials.c.name == name)
            .where(credentials.c.revoked_at.is_(None))
            .values(revoked_at=tx.at)
        )

    async def dead(
        self, connection: AsyncConnection, credential_ids: Collection[str], *, at: Instant
    ) -> frozenset[str]:
        """Return which of these open nothing any more: withdrawn, too old, or deleted."""
        query = select(credentials.c.id).where(credentials.c.id.in_(credential_ids), _is_live(at))
        return frozenset(credential_ids) - set((await connection.execute(query)).scalars())

    async def prune(self, tx: Transaction) -> None:
        """Delete what has been dead for long: calls and sockets leave one row each."""
        await tx.execute(
            delete(credentials).where(
                or_(
                    credentials.c.expires_at < tx.at - KEPT_WHEN_DEAD,
                    credentials.c.revoked_at < tx.at - KEPT_WHEN_DEAD,
                )
            )
        )

    async def held(
        self,
        connection: AsyncConnection,
        owner_id: OwnerId | None,
        kind: CredentialKind,
        *,
        at: Instant,
    ) -> list[Credential]:
        """Return what still opens of one kind, newest first; without an owner, everybody's."""
        query = (
            select(credentials)
            .where(credentials.c.kind == kind.value, _is_live(at))
            .order_by(credentials.c.created_at.desc())
            .limit(LISTED_MAX)
        )
        if owner_id is not None:
            query = query.where(credentials.c.owner_id == owner_id)
        return [_credential(row) for row in await connection.execute(query)]


def _expiry(at: Instant, wanted: NewCredential) -> Instant | None:
    lifetime = LIFETIME[wanted.kind] if wanted.lifetime is None else wanted.lifetime
    return None if lifetime is None else later(at, lifetime)


def _with_person() -> Select[Any]:  # columns of two tables
    return select(credentials, people.c.role, people.c.name.label("person_name")).outerjoin(
        people, people.c.id == credentials.c.person_id
    )


def _is_live(at: Instant) -> Any:  # SQLAlchemy's own boolean
    return and_(
        credentials.c.revoked_at.is_(None),
        or_(credentials.c.expires_at.is_(None), credentials.c.expires_at > at),
    )


def _holder(row: CredentialRow, kind: ActorKind) -> Actor:
    role = Role(row.role) if row.role else None
    return Actor(
        owner_id=OwnerId(row.owner_id),
        kind=kind,
        assurance=Assurance.HELD,
        role=role,
        person_id=PersonId(row.person_id) if row.person_id else None,
        name=row.person_name or "",
        scopes=reachable(frozenset(row.scopes), role),
        credential_id=row.id,
    )


def _redeemer(row: CredentialRow, kind: CredentialKind) -> Actor:
    context: Context = row.context
    if kind is not CredentialKind.CALL:
        holder = _holder(row, ActorKind(context.get("actor", ActorKind.SESSION.value)))
        # A ticket stands for what it was asked with: revoking that must end its socket, too.
        return replace(holder, credential_id=context.get("credential") or row.id)
    return Actor(
        owner_id=OwnerId(row.owner_id),
        kind=ActorKind.CALLER,
        assurance=Assurance(context.get("assurance", Assurance.STRANGER.value)),
        role=Role(row.role) if row.role else None,
        person_id=PersonId(row.person_id) if row.role else None,
        name=row.person_name or "",
        credential_id=row.id,
    )


def reachable(scopes: frozenset[str], role: Role | None) -> frozenset[str]:
    """Return the scopes that somebody of this role really has: only the owner operates.

    It is worked out at every use, not only when the credential is made: so a row that says too
    much, from a restored archive or an older version, still opens no more than its person may.
    """
    if role is Role.OWNER:
        return scopes
    return PERSONAL_SCOPES if "*" in scopes else scopes & PERSONAL_SCOPES


def _credential(row: CredentialRow) -> Credential:
    return Credential(
        id=row.id,
        owner_id=OwnerId(row.owner_id),
        person_id=PersonId(row.person_id) if row.person_id else None,
        kind=CredentialKind(row.kind),
        name=row.name,
        scopes=frozenset(row.scopes),
        created_at=Instant(row.created_at),
        expires_at=None if row.expires_at is None else Instant(row.expires_at),
        last_used_at=None if row.last_used_at is None else Instant(row.last_used_at),
    )
