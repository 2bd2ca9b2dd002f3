"""Everything of a long life goes in small parts: it shows no more at once, whoever is killed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from backend.kernel.errors import Unavailable
from backend.kernel.forgetting import Everything, Scope
from backend.memory.forgetting import Words
from backend.platform.forgetting import Carrying, Outcome, Rooms
from backend.platform.forgetting.service import AT_ONCE, SLICE, Around
from tests.contract.forgetting.house import OTHER, OWNER, House, fact

SECRET = "zorblax"
MANY = AT_ONCE + 2 * SLICE


async def _long_life(house: House) -> None:
    """Say more than one transaction takes away; what matters comes last."""
    await house.turn("The lighthouse is red.", owner=OTHER)
    rows = [
        {"id": f"0-{number:06}", "owner_id": OWNER, "speaker": "Sam", "role": "import",
         "text": f"{SECRET} number {number}", "assurance": "held", "is_recallable": False,
         "said_at": 1 + number, "learnt_at": 1 + number}
        for number in range(MANY)
    ]  # fmt: skip
    await house.insert("messages", *rows)
    await house.turn(
        f"My friend {SECRET.title()} lives in Bergen.",
        facts=[fact(f"{SECRET.title()} lives in Bergen.", subject=SECRET.title())],
        note=f"write to {SECRET}",
    )


async def _begun(house: House) -> Outcome:
    await _long_life(house)
    outcome = await house.forget(Everything())
    assert SECRET in str(await house.rows("messages")), "too many for one transaction"
    return outcome


@pytest.mark.covers("SE-05")
async def test_it_shows_no_more_from_the_first_moment(house: House) -> None:
    await _begun(house)
    parts = house.parts
    assert await parts.memory.search(OWNER, f"Who is {SECRET}?") == []
    assert await parts.memory.list_memories(OWNER) == []
    assert await parts.memory.short_term(OWNER) == []
    assert await parts.memory.names(OWNER) == []
    assert await parts.memory.related(OWNER, SECRET.title()) == []
    assert await parts.facts.list(OWNER, "") == []
    assert await parts.documents.read_notes(OWNER) == []
    assert len(await parts.memory.search(OTHER, "Which colour has the lighthouse?")) == 1


@pytest.mark.covers("SE-05")
async def test_what_was_kept_at_hand_shows_no_more_either(house: House) -> None:
    await _long_life(house)
    facts, name = house.parts.facts, SECRET.title()
    promised = replace(fact(f"{name} is never late.", subject=name), is_pinned=True)
    await house.turn(f"{name} is never late.", facts=[promised])
    assert await facts.about(OWNER, names=[name])
    assert await facts.pinned(OWNER)
    await house.forget(Everything())
    assert await facts.about(OWNER, names=[name]) == []
    assert await facts.pinned(OWNER) == []


async def test_what_is_said_meanwhile_is_found_and_stays(house: House) -> None:
    outcome = await _begun(house)
    said = await house.turn("The boat is blue.")
    found = await house.parts.memory.search(OWNER, "Which colour has the boat?")
    assert [each.message_id for each in found] == [said["heard"]]
    await house.carry_out(outcome.id)
    left = {row["id"] for row in await house.rows("messages") if row["owner_id"] == OWNER}
    assert left == {said["heard"], said["answer"]}


async def test_it_goes_in_parts_each_with_its_tombstones(house: House) -> None:
    outcome = await _begun(house)
    receipt = await house.parts.forgetting.receipt(OWNER, outcome.id)
    assert receipt.progress == 0.0, "nobody waits until it is counted"
    while True:
        async with house.parts.database.transaction() as tx:
            gone = await house.parts.forgetting.slice(tx, receipt)
        assert gone <= SLICE
        alive = {row["id"] for row in await house.rows("messages")}
        dead = {row["target"] for row in await house.rows("tombstones")}
        assert not alive & dead
        if not gone:
            break
    told: list[float] = []
    await house.parts.carrying.carry_out(outcome.id, _nothing, told.append)
    done = await house.parts.forgetting.receipt(OWNER, outcome.id)
    assert (done.state.value, done.left, done.progress) == ("done", 0, 1.0)
    assert done.removed["messages"] == MANY + 2 == done.total
    assert await house.tables_with(SECRET) == set()
    assert house.files_with(SECRET) == set()


async def test_a_dry_run_of_everything_counts_all_of_it(house: House) -> None:
    await _long_life(house)
    preview = await house.parts.forgetting.preview(Scope(OWNER, Everything()))
    assert preview.counts["messages"] == MANY + 2
    assert preview.counts["facts"] == 1
    assert preview.counts["notes"] == 1
    assert any(SECRET in each.text.lower() for each in preview.examples)
    assert SECRET in str(await house.rows("messages"))


async def test_a_receipt_names_what_did_not_answer_and_the_rest_goes(house: House) -> None:
    said = await house.turn(f"The code is {SECRET}.")
    await house.record(said["conversation"])
    outcome = await house.forget(Everything())
    parts = house.parts
    carrying = Carrying(
        database=parts.database,
        around=Around(parts.ids, parts.events, parts.jobs, parts.signals, house.sealed()),
        rooms=Rooms((Words(rows=parts.vector_rows, index=Away()), parts.lines)),
        forgetting=parts.forgetting,
    )
    with pytest.raises(Unavailable, match="index of vectors"):
        await carrying.carry_out(outcome.id, _nothing)
    waiting = await house.parts.forgetting.receipt(OWNER, outcome.id)
    assert (waiting.state.value, waiting.unreached) == ("running", ("index of vectors",))
    assert waiting.scanned["messages"] == 0
    assert await house.parts.objects.list("recordings/") == [], "nothing waits for another"


class Away:
    """An index whose server does not answer."""

    async def delete(self, message_ids: object) -> None:
        raise Unavailable

    async def known(self, message_ids: object) -> int:
        raise Unavailable


async def _nothing(tx: object, result: Mapping[str, Any]) -> None:
    """End nothing."""
