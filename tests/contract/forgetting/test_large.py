"""A large wish is answered at once: its job finds all of it, buries it, and takes it away."""

from collections.abc import Mapping
from typing import Any

import pytest

from backend.kernel.clock import Instant
from backend.kernel.forgetting import Period, Person, Scope
from backend.kernel.ids import OwnerId
from backend.platform.forgetting.routes import router
from backend.platform.forgetting.service import ONE_GO, SLICE, Promised
from tests.contract.forgetting.house import BEGAN, OWNER, House, at_door, fact

SECRET = "zorblax"
MANY = ONE_GO + 2 * SLICE


class Killed(Exception):
    """The worker's process is gone."""


async def _spoken_of_daily(house: House, owner: str = OWNER) -> None:
    concept = {"id": "c1", "owner_id": owner, "kind": "person", "name": SECRET.title(),
               "key": SECRET, "qualifier": "", "created_at": 1}  # fmt: skip
    await house.insert("concepts", concept)
    rows = [
        {"id": f"0-{number:06}", "owner_id": owner, "speaker": "Sam", "role": "import",
         "text": f"{SECRET} number {number}", "assurance": "held", "is_recallable": False,
         "said_at": 1 + number, "learnt_at": 1 + number}
        for number in range(MANY)
    ]  # fmt: skip
    await house.insert("messages", *rows)
    named = [
        {"concept_id": "c1", "message_id": row["id"], "owner_id": owner, "weight": 1.0}
        for row in rows
    ]
    await house.insert("mentions", *named)


async def _promised(house: House, what: Period | Person) -> Promised:
    scope = Scope(OWNER, what)
    assert await house.parts.forgetting.is_large(scope)
    async with house.parts.database.transaction() as tx:
        return await house.parts.forgetting.promise(tx, scope, actor="test")


@pytest.mark.parametrize("by", ["name", "period"])
async def test_a_large_wish_is_answered_with_its_job_and_carried_to_its_end(
    house: House, by: str
) -> None:
    parts = house.parts
    async with parts.database.transaction() as tx:
        owner = await parts.identity.ensure_owner(tx)
    await _spoken_of_daily(house, owner.id)
    kept = await house.turn("The boat is blue.", owner=OwnerId(owner.id))
    wish: dict[str, Any] = {"what": "person", "name": SECRET.title()}
    if by == "period":
        wish = {"what": "period", "since": 0, "until": BEGAN}
    door = router(parts.forgetting, parts.reporting, database=parts.database, guard=parts.guard)
    async with at_door(house, door, owner) as client:
        answer = await client.post("/v1/forget", json=wish)
        assert answer.status_code == 202, answer.text
        begun = answer.json()
        running = (await client.get(f"/v1/forget/{begun['id']}")).json()
        assert (running["state"], running["progress"]) == ("running", 0.0)
        for table in ("jobs", "forgettings", "events"):
            assert SECRET not in str(await house.rows(table)).lower()
        assert begun["job_id"] in {row["id"] for row in await house.rows("jobs")}
        while (await client.get(f"/v1/forget/{begun['id']}")).json()["state"] == "running":
            await house.carry_out(begun["id"])
    receipt = await parts.forgetting.receipt(OwnerId(owner.id), begun["id"])
    assert (receipt.left, receipt.removed["messages"], receipt.wish) == (0, MANY, None)
    assert {row["id"] for row in await house.rows("messages")} == {kept["heard"], kept["answer"]}
    assert house.files_with(SECRET) == set()


async def test_a_large_wish_shows_no_more_once_it_is_found(house: House) -> None:
    await _spoken_of_daily(house)
    told = [fact(f"{SECRET.title()} lives in Bergen.", subject=SECRET.title())]
    await house.turn(f"My friend {SECRET.title()} lives in Bergen.", facts=told, note=SECRET)
    promised = await _promised(house, Person(SECRET.title()))

    def die(_: float) -> None:
        raise Killed

    with pytest.raises(Killed):
        await house.parts.carrying.carry_out(promised.id, _nothing, die)
    parts = house.parts
    assert SECRET in str(await house.rows("messages")), "its rows go behind it"
    assert await parts.memory.search(OWNER, f"Where does {SECRET} live?") == []
    assert SECRET not in str(await parts.memory.names(OWNER)).lower()
    assert await parts.facts.list(OWNER, "") == []
    assert await parts.documents.read_notes(OWNER) == []
    await house.carry_out(promised.id)
    assert await house.tables_with(SECRET) == set()


async def test_whoever_takes_over_goes_on_behind_what_is_gone(house: House) -> None:
    await _spoken_of_daily(house)
    promised = await _promised(house, Period(Instant(0), Instant(BEGAN)))
    told: list[float] = []

    def die_at_the_second(progress: float) -> None:
        told.append(progress)
        if len(told) == 2:
            raise Killed

    with pytest.raises(Killed):
        await house.parts.carrying.carry_out(promised.id, _nothing, die_at_the_second)
    receipt = await house.parts.forgetting.receipt(OWNER, promised.id)
    assert receipt.reached is not None
    await house.carry_out(promised.id)
    receipt = await house.parts.forgetting.receipt(OWNER, promised.id)
    assert (receipt.state.value, receipt.removed["messages"]) == ("done", MANY)


async def test_what_is_little_is_gone_with_the_answer(house: House) -> None:
    await house.turn(f"My friend {SECRET.title()} lives in Bergen.")
    assert not await house.parts.forgetting.is_large(Scope(OWNER, Person(SECRET.title())))


async def _nothing(tx: object, result: Mapping[str, Any]) -> None:
    """End nothing."""
