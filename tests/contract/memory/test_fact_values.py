"""Values that were said more or less exactly, on each kind of truth."""

import pytest

from backend.memory.facts import Facts
from tests.contract.memory.teller import GUEST, SAM, Told, kinds, read


async def test_the_more_exact_place_is_kept_and_nothing_is_contradicted(tell: Told) -> None:
    await tell(read("lives in", "Lisbon"), day=-9)
    first = await tell.only()
    assert kinds(await tell(read("lives in", "Lisbon, Portugal"), day=-5)) == ["confirmed"]
    assert kinds(await tell(read("lives in", "lisbon"), day=-2)) == ["confirmed"]
    view = await tell.only()
    assert (view.id, view.object, len(view.sources)) == (first.id, "Lisbon, Portugal", 3)
    assert view.valid_from == first.valid_from
    assert "superseded" in kinds(await tell(read("lives in", "Lisbon, Ohio"), day=-1))


@pytest.mark.covers("ME-26")
async def test_another_dose_takes_the_place_of_the_old_one(tell: Told, facts: Facts) -> None:
    await tell(read("takes", "metformin 500 mg"), read("takes", "insulin"), day=-9)
    await tell(read("takes", "metformin"), day=-5)
    assert "superseded" in kinds(await tell(read("takes", "1000 mg of metformin"), day=-2))
    pinned = [view.object for view in await facts.pinned(SAM)]
    assert sorted(pinned) == ["1000 mg of metformin", "insulin"]
    (before,) = [
        view
        for view in await facts.about(SAM, names=[""], with_history=True)
        if view.valid_to is not None
    ]
    assert before.object == "metformin 500 mg"


async def test_who_takes_a_medicine_may_stop_it_by_a_plain_word_and_nobody_else(tell: Told) -> None:
    await tell(read("takes", "metformin 500 mg"), day=-9)
    over = read("takes", "metformin", is_ended=True)
    assert kinds(await tell(read("takes", "metformin 20 mg", "Sam"), day=-8, **GUEST)) == ["learnt"]
    assert await tell.now_of("", predicates=["takes"]) == ["They take metformin 500 mg."]
    assert kinds(await tell(over, day=-2)) == ["ended"]
    assert await tell.now_of("", predicates=["takes"]) == []


async def test_a_medicine_that_was_pinned_by_hand_changes_only_explicitly(tell: Told) -> None:
    await tell(read("takes", "metformin 500 mg"), day=-9)
    async with tell.database.transaction() as tx:
        fact = await tell.only()
        await tell.facts.pin(tx, fact.id, is_pinned=False, source=tell.source())
        await tell.facts.pin(tx, fact.id, is_pinned=True, source=tell.source())
    assert kinds(await tell(read("takes", "metformin 850 mg"), day=-2)) == ["refused"]
    await tell(read("takes", "metformin 850 mg"), day=-1, is_explicit=True)
    assert (await tell.only()).object == "metformin 850 mg"


async def test_a_whole_name_is_no_other_name(tell: Told) -> None:
    await tell(read("name", "Martin"), day=-9)
    assert kinds(await tell(read("name", "Martin Keller"), day=-2)) == ["confirmed"]
    assert (await tell.only()).object == "Martin Keller"


async def test_a_guest_says_nothing_of_the_owners_more_exactly(tell: Told) -> None:
    await tell(read("lives in", "Lisbon", "Anna"), day=-9)
    refused = await tell(read("lives in", "Lisbon, Ohio", "Anna"), day=-2, **GUEST)
    assert kinds(refused) == ["refused"]
    assert kinds(await tell(read("lives in", "Lisbon", "Anna"), day=-1, **GUEST)) == ["confirmed"]
    assert (await tell.only("Anna")).object == "Lisbon"


async def test_accents_make_no_other_place(tell: Told) -> None:
    await tell(read("lives in", "S\u00e3o Paulo"), day=-9)
    assert kinds(await tell(read("lives in", "Sao Paulo"), day=-2)) == ["confirmed"]
    assert [view.object for view in await tell.facts.about(SAM, names=["S\u00c3O PAULO"])]
