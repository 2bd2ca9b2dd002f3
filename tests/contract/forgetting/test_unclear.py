"""Of two with a name one goes: what only says the name stays, and nobody is left to guess it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from backend.platform.database.tables import concepts, deliveries
from tests.contract.forgetting.test_one_of_a_name import tables_with
from tests.contract.memory.porting_house import House, Json, house_at

TOLD = (
    "My sister Anna lives in Berlin.",
    "Anna from work lives in Oslo.",
    "I saw Anna yesterday.",
    "A gift for Anna, my sister loves tea.",
)


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house_at(database_url, tmp_path / "home") as house:
        await house.say(*TOLD)
        yield house


async def bearer(house: House, which: str) -> str:
    async with house.parts.database.reading() as connection:
        query = select(concepts.c.id).where(concepts.c.key == "anna", concepts.c.qualifier == which)
        return str((await connection.execute(query)).scalar_one())


async def noted(house: House, *texts: str) -> None:
    for text in texts:
        answer = await house.ask("POST", "/v1/notes", json={"text": text})
        assert answer.status_code < 300, answer.text
    await house.work("documents.project")


async def forgotten(house: House, which: str) -> tuple[Json, Json]:
    """Return the dry run and the receipt."""
    wish = {"what": "person", "id": await bearer(house, which)}
    weighed = (await house.ask("POST", "/v1/forget?dry_run=true", json=wish)).json()
    done = await house.ask("POST", "/v1/forget", json=wish)
    assert done.status_code == 200, done.text
    await house.work()
    await house.work("upkeep.forget")
    return weighed, (await house.ask("GET", f"/v1/forget/{done.json()['id']}")).json()


async def notes(house: House) -> list[str]:
    return sorted(each["text"] for each in (await house.ask("GET", "/v1/notes")).json()["notes"])


async def test_a_note_which_tells_goes_and_a_bare_name_is_listed(home: House) -> None:
    await noted(home, "Call Anna", "Call my sister Anna", "Lunch with Anna from work", "Susanna")
    weighed, receipt = await forgotten(home, "sister")
    assert await notes(home) == ["Call Anna", "Lunch with Anna from work", "Susanna"]
    for told in (weighed, receipt):
        kinds = sorted(each["kind"] for each in told["unclear"]["things"])
        assert kinds == ["message", "note"], told["unclear"]
        assert told["unclear"]["count"] == 2
    assert "Anna" not in str(receipt)
    wish = receipt["unclear"]["things"][0]["forget"].split()
    assert wish[:2] == ["ringback", "forget"]
    for each in receipt["unclear"]["things"]:
        gone = await home.ask("POST", "/v1/forget", json={"what": each["kind"], "id": each["id"]})
        assert gone.status_code == 200, gone.text
    assert await notes(home) == ["Lunch with Anna from work", "Susanna"]


async def test_words_that_tell_go_and_a_bare_name_stays(home: House) -> None:
    await forgotten(home, "sister")
    assert await tables_with(home, "loves tea") == set()
    assert "messages" in await tables_with(home, "I saw Anna")
    assert "messages" in await tables_with(home, "Oslo")


async def test_a_text_that_was_sent_is_told_apart_as_well(home: House) -> None:
    bodies = ("Tell Anna hello", "My sister Anna says hello", "Susanna says hello")
    async with home.parts.database.transaction() as tx:
        for number, body in enumerate(bodies):
            await tx.execute(
                insert(deliveries).values(
                    id=f"d{number}", owner_id=home.owner.owner_id, kind="text", body=body,
                    number="+15005550006", cause=f"test:{number}", state="delivered", details={},
                    not_before=tx.at, created_at=tx.at, updated_at=tx.at,
                )
            )  # fmt: skip
    weighed, _ = await forgotten(home, "sister")
    async with home.parts.database.reading() as connection:
        rows = (await connection.execute(select(deliveries.c.body).order_by(deliveries.c.id))).all()
    assert [row.body for row in rows] == [bodies[0], "", bodies[2]]
    named = [each["id"] for each in weighed["unclear"]["things"] if each["kind"] == "delivery"]
    assert named == ["d0"]


async def test_where_one_bears_the_name_nothing_is_unclear(
    tmp_path: Path, database_url: str
) -> None:
    async with house_at(database_url, tmp_path / "other") as house:
        await house.say("My aunt Melisande lives in Tromso.")
        await noted(house, "A gift for Melisande")
        wish = {"what": "person", "name": "Melisande"}
        done = (await house.ask("POST", "/v1/forget", json=wish)).json()
        assert done["unclear"] == {"count": 0, "things": []}
        assert await notes(house) == []
