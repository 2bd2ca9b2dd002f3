"""The people of an instance and the numbers they ring from."""

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.errors import Conflict, Forbidden, Invalid, Missing
from backend.kernel.ids import Ids, OwnerId, PersonId
from backend.kernel.people import Person, Role
from backend.platform.database.tables import numbers, organizations, people, users
from backend.platform.database.transaction import Transaction
from backend.platform.events import next_cursor
from backend.trust.identity.numbers import normalise
from backend.trust.identity.pins import pin_length

NAME_CHARACTERS_MAX = 80
PEOPLE_MAX = 500
NUMBERS_EACH_MAX = 10
STREAM = "identity"  # carries no events: only its lock is used


class People:
    """Who is known here, by name and by number."""

    def __init__(self, *, ids: Ids) -> None:
        self._ids = ids

    async def ensure_owner(self, tx: Transaction, *, name: str, zone: str) -> Person:
        """Return the owner, made with the default organisation at the first start."""
        found = await self.owner(tx.connection)
        if found is None:  # another process may be starting, too
            await alone(tx)
            found = await self.owner(tx.connection)
        if found is not None:
            return found
        organization_id, person_id = self._ids.new(), PersonId(self._ids.new())
        await tx.execute(
            insert(organizations).values(id=organization_id, name="Home", created_at=tx.at)
        )
        owner = Person(
            id=person_id,
            owner_id=OwnerId(person_id),
            name=checked_name(name),
            role=Role.OWNER,
            zone=checked_zone(zone),
        )
        await insert_person(tx, owner, organization_id)
        return owner

    async def owner(self, connection: AsyncConnection) -> Person | None:
        """Return who runs the instance, once it has been started."""
        query = select(people.c.id).where(people.c.role == Role.OWNER)
        person_id = (await connection.execute(query)).scalar()
        return await self.find(connection, PersonId(person_id)) if person_id else None

    async def everyone(self, connection: AsyncConnection) -> list[Person]:
        """Return everybody, in the order in which they were added."""
        rows = (await connection.execute(select(people).order_by(people.c.created_at))).all()
        return await self._with_numbers(connection, rows)

    async def find(self, connection: AsyncConnection, person_id: PersonId) -> Person | None:
        """Return one person."""
        rows = (await connection.execute(select(people).where(people.c.id == person_id))).all()
        found = await self._with_numbers(connection, rows)
        return found[0] if found else None

    async def by_number(self, connection: AsyncConnection, number: str) -> Person | None:
        """Return who rings from this number; a number that is none belongs to nobody."""
        try:
            plain = normalise(number)
        except Invalid:
            return None
        query = select(numbers.c.person_id).where(
            numbers.c.number == plain, numbers.c.brought_at.is_(None)
        )
        person_id = (await connection.execute(query)).scalar()
        return await self.find(connection, PersonId(person_id)) if person_id else None

    async def add(
        self, tx: Transaction, name: str, *, number: str | None = None, is_member: bool = False
    ) -> Person:
        """Add somebody, or one more number of somebody known by the same name."""
        await alone(tx)
        known = await self.by_name(tx.connection, checked_name(name))
        if known is None:
            known = await self._create(tx, checked_name(name), is_member=is_member)
        elif number is None:
            raise Conflict(f"{known.name} is known already.")
        elif is_member is not (known.role is Role.MEMBER):
            raise Conflict(*_role_mismatch(known))
        if number is not None:
            await self.add_number(tx, known, number)
        return await self.get(tx.connection, known.id)

    async def get(self, connection: AsyncConnection, person_id: PersonId) -> Person:
        """Return one person, or raise that there is none."""
        found = await self.find(connection, person_id)
        if found is None:
            raise Missing("Nobody is known by that id.", cure="See: ringback people list")
        return found

    async def by_name(self, connection: AsyncConnection, name: str) -> Person | None:
        """Return whoever bears this name, however it is capitalised."""
        wanted = name.strip().casefold()
        for person in await self.everyone(connection):
            if person.name.casefold() == wanted:
                return person
        return None

    async def add_number(self, tx: Transaction, person: Person, number: str) -> None:
        """Enrol a number; it belongs to one person only, whatever an import has said of it."""
        await alone(tx)
        plain = normalise(number)
        holder = await self.by_number(tx.connection, plain)
        if holder is not None:
            raise Conflict(
                f"That number belongs to {holder.name} already.",
                cure=f"ringback people remove {holder.name!r}",
            )
        if len(person.numbers) >= NUMBERS_EACH_MAX:
            raise Conflict(f"{person.name} has {NUMBERS_EACH_MAX} numbers already.")
        await tx.execute(delete(numbers).where(numbers.c.number == plain))
        await tx.execute(
            insert(numbers).values(
                number=plain, owner_id=person.owner_id, person_id=person.id, created_at=tx.at
            )
        )

    async def change(
        self,
        tx: Transaction,
        person: Person,
        *,
        name: str | None = None,
        zone: str | None = None,
        voice: str | None = None,
    ) -> Person:
        """Change what is known of somebody; None leaves a thing as it is."""
        await alone(tx)
        values: dict[str, str] = {}
        if name is not None:
            namesake = await self.by_name(tx.connection, checked_name(name))
            if namesake is not None and namesake.id != person.id:
                raise Conflict(f"Somebody else is called {namesake.name} already.")
            values["name"] = checked_name(name)
        if zone is not None:
            values["zone"] = checked_zone(zone)
        if voice is not None:
            values["voice"] = voice.strip()[:NAME_CHARACTERS_MAX]
        if values:
            await tx.execute(update(people).where(people.c.id == person.id).values(**values))
        return await self.get(tx.connection, person.id)

    async def remember_consent(self, tx: Transaction, person_id: PersonId, answer: str) -> None:
        """Write down what somebody has answered to the question whether they may be recorded."""
        await tx.execute(
            update(people).where(people.c.id == person_id).values(recording_consent=answer)
        )

    async def remove(self, tx: Transaction, person: Person) -> None:
        """Take somebody's name and numbers out; the owner stays."""
        if person.role is Role.OWNER:
            raise Forbidden(
                "The owner can't be removed.",
                cure="To begin anew, start with an empty RINGBACK_HOME.",
            )
        await tx.execute(delete(numbers).where(numbers.c.person_id == person.id))
        await tx.execute(delete(people).where(people.c.id == person.id))

    async def _create(self, tx: Transaction, name: str, *, is_member: bool) -> Person:
        owner = await self.owner(tx.connection)
        if owner is None:
            raise Missing("There is no owner yet.", cure="ringback up")
        query = select(people.c.organization_id, func.count().over()).limit(1)
        organization_id, count = (await tx.connection.execute(query)).one()
        if count >= PEOPLE_MAX:
            raise Conflict(f"An instance knows {PEOPLE_MAX} people at most.")
        person_id = PersonId(self._ids.new())
        person = Person(
            id=person_id,
            owner_id=OwnerId(person_id) if is_member else owner.owner_id,
            name=name,
            role=Role.MEMBER if is_member else Role.HOUSEHOLD,
            zone=owner.zone,
        )
        await insert_person(tx, person, organization_id)
        return person

    async def _with_numbers(
        self, connection: AsyncConnection, rows: Sequence[Row[tuple[object, ...]]]
    ) -> list[Person]:
        query = select(numbers).order_by(numbers.c.created_at, numbers.c.number)
        if len(rows) == 1:
            query = query.where(numbers.c.person_id == rows[0].id)
        by_person: dict[str, list[str]] = defaultdict(list)
        unconfirmed: dict[str, list[str]] = defaultdict(list)
        for row in await connection.execute(query):
            known = by_person if row.brought_at is None else unconfirmed
            known[row.person_id].append(row.number)
        return [
            Person(
                id=PersonId(row.id),
                owner_id=OwnerId(row.owner_id),
                name=row.name,
                role=Role(row.role),
                zone=row.zone,
                numbers=tuple(by_person[row.id]),
                unconfirmed=tuple(unconfirmed[row.id]),
                voice=row.voice,
                pin_digits=pin_length(row.pin_hash),
                recording_consent=row.recording_consent,
            )
            for row in rows
        ]


async def alone(tx: Transaction) -> None:
    """Wait until nobody else changes who is known: names are looked up first, then written."""
    await next_cursor(tx, STREAM)


async def insert_person(tx: Transaction, person: Person, organization_id: str) -> None:
    """Write somebody down who was not known before."""
    if person.role is not Role.HOUSEHOLD:  # who has a memory of their own is a user
        await tx.execute(
            insert(users).values(
                id=person.id,
                organization_id=organization_id,
                name=person.name,
                created_at=tx.at,
            )
        )
    await tx.execute(
        insert(people).values(
            id=person.id,
            owner_id=person.owner_id,
            organization_id=organization_id,
            name=person.name,
            role=person.role.value,
            zone=person.zone,
            voice="",
            created_at=tx.at,
        )
    )


def checked_name(name: str) -> str:
    """Return a name without stray blanks, or refuse it."""
    plain = " ".join(name.split())
    if not plain or len(plain) > NAME_CHARACTERS_MAX or not plain.isprintable():
        raise Invalid(f"A name has 1 to {NAME_CHARACTERS_MAX} printable characters.")
    return plain


def checked_zone(zone: str) -> str:
    """Return a zone that the time zone database knows, or refuse it."""
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise Invalid(
            "That time zone is not known.", cure="Name it like Europe/Berlin or America/New_York."
        ) from unknown


def _role_mismatch(known: Person) -> tuple[str]:
    memory = "a memory of their own" if known.role is Role.MEMBER else "the owner's memory"
    return (f"{known.name} is known already and speaks to {memory}.",)
