"""Whoever exists once is one person, and whoever is forgotten leaves no word behind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.platform.database.tables import concepts, metadata
from tests.contract.memory.porting_house import House, Json, house_at

AUNT = (
    "My aunt Melisande lives in Tromso.",
    "Melisande is a nurse.",
    "I saw Melisande yesterday, and my aunt likes tea.",
    "A gift for Melisande",
)


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house_at(database_url, tmp_path / "home") as house:
        yield house


async def forget(house: House, **whom: str) -> Json:
    """Forget somebody to the end; return the receipt."""
    answer = await house.ask("POST", "/v1/forget", json={"what": "person", **whom})
    assert answer.status_code == 200, answer.text
    await house.work()
    await house.work("upkeep.forget")
    return (await house.ask("GET", f"/v1/forget/{answer.json()['id']}")).json()


async def people(house: House, name: str) -> dict[str, str]:
    """Return which of several bear a name, each with its id."""
    async with house.parts.database.reading() as connection:
        query = select(concepts.c.qualifier, concepts.c.id).where(concepts.c.key == name.casefold())
        return {row.qualifier: row.id for row in await connection.execute(query)}


async def tables_with(house: House, word: str) -> set[str]:
    found = set()
    async with house.parts.database.reading() as connection:
        for name, table in metadata.tables.items():
            rows = (await connection.execute(select(table))).all()
            if any(word.casefold() in str(tuple(row)).casefold() for row in rows):
                found.add(name)
    return found


async def held(house: House) -> set[str]:
    listed = (await house.ask("GET", "/v1/facts?limit=200")).json()["facts"]
    return {each["statement"] for each in listed}


async def test_who_is_told_of_in_one_sentence_is_one_and_goes_by_name(home: House) -> None:
    await home.say(AUNT[0])
    assert list(await people(home, "Melisande")) == ["aunt"]
    receipt = await forget(home, name="Melisande")
    assert (receipt["state"], receipt["left"]) == ("done", 0)
    assert await tables_with(home, "Melisande") == set()


@pytest.mark.parametrize("first", [AUNT, AUNT[::-1]], ids=["told of first", "named first"])
async def test_who_is_the_only_one_goes_whole_by_an_id(home: House, first: tuple[str, ...]) -> None:
    await home.say(*first)
    bearers = await people(home, "Melisande")
    assert list(bearers) == ["aunt"]
    receipt = await forget(home, id=bearers["aunt"])
    assert (receipt["state"], receipt["left"]) == ("done", 0)
    assert await tables_with(home, "Melisande") == set()


TWO = (
    "My sister Anna lives in Berlin.",
    "Anna from work lives in Oslo.",
    "My sister Anna likes tea.",
)


async def test_of_two_with_a_name_one_goes_and_the_other_stays(home: House) -> None:
    await home.say(*TWO)
    bearers = await people(home, "Anna")
    assert sorted(bearers) == ["from work", "sister"]
    await forget(home, id=bearers["sister"])
    assert await tables_with(home, "Berlin") == set()
    assert await tables_with(home, "tea") == set()
    assert {each for each in await held(home) if "Anna" in each} == {"Anna lives in Oslo."}


async def test_whoever_can_not_be_told_which_takes_nobody_else_along(home: House) -> None:
    await home.say(*TWO, "Anna's birthday is on the 3rd of May.")
    bearers = await people(home, "Anna")
    assert sorted(bearers) == ["", "from work", "sister"]
    before = {each for each in await held(home) if "May" not in each}
    await forget(home, id=bearers[""])
    assert await held(home) == before
    assert await tables_with(home, "3rd of May") == set()


async def test_a_way_leads_from_the_owner_to_where_a_relative_lives(home: House) -> None:
    await home.say(AUNT[0])
    answer = await home.ask(
        "GET", "/v1/memory/graph/path", params={"start": home.owner.name, "end": "Tromso"}
    )
    steps = answer.json()["steps"]
    assert [each["object"] for each in steps] == ["Melisande (aunt)", "Tromso"]
