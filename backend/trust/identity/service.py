"""Who somebody is: people, their numbers, and the secrets that stand for them."""

from collections.abc import Collection
from functools import partial

from sqlalchemy import insert, select

from backend.kernel.clock import Clock
from backend.kernel.errors import Invalid, NotConfigured, Unauthorised
from backend.kernel.ids import Chance, Ids, OwnerId, PersonId
from backend.kernel.people import EVERYTHING, Actor, Person, Role
from backend.platform.cache import Cache, Wanted
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.database.engine import Database
from backend.platform.database.tables import instance
from backend.platform.database.transaction import Transaction
from backend.platform.home import Home
from backend.platform.keys import Keys
from backend.trust.identity.arrivals import Arrivals
from backend.trust.identity.credentials import Credentials
from backend.trust.identity.people import People, alone
from backend.trust.identity.tokens import Tokens, kind_of, plain_code
from backend.trust.identity.types import (
    HOLDERS,
    SCOPES,
    Credential,
    CredentialKind,
    Issued,
    NewCredential,
    Redeemed,
)

CLAIMED_KEY = "owner_claimed_at"
COMMAND_LINE_FILE = "cli.token"
LINK_NAME = "owner link"
OWNER_CODE_CHARACTERS_MIN = 12  # a person may have chosen it, and it waits on a public address


class Identity:
    """The room's verbs. Those that take a transaction are part of their caller's."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        ids: Ids,
        chance: Chance,
        keys: Keys,
        cache: Cache | None = None,
    ) -> None:
        self._database, self._clock = database, clock
        self._cache = InProcessCache(database=database, clock=clock) if cache is None else cache
        self._people = People(ids=ids)
        self._tokens = Tokens(chance=chance, keys=keys)
        self._credentials = Credentials(ids=ids, tokens=self._tokens)
        self._was_claimed = False  # true for ever once it is true: no need to ask again

    # ── people ───────────────────────────────────────────────────────────────────────────────
    async def ensure_owner(
        self, tx: Transaction, *, name: str = "Owner", zone: str = "UTC"
    ) -> Person:
        """Return the owner, made with the default organisation at the first start."""
        return await self._people.ensure_owner(tx, name=name, zone=zone)

    async def owner(self) -> Person:
        """Return who runs this instance."""
        wanted = Wanted("owner", "", ("people",))
        found = await self._cache.get(wanted, self._people.owner, owner_of=_owner_of)
        if found is None:
            raise NotConfigured("There is no owner yet.", cure="ringback up")
        return found

    async def people(self) -> list[Person]:
        """Return everybody this instance knows; for the operator only."""
        async with self._database.reading() as connection:
            return await self._people.everyone(connection)

    async def person(self, person_id: PersonId) -> Person:
        """Return one person, or raise that there is none."""
        wanted = Wanted("person", person_id, ("people",))
        load = partial(self._people.get, person_id=person_id)
        return await self._cache.get(wanted, load, owner_of=_owner_of)

    async def person_named(self, name: str) -> Person | None:
        """Return whoever bears this name."""
        async with self._database.reading() as connection:
            return await self._people.by_name(connection, name)

    async def resolve_number(self, number: str) -> Person | None:
        """Return who is enrolled with a number. It can be forged: it names, it never proves."""
        wanted = Wanted("number", number, ("people",))
        load = partial(self._people.by_number, number=number)
        return await self._cache.get(wanted, load, owner_of=_owner_of)

    async def add_person(
        self, tx: Transaction, name: str, *, number: str | None = None, is_member: bool = False
    ) -> Person:
        """Add somebody, or one more number of somebody known by the same name."""
        return await self._people.add(tx, name, number=number, is_member=is_member)

    async def change_person(
        self,
        tx: Transaction,
        person_id: PersonId,
        *,
        name: str | None = None,
        zone: str | None = None,
        voice: str | None = None,
        number: str | None = None,
    ) -> Person:
        """Change what is known of somebody; None leaves a thing as it is, a number is added."""
        person = await self._people.get(tx.connection, person_id)
        if number is not None and await self._is_new_number(tx, person, number):
            await self._people.add_number(tx, person, number)
        return await self._people.change(tx, person, name=name, zone=zone, voice=voice)

    @property
    def arrivals(self) -> Arrivals:
        """Return who takes in the people of an export."""
        return Arrivals(self._people, database=self._database)

    async def remember_consent(self, person_id: PersonId, answer: str) -> None:
        """Write down whether somebody's calls may be recorded: "yes", "no", or "" to ask again."""
        async with self._database.transaction() as tx:
            await self._people.remember_consent(tx, person_id, answer)

    async def remove_person(self, tx: Transaction, person_id: PersonId) -> Person:
        """Take somebody out: their numbers, and everything that they hold, stop working."""
        person = await self._people.get(tx.connection, person_id)
        await self._people.remove(tx, person)
        await self._credentials.revoke_all(tx, person.id)
        return person

    async def _is_new_number(self, tx: Transaction, person: Person, number: str) -> bool:
        holder = await self._people.by_number(tx.connection, number)
        return holder is None or holder.id != person.id

    # ── credentials ──────────────────────────────────────────────────────────────────────────
    async def issue(self, tx: Transaction, wanted: NewCredential) -> Issued:
        """Make a credential; its token is returned now and never again."""
        unknown = wanted.scopes - SCOPES - EVERYTHING
        if unknown:
            raise Invalid(
                f"There is no scope {', '.join(sorted(unknown))}.",
                cure=f"Choose from: {', '.join(sorted(SCOPES))}.",
            )
        return await self._credentials.issue(tx, wanted)

    async def authenticate(self, token: str) -> Actor:
        """Return who shows this session, device, command-line or API token."""
        kind = kind_of(token)
        if kind is None or kind not in HOLDERS:
            raise Unauthorised
        at = self._clock.now()
        held = await self._cache.get(
            Wanted("credential", self._tokens.hash(kind, token), ("credentials", "people")),
            partial(self._credentials.recognise, kind=kind, token=token, at=at),
            owner_of=lambda held: held.actor.owner_id,
        )
        held.check(at)
        if held.is_stale(at):
            async with self._database.transaction() as tx:
                await self._credentials.touch(tx, held.actor)
        return held.actor

    async def redeem(self, tx: Transaction, kind: CredentialKind, token: str) -> Redeemed:
        """Spend a one-use token: of two who try at once, one succeeds."""
        if len(token) > 256:
            raise Unauthorised
        redeemed = await self._credentials.redeem(tx, kind, token)
        if kind is CredentialKind.LINK:
            await self._mark_claimed(tx)
        return redeemed

    async def revoke(
        self, tx: Transaction, credential_id: str, *, owner_id: OwnerId | None = None
    ) -> None:
        """Withdraw a credential at once; with an owner given, only one of theirs."""
        await self._credentials.revoke(tx, credential_id, owner_id=owner_id)

    async def credentials(
        self, kind: CredentialKind, *, owner_id: OwnerId | None = None
    ) -> list[Credential]:
        """Return what is not revoked of one kind; without an owner, everybody's."""
        async with self._database.reading() as connection:
            return await self._credentials.held(connection, owner_id, kind, at=self._clock.now())

    async def revoked(self, credential_ids: Collection[str]) -> frozenset[str]:
        """Return which of these open nothing any more: sockets outlive their opening."""
        async with self._database.reading() as connection:
            return await self._credentials.dead(connection, credential_ids, at=self._clock.now())

    async def prune(self, tx: Transaction) -> None:
        """Delete credentials that have been dead for long; called at starts and by upkeep."""
        await self._credentials.prune(tx)

    # ── the owner's first way in ─────────────────────────────────────────────────────────────
    async def issue_owner_link(self, tx: Transaction) -> Issued:
        """Make a one-use code that opens the page as the owner."""
        owner = await self._people.owner(tx.connection)
        if owner is None:
            raise NotConfigured("There is no owner yet.", cure="ringback up")
        await self._credentials.revoke_links(tx, LINK_NAME)
        return await self._credentials.issue(tx, _owners(owner, CredentialKind.LINK, LINK_NAME))

    async def ensure_cli_token(self, home: Home) -> None:
        """Keep in the home (0600) a token that the command line beside this instance shows."""
        kept = home.secret(COMMAND_LINE_FILE)
        if kept and await self._opens(kept):
            return
        async with self._database.transaction() as tx:
            owner = await self.ensure_owner(tx)
            wanted = _owners(owner, CredentialKind.CLI, "command line")
            issued = await self._credentials.issue(tx, wanted)
        home.write_secret(COMMAND_LINE_FILE, issued.token)

    async def _opens(self, token: str) -> bool:
        try:
            actor = await self.authenticate(token)
        except Unauthorised:  # the home is older than the database, or was restored
            return False
        return actor.role is Role.OWNER

    async def adopt_owner_code(self, tx: Transaction, code: str) -> None:
        """Let a code that the environment gave make the owner, once; it waits until then."""
        if len(plain_code(code)) < OWNER_CODE_CHARACTERS_MIN:
            raise Invalid(
                f"RINGBACK_OWNER_CODE needs {OWNER_CODE_CHARACTERS_MIN} letters and digits.",
                cure="Make one with: openssl rand -hex 16",
            )
        await alone(tx)
        if await self._credentials.is_known(tx.connection, CredentialKind.LINK, code):
            return
        owner = await self.ensure_owner(tx)
        wanted = _owners(owner, CredentialKind.LINK, "owner's code")
        await self._credentials.keep(tx, wanted, token=code, expires_at=None)

    async def is_claimed(self) -> bool:
        """Say whether an owner has come in by a link or code at least once."""
        if not self._was_claimed:
            async with self._database.reading() as connection:
                query = select(instance.c.value).where(instance.c.key == CLAIMED_KEY)
                self._was_claimed = (await connection.execute(query)).first() is not None
        return self._was_claimed

    async def _mark_claimed(self, tx: Transaction) -> None:
        await alone(tx)
        query = select(instance.c.value).where(instance.c.key == CLAIMED_KEY)
        if (await tx.execute(query)).first() is None:
            await tx.execute(insert(instance).values(key=CLAIMED_KEY, value=str(tx.at)))


def _owner_of(person: Person | None) -> str:
    """Return whose memory they are part of: what their turn reads next is looked at with them."""
    return person.owner_id if person else ""


def _owners(owner: Person, kind: CredentialKind, name: str) -> NewCredential:
    assert owner.role is Role.OWNER
    return NewCredential(
        kind=kind, owner_id=owner.owner_id, person_id=owner.id, scopes=EVERYTHING, name=name
    )
