"""The people of an export come along without any right: a file proves nothing."""

from sqlalchemy import select, update

from backend.platform.database.tables import conversations, messages, people
from tests.contract.memory.porting_house import (
    BEGAN,
    House,
    Json,
    changed,
)

OWNERS, ANNAS, MARTINS = "+15005550006", "+15005550007", "+15005550008"


async def enrolled(house: House) -> None:
    """Have an owner with a number, a household, and a member with a memory of their own."""
    for wanted in (
        {"name": "Owner", "number": OWNERS},
        {"name": "Anna", "number": ANNAS},
        {"name": "Martin", "number": MARTINS, "member": True},
    ):
        answer = await house.ask("POST", "/v1/people", json=wanted)
        assert answer.status_code == 201, answer.text
    await house.ask("PATCH", "/v1/people/owner", json={"name": "Alma"})


async def known(house: House) -> dict[str, Json]:
    found = (await house.ask("GET", "/v1/people")).json()["people"]
    return {person["name"]: person for person in found}


async def test_people_come_by_name_and_their_numbers_wait_to_be_confirmed(
    house: House, other: House
) -> None:
    await enrolled(other)
    result = await house.bring(await other.export())
    assert (result["added"]["people"], result["unconfirmed"]) == (1, 2)
    here = await known(house)
    assert set(here) == {"Alma", "Anna"}
    assert (here["Anna"]["role"], here["Anna"]["numbers"]) == ("household", [])
    assert here["Anna"]["unconfirmed"] == [ANNAS]
    assert (here["Alma"]["numbers"], here["Alma"]["unconfirmed"]) == ([], [OWNERS])


async def test_a_number_that_was_brought_in_names_nobody_until_it_is_confirmed(
    house: House, other: House
) -> None:
    await enrolled(other)
    await house.bring(await other.export())
    identity = house.parts.identity
    assert await identity.resolve_number(ANNAS) is None
    assert await identity.resolve_number(OWNERS) is None
    wanted = {"name": "Anna", "number": ANNAS}
    assert (await house.ask("POST", "/v1/people", json=wanted)).status_code == 201
    found = await identity.resolve_number(ANNAS)
    assert found is not None
    assert (found.name, found.numbers, found.unconfirmed) == ("Anna", (ANNAS,), ())


async def test_a_number_that_an_import_named_is_free_for_whoever_has_it(
    house: House, other: House
) -> None:
    await enrolled(other)
    await house.bring(await other.export())
    wanted = {"name": "Martin", "number": ANNAS}
    assert (await house.ask("POST", "/v1/people", json=wanted)).status_code == 201
    here = await known(house)
    assert (here["Martin"]["numbers"], here["Anna"]["unconfirmed"]) == ([ANNAS], [])


async def test_no_file_makes_an_owner_a_member_or_takes_a_number(
    house: House, other: House
) -> None:
    await enrolled(other)
    await enrolled(house)
    stranger = {
        "id": "intruder", "organization_id": "x", "name": "Intruder", "role": "owner",
        "zone": "UTC", "created_at": BEGAN, "pin_hash": "x", "recording_consent": "yes",
    }  # fmt: skip
    number = {"number": "+15005550099", "person_id": house.owner.id, "created_at": BEGAN}
    taken = {"number": OWNERS, "person_id": "intruder", "created_at": BEGAN}
    export = changed(await other.export(), "people", lambda rows: [*rows, stranger])
    export = changed(export, "numbers", lambda rows: [*rows, number, taken])
    before = await known(house)
    await house.bring(export)
    here = await known(house)
    assert set(here) == set(before)
    assert {name: each["numbers"] for name, each in here.items()} == {
        name: each["numbers"] for name, each in before.items()
    }
    assert await house.parts.identity.resolve_number("+15005550099") is None


async def test_a_no_to_being_recorded_comes_along_and_a_yes_is_asked_again(
    house: House, other: House
) -> None:
    await enrolled(other)
    async with other.parts.database.transaction() as tx:
        await tx.execute(
            update(people).where(people.c.name == "Anna").values(recording_consent="no")
        )
        await tx.execute(
            update(people).where(people.c.name == "Alma").values(recording_consent="yes")
        )
    await house.bring(await other.export())
    async with house.parts.database.reading() as connection:
        rows = await connection.execute(select(people.c.name, people.c.recording_consent))
        assert {row.name: row.recording_consent for row in rows} == {"Anna": "no", "Alma": ""}


async def test_calls_are_those_of_the_person_who_has_that_name_here(
    house: House, other: House
) -> None:
    await enrolled(other)
    await enrolled(house)
    theirs, ours = await known(other), await known(house)
    async with other.parts.database.transaction() as tx:
        for name in ("Anna", "Alma"):
            await tx.execute(
                conversations.insert().values(
                    id=f"call-{name}", owner_id=other.owner.owner_id, started_at=BEGAN,
                    person_id=theirs[name]["id"], carrier="phone", assurance="verified",
                )
            )  # fmt: skip
    result = await house.bring(await other.export())
    assert result["added"].get("people", 0) == 0
    async with house.parts.database.reading() as connection:
        rows = (await connection.execute(select(conversations))).all()
    assert {row.id: row.person_id for row in rows} == {
        f"call-{name}": ours[name]["id"] for name in ("Anna", "Alma")
    }


async def test_nothing_of_it_is_twice_with_the_same_export(house: House, other: House) -> None:
    await enrolled(other)
    await other.say("I live in Berlin.")
    export = await other.export()
    await house.bring(export)
    before = await known(house)
    result = await house.bring(export)
    assert (result["added"].get("people", 0), result["unconfirmed"]) == (0, 0)
    assert await known(house) == before
    assert await house.count(messages) == 1
