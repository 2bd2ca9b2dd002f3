"""The PINs that people prove themselves by on the telephone: set and removed by the operator."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from backend.kernel.ids import PersonId
from backend.trust.guard import Guard
from backend.trust.identity import Identity, Pins


class NewPin(BaseModel):
    """A PIN; it is not shown in any error or log."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    pin: SecretStr = Field(min_length=1, max_length=64)


class ShownPin(BaseModel):
    """What may be told of a PIN."""

    person: str
    digits: int  # 0: there is none


def router(*, pins: Pins, identity: Identity, guard: Guard) -> APIRouter:
    """Return the routes of PINs; all of them are the operator's."""
    routes = APIRouter(tags=["people"], dependencies=[Depends(guard.require("operate"))])

    @routes.put("/v1/people/{person_id}/pin")
    async def set_pin(person_id: str, wanted: NewPin) -> ShownPin:
        """Give somebody a PIN; it also lifts the lock after too many wrong ones."""
        person = await identity.person(PersonId(person_id))
        await pins.set(person, wanted.pin.get_secret_value())
        person = await identity.person(person.id)
        return ShownPin(person=person.name, digits=person.pin_digits)

    @routes.delete("/v1/people/{person_id}/pin", status_code=204)
    async def remove_pin(person_id: str) -> None:
        """Take somebody's PIN away."""
        await pins.remove(PersonId(person_id))

    return routes
