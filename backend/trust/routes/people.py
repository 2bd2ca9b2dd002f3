"""Who is known here: the operator adds, changes and removes people."""

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from backend.kernel.ids import PersonId
from backend.kernel.people import Person, Role
from backend.platform.database.engine import Database
from backend.trust.guard import Guard
from backend.trust.identity import CredentialKind, Identity, NewCredential
from backend.trust.routes.moments import shown

MEMORY_OF = {
    Role.OWNER: "the owner's memory",
    Role.HOUSEHOLD: "the owner's memory",
    Role.MEMBER: "a memory of their own",
}


class NewPerson(BaseModel):
    """Somebody to add."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    number: str | None = Field(default=None, max_length=40)
    member: bool = False


class Change(BaseModel):
    """What to change of somebody; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=200)
    zone: str | None = Field(default=None, max_length=80)
    voice: str | None = Field(default=None, max_length=80)
    number: str | None = Field(default=None, max_length=40)


class ShownPerson(BaseModel):
    """Somebody, as the operator sees them."""

    id: str
    name: str
    role: str
    zone: str
    numbers: list[str]
    unconfirmed: list[str]  # what an import named: nothing answers to these
    memory: str  # whose memory they speak to, in words
    has_pin: bool  # to prove themselves by on the telephone


class PairingCode(BaseModel):
    """A code for a new device of somebody."""

    code: str
    person: str
    expires_at: str | None


class ShownPeople(BaseModel):
    """Everybody."""

    people: list[ShownPerson]


def router(*, database: Database, identity: Identity, guard: Guard) -> APIRouter:
    """Return the routes of people; all of them are the operator's."""
    routes = APIRouter(tags=["people"], dependencies=[Depends(guard.require("operate"))])

    @routes.get("/v1/people")
    async def list_people() -> ShownPeople:
        """Name everybody."""
        return ShownPeople(people=[_shown(person) for person in await identity.people()])

    @routes.post("/v1/people", status_code=201)
    async def add_person(wanted: NewPerson) -> ShownPerson:
        """Add somebody, or one more number of somebody known by this name."""
        async with database.transaction() as tx:
            person = await identity.add_person(
                tx, wanted.name, number=wanted.number, is_member=wanted.member
            )
        return _shown(person)

    @routes.patch("/v1/people/{person_id}")
    async def change_person(person_id: str, change: Change) -> ShownPerson:
        """Change somebody; `owner` stands for the owner's id."""
        if person_id == Role.OWNER:
            person_id = (await identity.owner()).id
        async with database.transaction() as tx:
            person = await identity.change_person(
                tx, PersonId(person_id), **change.model_dump(exclude_unset=True)
            )
        return _shown(person)

    @routes.delete("/v1/people/{person_id}", status_code=204)
    async def remove_person(person_id: str) -> None:
        """Remove somebody: their numbers and credentials stop working at once."""
        async with database.transaction() as tx:
            await identity.remove_person(tx, PersonId(person_id))

    @routes.post("/v1/people/{person_id}/pairing", status_code=201)
    async def pair_for(person_id: str, response: Response) -> PairingCode:
        """Make a one-use code for a device of somebody: it will reach their memory, no other."""
        person = await identity.person(PersonId(person_id))
        async with database.transaction() as tx:
            issued = await identity.issue(
                tx, NewCredential(CredentialKind.PAIRING, person.owner_id, person_id=person.id)
            )
        response.headers["Cache-Control"] = "no-store"
        return PairingCode(
            code=issued.token, person=person.name, expires_at=shown(issued.expires_at)
        )

    return routes


def _shown(person: Person) -> ShownPerson:
    return ShownPerson(
        id=person.id,
        name=person.name,
        role=person.role.value,
        zone=person.zone,
        numbers=list(person.numbers),
        unconfirmed=list(person.unconfirmed),
        memory=MEMORY_OF[person.role],
        has_pin=person.pin_digits > 0,
    )
