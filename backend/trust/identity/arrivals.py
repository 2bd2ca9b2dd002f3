"""Takes in the people whom an export names, without any right: a file proves nothing.

Nobody gets a role, a PIN or a credential by it. Their numbers are noted, but nothing answers to
them, rings or texts them before the operator confirms each by `ringback people add NAME --number`.
A "no" to being recorded holds here too; a "yes" is asked for again.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, insert, select, update

from backend.kernel.errors import Invalid
from backend.kernel.ids import OwnerId, PersonId
from backend.kernel.people import Arrival, Person, Role
from backend.platform.database.engine import Database
from backend.platform.database.tables import numbers, people
from backend.platform.database.transaction import Transaction
from backend.trust.identity.numbers import normalise
from backend.trust.identity.people import (
    NAME_CHARACTERS_MAX,
    NUMBERS_EACH_MAX,
    PEOPLE_MAX,
    People,
    alone,
    checked_name,
    checked_zone,
    insert_person,
)

UNNAMED = "Owner"  # as the owner is called until somebody says how
NO = "no"


class Arrivals:
    """Finds an export's people among those who are known, and adds those who are not."""

    def __init__(self, people: People, *, database: Database) -> None:
        self._people, self._database = people, database

    async def meant(self, owner_id: OwnerId, arrivals: Sequence[Arrival]) -> Mapping[str, str]:
        """Return who of these is known here already: their id there → here."""
        async with self._database.reading() as connection:
            everyone = await self._people.everyone(connection)
        found = {each.id: _meant(everyone, owner_id, each) for each in arrivals}
        return {there: str(here.id) for there, here in found.items() if here is not None}

    async def take_in(
        self, tx: Transaction, owner_id: OwnerId, arrival: Arrival
    ) -> tuple[int, int]:
        """Add somebody or what they lack; return how many people and how many numbers are new."""
        await alone(tx)
        everyone = await self._people.everyone(tx.connection)
        known = _meant(everyone, owner_id, arrival)
        is_new = known is None and _may_come(everyone, owner_id, arrival)
        if known is None and is_new:
            known = await self._add(tx, owner_id, arrival)
        if known is None:
            return 0, 0
        await self._complete(tx, known, arrival, everyone)
        return int(is_new), await self._note_numbers(tx, known, arrival)

    async def _add(self, tx: Transaction, owner_id: OwnerId, arrival: Arrival) -> Person:
        owner = await self._people.get(tx.connection, PersonId(owner_id))
        added = Person(
            id=PersonId(arrival.id),
            owner_id=owner_id,
            name=checked_name(arrival.name),
            role=Role.HOUSEHOLD,
            zone=_zone(arrival.zone) or owner.zone,
        )
        query = select(people.c.organization_id).where(people.c.id == owner_id)
        organization_id = (await tx.execute(query)).scalar_one()
        await insert_person(tx, added, organization_id)
        return added

    async def _complete(
        self, tx: Transaction, known: Person, arrival: Arrival, everyone: Sequence[Person]
    ) -> None:
        values: dict[str, str] = {}
        if arrival.voice and not known.voice:
            values["voice"] = arrival.voice[:NAME_CHARACTERS_MAX]
        if arrival.recording_consent == NO and known.recording_consent != NO:
            values["recording_consent"] = NO
        if arrival.is_self and known.name == UNNAMED and _is_free(everyone, arrival.name):
            values["name"] = checked_name(arrival.name)
        if values:
            await tx.execute(update(people).where(people.c.id == known.id).values(**values))

    async def _note_numbers(self, tx: Transaction, known: Person, arrival: Arrival) -> int:
        query = select(func.count()).where(numbers.c.person_id == known.id)
        room = NUMBERS_EACH_MAX - int((await tx.execute(query)).scalar_one())
        noted = 0
        for number in dict.fromkeys(filter(None, map(_number, arrival.numbers))):
            taken = select(numbers.c.number).where(numbers.c.number == number)
            if noted < room and (await tx.execute(taken)).first() is None:
                await tx.execute(
                    insert(numbers).values(
                        number=number,
                        owner_id=known.owner_id,
                        person_id=known.id,
                        created_at=tx.at,
                        brought_at=tx.at,
                    )
                )
                noted += 1
        return noted


def _meant(everyone: Sequence[Person], owner_id: OwnerId, arrival: Arrival) -> Person | None:
    """Return whom an export means: whose memory it is, or one of a household by id or name."""
    me = PersonId(owner_id)  # whoever has a memory is a person of the same id
    if arrival.is_self:
        return next((each for each in everyone if each.id == me), None)
    if arrival.role != Role.HOUSEHOLD:
        return None
    household = [
        each for each in everyone if each.owner_id == owner_id and each.role is Role.HOUSEHOLD
    ]
    by_id = (each for each in household if each.id == arrival.id)
    by_name = (each for each in household if _folded(each.name) == _folded(arrival.name))
    return next(by_id, None) or next(by_name, None)


def _may_come(everyone: Sequence[Person], owner_id: OwnerId, arrival: Arrival) -> bool:
    """Say whether somebody may be added: only the owner has a household."""
    owner = next((each for each in everyone if each.id == PersonId(owner_id)), None)
    return (
        owner is not None
        and owner.role is Role.OWNER
        and arrival.role == Role.HOUSEHOLD
        and len(everyone) < PEOPLE_MAX
        and all(each.id != arrival.id for each in everyone)
        and _is_free(everyone, arrival.name)
    )


def _is_free(everyone: Sequence[Person], name: str) -> bool:
    try:
        plain = checked_name(name)
    except Invalid:
        return False
    return all(_folded(each.name) != _folded(plain) for each in everyone)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _zone(name: str) -> str:
    try:
        return checked_zone(name)
    except Invalid:
        return ""


def _number(written: str) -> str:
    try:
        return normalise(written)
    except Invalid:
        return ""
