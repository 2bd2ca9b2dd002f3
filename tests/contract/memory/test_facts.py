"""What is believed: from whom, since when, and what takes its place, on each kind of truth."""

import asyncio
from dataclasses import replace

import pytest

from backend.kernel.clock import DAY, Instant
from backend.kernel.errors import Missing
from backend.kernel.people import Assurance
from backend.memory.facts import ChangeKind, Facts, SaidBy
from backend.platform.database.engine import Database
from tests.contract.memory.teller import GUEST, KIM, SAM, Told, kinds, read


# ── believing ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.covers("ME-26")
async def test_a_fact_is_learnt_with_its_source(tell: Told) -> None:
    changes = await tell(read("lives in", "Porto"), day=-3)
    assert kinds(changes) == ["learnt"]
    view = await tell.only()
    assert (view.statement, view.said_by) == ("They live in Porto.", "owner")
    assert view.holds_at(tell.now)
    assert view.valid_from == tell.now - 3 * DAY
    (source,) = view.sources
    assert (source.quote, source.channel, source.speaker) == ("words of Porto", "phone", "Sam")
    assert 0.5 < view.confidence < 1


async def test_the_same_words_again_change_nothing(tell: Told) -> None:
    await tell(read("lives in", "Porto"))
    assert await tell(read("lives in", "Porto")) == []
    assert len((await tell.only()).sources) == 1


async def test_the_same_belief_has_one_more_source_and_more_confidence(tell: Told) -> None:
    await tell(read("lives in", "Porto"), day=-3)
    before = await tell.only()
    assert kinds(await tell(read("lives in", "porto."), day=-2)) == ["confirmed"]
    after = await tell.only()
    assert after.id == before.id
    assert len(after.sources) == 2
    assert after.confidence > before.confidence
    assert after.valid_from == before.valid_from


@pytest.mark.covers("IM-05", "ME-26")
async def test_a_new_value_takes_the_place_of_the_old_one(tell: Told, facts: Facts) -> None:
    await tell(read("diet", "a meat eater"), day=-9)
    changes = await tell(read("diet", "vegetarian"), day=-2)
    assert sorted(kinds(changes)) == ["learnt", "superseded"]
    now = await tell.only()
    assert now.object == "vegetarian"
    (before,) = await facts.former(SAM, now.id)
    assert (before.object, before.valid_to) == ("a meat eater", now.valid_from)
    assert before.superseded_by == now.id
    then = await facts.about(SAM, names=[""], at=Instant(tell.now - 5 * DAY))
    assert [view.object for view in then] == ["a meat eater"]
    all_of_it = await facts.about(SAM, names=[""], with_history=True)
    assert [view.object for view in all_of_it] == ["vegetarian", "a meat eater"]


async def test_what_can_be_true_beside_each_other_stands_beside(tell: Told) -> None:
    await tell(read("speaks", "English"), day=-2)
    await tell(read("speaks", "German"), day=-1)
    assert await tell.now_of() == ["They speak English.", "They speak German."]


async def test_what_is_over_is_ended(tell: Told, facts: Facts) -> None:
    await tell(read("eats", "meat"), day=-9)
    changes = await tell(read("eats", "meat", is_ended=True), day=-1)
    assert kinds(changes) == ["ended"]
    assert await tell.now_of() == []
    (past,) = await facts.about(SAM, names=[""], with_history=True)
    assert past.valid_to == tell.now - DAY


async def test_one_thing_and_its_opposite_are_never_held_together(tell: Told) -> None:
    await tell(read("likes", "coffee"), day=-9)
    await tell(read("dislikes", "coffee"), day=-1)
    assert await tell.now_of() == ["They don't like coffee."]


async def test_what_used_to_be_true_is_known_as_past_only(tell: Told, facts: Facts) -> None:
    await tell(read("lives in", "Berlin", is_ended=True))
    assert await tell.now_of() == []
    assert len(await facts.about(SAM, names=[""], with_history=True)) == 1


@pytest.mark.covers("IM-05")
async def test_older_news_never_supersede_newer_ones(tell: Told, facts: Facts) -> None:
    await tell(read("lives in", "Lisbon"), day=-1)
    changes = await tell(read("lives in", "Porto"), day=-30, said_by=SaidBy.IMPORT, speaker="user")
    assert "superseded" in kinds(changes)
    assert (await tell.only()).object == "Lisbon"
    then = await facts.about(SAM, names=[""], at=Instant(tell.now - 9 * DAY))
    assert [view.object for view in then] == ["Porto"]


async def test_what_its_owner_put_right_no_import_changes(tell: Told) -> None:
    await tell(read("lives in", "Porto"), day=-9, is_explicit=True)
    changes = await tell(read("lives in", "Oslo"), day=-1, said_by=SaidBy.IMPORT, speaker="user")
    assert kinds(changes) == ["refused"]
    assert (await tell.only()).object == "Porto"
    await tell(read("lives in", "Rome"))
    assert (await tell.only()).object == "Rome"


async def test_an_import_from_the_future_gives_way(tell: Told, database: Database) -> None:
    await tell(read("lives in", "Porto"), day=9_000, said_by=SaidBy.IMPORT, speaker="user")
    assert (await tell.only()).object == "Porto"
    async with database.transaction() as tx:
        source = tell.source(said_at=tx.at)
        await tell.facts.believe(tx, [read("lives in", "Rome")], source)
    assert (await tell.only()).object == "Rome"


async def test_who_comes_back_is_there_again_and_was_away(tell: Told, facts: Facts) -> None:
    for day, place in ((-9, "Porto"), (-1, "Porto"), (-5, "Lisbon")):
        await tell(read("lives in", place), day=day)
    at = [
        [view.object for view in await facts.about(SAM, names=[""], at=Instant(tell.now + d * DAY))]
        for d in (-7, -3, 0)
    ]
    assert at == [["Porto"], ["Lisbon"], ["Porto"]]


async def test_what_begins_later_does_not_hold_yet(tell: Told, facts: Facts) -> None:
    await tell(read("lives in", "Porto"), day=-9)
    soon = replace(read("lives in", "Lisbon"), valid_from=Instant(tell.now + 30 * DAY))
    await tell(soon, day=-1)
    assert (await tell.only()).object == "Porto"
    then = await facts.about(SAM, names=[""], at=Instant(tell.now + 31 * DAY))
    assert [view.object for view in then] == ["Lisbon"]


# ── who may ──────────────────────────────────────────────────────────────────────────────────
async def test_the_companions_words_are_never_believed(tell: Told) -> None:
    assert await tell(read("lives in", "Porto"), said_by=SaidBy.COMPANION) == []
    assert await tell(read("lives in", "Porto"), assurance=Assurance.STRANGER) == []
    assert await tell.now_of() == []


async def test_a_guest_speaks_of_themselves(tell: Told) -> None:
    await tell(read("lives in", "Porto"), **GUEST)
    view = await tell.only("kim")
    assert (view.statement, view.said_by) == ("Kim lives in Porto.", "guest")
    assert await tell.now_of() == []


async def test_a_guest_never_changes_what_is_the_owners(tell: Told, facts: Facts) -> None:
    await tell(read("lives in", "Porto", "Anna"), day=-9)
    changes = await tell(read("lives in", "Rome", "Anna"), **GUEST)
    assert kinds(changes) == ["refused"]
    view = await tell.only("Anna")
    assert view.object == "Porto"
    assert [change.kind for change in await facts.history(SAM, view.id)][-1] is ChangeKind.REFUSED
    ended = await tell(read("lives in", "Porto", "Anna", is_ended=True), day=-0.5, **GUEST)
    assert kinds(ended) == ["refused"]
    assert (await tell.only("Anna")).object == "Porto"


async def test_a_number_that_can_be_forged_is_a_guests(tell: Told, database: Database) -> None:
    await tell(read("lives in", "Porto"), day=-9)
    changes = await tell(read("lives in", "Rome"), assurance=Assurance.CLAIMED)
    assert kinds(changes) == ["refused"]
    fact = await tell.only()
    async with database.transaction() as tx:
        source = tell.source(assurance=Assurance.CLAIMED)
        assert kinds(await tell.facts.deny(tx, fact.id, source=source)) == ["refused"]
        assert kinds(await tell.facts.correct(tx, fact.id, object="X", source=source)) == [
            "refused"
        ]
        refused = await tell.facts.pin(tx, fact.id, is_pinned=True, source=source)
        assert kinds(refused) == ["refused"]
    assert await tell.only() == fact


async def test_what_a_guest_said_gives_way_to_the_owner(tell: Told) -> None:
    await tell(read("lives in", "Rome", "Anna"), day=-9, **GUEST)
    await tell(read("lives in", "Porto", "Anna"), day=-12)
    assert (await tell.only("Anna")).object == "Porto"


@pytest.mark.covers("IM-05")
async def test_what_is_pinned_changes_only_explicitly(tell: Told) -> None:
    await tell(read("allergic to", "nuts"), read("name", "Martin"), day=-9)
    assert kinds(await tell(read("allergic to", "nuts", is_ended=True), day=-2)) == ["refused"]
    assert kinds(await tell(read("name", "Marty"), day=-3)) == ["refused"]
    assert await tell.now_of() == ["Their name is Martin.", "They are allergic to nuts."]
    await tell(read("name", "Marty"), day=-1, is_explicit=True)
    assert await tell.now_of(predicates=["name"]) == ["Their name is Marty."]
    assert [view.object for view in await tell.facts.pinned(SAM)] == ["Marty", "nuts"]


# ── changes by hand ──────────────────────────────────────────────────────────────────────────
async def test_a_correction_wins_and_can_be_undone(tell: Told, database: Database) -> None:
    await tell(read("lives in", "Berlin"), day=-20)
    await tell(read("lives in", "Porto"), day=-9)
    wrong = await tell.only()
    async with database.transaction() as tx:
        changes = await tell.facts.correct(
            tx, wrong.id, object="Lisbon", source=tell.source(), quote="no, it's Lisbon"
        )
    assert kinds(changes)[0] == "corrected"
    now = await tell.only()
    assert (now.object, now.valid_from) == ("Lisbon", wrong.valid_from)
    assert (await tell.facts.get(SAM, wrong.id)).retracted_as == "corrected"
    assert [view.object for view in await tell.facts.former(SAM, now.id)] == ["Berlin"]
    # What was said before does not bring it back.
    await tell(read("lives in", "Porto"), day=-2)
    assert (await tell.only()).object == "Lisbon"
    async with database.transaction() as tx:
        await tell.facts.restore(tx, changes[0].id, source=tell.source())
    assert (await tell.only()).id == wrong.id
    again = await tell.facts.history(SAM, wrong.id)
    assert again[-1].kind is ChangeKind.RESTORED


async def test_what_is_denied_is_gone_and_the_former_value_is_back(
    tell: Told, database: Database
) -> None:
    await tell(read("lives in", "Berlin"), day=-20)
    await tell(read("lives in", "Porto"), day=-9)
    wrong = await tell.only()
    async with database.transaction() as tx:
        changes = await tell.facts.deny(tx, wrong.id, source=tell.source())
    assert kinds(changes) == ["denied", "restored"]
    assert (await tell.only()).object == "Berlin"
    async with database.transaction() as tx:
        await tell.facts.restore(tx, changes[0].id, source=tell.source())
    assert (await tell.only()).object == "Porto"


async def test_what_was_denied_can_be_said_again(tell: Told, database: Database) -> None:
    await tell(read("lives in", "Porto"), day=-9)
    async with database.transaction() as tx:
        await tell.facts.deny(tx, (await tell.only()).id, source=tell.source())
    await tell(read("lives in", "Porto"), day=1)
    found = await tell.facts.about(SAM, names=[""], at=Instant(tell.now + 2 * DAY))
    assert [view.object for view in found] == ["Porto"]


async def test_a_name_is_corrected(tell: Told, database: Database) -> None:
    await tell(read("lives in", "Porto", "Anna"), day=-9)
    wrong = await tell.only("Anna")
    async with database.transaction() as tx:
        await tell.facts.correct(tx, wrong.id, subject="Hanna", source=tell.source())
    assert await tell.now_of("Anna") == []
    assert await tell.now_of("Hanna") == ["Hanna lives in Porto."]


async def test_a_pin_is_set_let_go_of_and_undone(tell: Told, database: Database) -> None:
    await tell(read("lives in", "Porto"), day=-9)
    fact = await tell.only()
    async with database.transaction() as tx:
        (pinned,) = await tell.facts.pin(tx, fact.id, is_pinned=True, source=tell.source())
    assert (await tell.only()).is_pinned
    await tell(read("lives in", "Rome"), day=-1)
    assert (await tell.only()).object == "Porto"
    async with database.transaction() as tx:
        await tell.facts.restore(tx, pinned.id, source=tell.source())
    # What was refused while it was pinned is let through.
    assert (await tell.only()).object == "Rome"


async def test_what_was_misread_is_taken_back_by_undoing_it(tell: Told, database: Database) -> None:
    await tell(read("lives in", "Porto"), day=-9)
    changes = await tell(read("lives in", "Rome"), day=-1)
    superseded = next(each for each in changes if each.kind is ChangeKind.SUPERSEDED)
    async with database.transaction() as tx:
        await tell.facts.restore(tx, superseded.id, source=tell.source())
    assert (await tell.only()).object == "Porto"
    assert await tell(read("lives in", "Rome"), day=-1) == []  # the same message is not read anew


async def test_owners_never_see_each_others_facts(tell: Told, database: Database) -> None:
    await tell(read("lives in", "Porto"), day=-9)
    await tell(read("lives in", "Rome"), day=-8, owner_id=KIM)
    assert await tell.now_of() == ["They live in Porto."]
    (theirs,) = await tell.facts.about(KIM, names=[""])
    assert theirs.object == "Rome"
    with pytest.raises(Missing):
        await tell.facts.get(SAM, theirs.id)


async def test_many_who_teach_at_once_wait_for_each_other(tell: Told) -> None:
    places = ["Porto", "Lisbon", "Rome", "Oslo", "Paris", "Bonn"]
    await asyncio.gather(
        *(tell(read("lives in", place), day=-9 + day) for day, place in enumerate(places))
    )
    assert (await tell.only()).object == "Bonn"
    story = await tell.facts.about(SAM, names=[""], with_history=True)
    assert [view.object for view in story] == places[::-1]
    assert [view.valid_to for view in story[1:]] == [view.valid_from for view in story[:-1]]
