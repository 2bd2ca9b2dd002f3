"""The memory of a removed member is ended by the owner, unread; by nobody else and no earlier."""

from contextlib import AbstractAsyncContextManager

import pytest
from httpx2 import AsyncClient

from backend.kernel.ids import OwnerId
from backend.kernel.people import Person
from backend.platform.forgetting.left import left_router
from tests.contract.forgetting.house import House, at_door

SECRET = "zorblax"


@pytest.fixture
async def people(house: House) -> dict[str, Person]:
    parts = house.parts
    async with parts.database.transaction() as tx:
        owner = await parts.identity.ensure_owner(tx)
        kim = await parts.identity.add_person(tx, "Kim", is_member=True)
        bea = await parts.identity.add_person(tx, "Bea", is_member=True)
    for person in (owner, kim, bea):
        said = f"The code is {SECRET if person is kim else person.id[-6:]}."
        await house.turn(said, owner=OwnerId(person.owner_id))
    return {"owner": owner, "kim": kim, "bea": bea}


def _as(house: House, person: Person) -> AbstractAsyncContextManager[AsyncClient]:
    parts = house.parts
    door = left_router(parts.forgetting, database=parts.database, guard=parts.guard)
    return at_door(house, door, person)


async def _remove(house: House, person: Person) -> None:
    async with house.parts.database.transaction() as tx:
        await house.parts.identity.remove_person(tx, person.id)


@pytest.mark.covers("SE-05")
async def test_the_owner_ends_what_a_removed_member_has_left(
    house: House, people: dict[str, Person]
) -> None:
    kim = people["kim"]
    await _remove(house, kim)
    async with _as(house, people["owner"]) as http:
        (left,) = (await http.get("/v1/people/removed")).json()["memories"]
        assert (left["id"], left["name"], left["state"]) == (kim.owner_id, "Kim", "kept")
        assert left["stores"]["messages"] == 2
        looked = await http.post(f"/v1/people/{kim.id}/forget", params={"dry_run": True})
        assert looked.json()["stores"]["messages"] == 2
        assert SECRET not in looked.text
        done = (await http.post(f"/v1/people/{kim.id}/forget")).json()
        assert await house.tables_with(SECRET) == set()
        assert "Kim" not in {row["name"] for row in await house.rows("users")}
        (going,) = (await http.get("/v1/people/removed")).json()["memories"]
        assert going["state"] == "running"
        await house.carry_out(done["id"])
        assert (await http.get("/v1/people/removed")).json() == {"memories": []}
    assert {row["owner_id"] for row in await house.rows("messages")} == {
        people["owner"].owner_id,
        people["bea"].owner_id,
    }


async def test_nobody_ends_the_memory_of_somebody_who_is_here(
    house: House, people: dict[str, Person]
) -> None:
    async with _as(house, people["owner"]) as http:
        looked = await http.post(f"/v1/people/{people['kim'].id}/forget?dry_run=true")
        assert looked.json()["stores"]["messages"] == 2
        assert SECRET not in looked.text
        refused = await http.post(f"/v1/people/{people['kim'].id}/forget")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
        for nobody in (people["owner"].id, "nobody"):
            assert (await http.post(f"/v1/people/{nobody}/forget")).status_code == 404
        assert (await http.get("/v1/people/removed")).json() == {"memories": []}
    assert "messages" in await house.tables_with(SECRET)


async def test_another_member_neither_sees_nor_ends_it(
    house: House, people: dict[str, Person]
) -> None:
    await _remove(house, people["kim"])
    async with _as(house, people["bea"]) as http:
        assert (await http.get("/v1/people/removed")).status_code == 403
        assert (await http.post(f"/v1/people/{people['kim'].id}/forget")).status_code == 403
    assert "messages" in await house.tables_with(SECRET)
