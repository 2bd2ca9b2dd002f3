"""A note holds no secret, whichever door it comes by: as the product is put together."""

from pathlib import Path

import pytest

from backend.documents.routes import router
from tests.contract.forgetting.house import House, at_door

SECRET = "dingo55bark"
WORDS = f"my password is {SECRET}"


async def _noted(house: House, text: str) -> str:
    parts = house.parts
    async with parts.database.transaction() as tx:
        owner = await parts.identity.ensure_owner(tx)
    async with at_door(house, router(parts.documents, guard=parts.guard), owner) as http:
        made = await http.post("/v1/notes", json={"text": text})
    return str(made.json()["text"])


async def test_a_note_is_taken_without_the_secret_in_it(house: House) -> None:
    assert await _noted(house, WORDS) == "my password is [password]"
    await house.work()
    assert await house.tables_with(SECRET) == set()
    assert house.files_with(SECRET) == set()


async def test_whoever_has_secrets_kept_has_them_in_notes_too(
    tmp_path: Path, database_url: str
) -> None:
    house = House(tmp_path, database_url, {"RINGBACK_MEMORY__SECRETS": "keep"})
    await house.start()
    try:
        assert await _noted(house, WORDS) == WORDS
    finally:
        await house.stop()


@pytest.mark.parametrize(
    "words", ["buy oat milk", "call Anna at 5", "the code review is on Monday"]
)
async def test_a_note_without_a_secret_stays_as_it_is(house: House, words: str) -> None:
    assert await _noted(house, words) == words
