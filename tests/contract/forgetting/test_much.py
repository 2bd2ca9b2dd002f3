"""Years, or somebody who was spoken of daily: hidden at once, and gone in small parts."""

from collections.abc import Mapping
from typing import Any

import pytest

from backend.kernel.clock import Instant
from backend.kernel.forgetting import Period, Person, Scope
from backend.memory.archive.store import held
from backend.platform.forgetting import Outcome
from backend.platform.forgetting.hiding import is_going
from backend.platform.forgetting.service import ONE_GO, SLICE
from tests.contract.forgetting.house import BEGAN, OWNER, House, fact

SECRET = "zorblax"
MANY = ONE_GO + SLICE
LONG_AGO = Period(Instant(0), Instant(BEGAN))


class Killed(Exception):
    """The worker's process is gone."""


async def _years(house: House, *, words: str = SECRET) -> None:
    rows = [
        {"id": f"0-{number:06}", "owner_id": OWNER, "speaker": "Sam", "role": "import",
         "text": f"{words} number {number}", "assurance": "held", "is_recallable": False,
         "said_at": 1 + number, "learnt_at": 1 + number}
        for number in range(MANY)
    ]  # fmt: skip
    await house.insert("messages", *rows)


async def _begun(house: House, what: Period | Person = LONG_AGO) -> Outcome:
    scope = Scope(OWNER, what)
    much = await house.parts.forgetting.much(scope)
    assert much is not None
    async with house.parts.database.transaction() as tx:
        return await house.parts.forgetting.forget(tx, scope, actor="test", much=much)


async def test_somebody_spoken_of_daily_shows_no_more_from_the_first_moment(house: House) -> None:
    await _years(house)
    said = await house.turn(
        f"My friend {SECRET.title()} lives in Bergen.",
        facts=[fact(f"{SECRET.title()} lives in Bergen.", subject=SECRET.title())],
        note=f"write to {SECRET}",
    )
    await house.turn("The boat is blue.")
    outcome = await _begun(house, Person(SECRET.title()))
    parts = house.parts
    assert SECRET in str(await house.rows("messages")), "too many for one transaction"
    assert await parts.memory.search(OWNER, f"Where does {SECRET} live?") == []
    assert SECRET not in str(await parts.memory.list_memories(OWNER)).lower()
    assert SECRET not in str(await parts.memory.short_term(OWNER)).lower()
    assert SECRET not in str(await parts.memory.names(OWNER)).lower()
    assert await parts.memory.related(OWNER, SECRET.title()) == []
    assert await parts.facts.list(OWNER, "") == []
    assert await parts.documents.read_notes(OWNER) == []
    assert len(await parts.memory.search(OWNER, "Which colour has the boat?")) == 1
    async with parts.database.transaction() as tx:
        assert await held(tx, [said["heard"]]) == frozenset(), "no job makes anything of it"
        assert await is_going(tx.connection, OWNER)
    await house.carry_out(outcome.id)
    async with parts.database.reading() as connection:
        assert not await is_going(connection, OWNER)
    assert await house.tables_with(SECRET) == set()
    assert house.files_with(SECRET) == set()


async def test_whoever_takes_over_from_a_killed_worker_goes_on(house: House) -> None:
    await _years(house)
    kept = await house.turn("The boat is blue.")
    outcome = await _begun(house)
    told: list[float] = []

    def die_at_the_third(progress: float) -> None:
        told.append(progress)
        if len(told) == 3:
            raise Killed

    with pytest.raises(Killed):
        await house.parts.carrying.carry_out(outcome.id, _nothing, die_at_the_third)
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] < 1
    assert SECRET in str(await house.rows("messages"))
    await house.carry_out(outcome.id)
    receipt = await house.parts.forgetting.receipt(OWNER, outcome.id)
    assert (receipt.state.value, receipt.left, receipt.progress) == ("done", 0, 1.0)
    assert receipt.removed["messages"] == MANY == receipt.total
    assert {row["id"] for row in await house.rows("messages")} == {kept["heard"], kept["answer"]}
    assert house.files_with(SECRET) == set()


async def test_what_is_said_in_other_words_since_it_was_found_stays(house: House) -> None:
    await _years(house)
    told = [fact("Anna lives in Bergen.", subject="Anna")]
    await house.turn("Anna lives in Bergen.", facts=told)
    (message,) = [row for row in await house.rows("messages") if "Bergen" in row["text"]]
    scope = Scope(OWNER, Period(Instant(0), Instant(message["said_at"] + 1)))
    much = await house.parts.forgetting.much(scope)
    await house.turn("As I said, Anna lives in Bergen.", facts=told)
    async with house.parts.database.transaction() as tx:
        await house.parts.forgetting.forget(tx, scope, actor="test", much=much)
    (view,) = await house.parts.facts.list(OWNER, "")
    assert view.statement == "Anna lives in Bergen."


async def _nothing(tx: object, result: Mapping[str, Any]) -> None:
    """End nothing."""
