"""What falls with what: nothing that repeats it stays, and nothing else goes."""

import pytest

from backend.kernel.clock import Instant
from backend.kernel.errors import Conflict, Missing
from backend.kernel.forgetting import Everything, Kind, Period, Person, Scope
from tests.contract.forgetting.house import BEGAN, MINUTE, OTHER, OWNER, House, fact, one

SECRET = "zorblax"


@pytest.mark.covers("SE-05")
async def test_a_turn_goes_with_everything_that_was_made_of_it(house: House) -> None:
    kept = await house.turn("The dentist is called Weber.")
    gone = await house.turn(
        f"The code of my garden gate is {SECRET}.", f"Noted: {SECRET}.", note=f"buy {SECRET}"
    )
    assert await house.tables_with(SECRET) >= {
        "messages", "memories", "short_term", "webhooks", "deliveries", "sticky_notes",
    }  # fmt: skip
    outcome = await house.forget_all(one(Kind.TURN, gone["turn"]))
    assert await house.tables_with(SECRET) == set()
    assert house.files_with(SECRET) == set()
    assert outcome.removed["messages"] == 2
    found = await house.parts.memory.search(OWNER, "garden gate code")
    assert [each.message_id for each in found if each.message_id != kept["heard"]] == []
    assert len(await house.rows("messages")) == 2
    receipt = await house.parts.forgetting.receipt(OWNER, outcome.id)
    assert (receipt.state.value, receipt.left) == ("done", 0)
    assert set(receipt.scanned) > {"messages", "full text", "vectors", "turns", "pieces of sound"}


async def test_a_dry_run_shows_what_would_go_and_changes_nothing(house: House) -> None:
    said = await house.turn(
        f"I live in {SECRET}.", facts=[fact(f"They live in {SECRET}.")], note=f"paint {SECRET}"
    )
    await house.record(said["conversation"])
    before = {name: await house.rows(name) for name in ("messages", "facts", "tombstones")}
    preview = await house.parts.forgetting.preview(Scope(OWNER, one(Kind.TURN, said["turn"])))
    assert dict(preview.counts) | {"mentions": 0, "names": 0, "relations": 0} == {
        "answers to the carrier": 1,
        "changes of facts": 1,
        "conversations": 1,
        "deliveries": 1,
        "facts": 1,
        "full text": 1,
        "memories": 1,
        "mentions": 0,
        "messages": 2,
        "model usage": 1,
        "names": 0,
        "notes": 1,
        "pieces of sound": 2,
        "relations": 0,
        "short term": 1,
        "sources": 1,
        "turns": 1,
        "vault": 1,
        "vectors": 1,
    }
    assert {each.kind for each in preview.examples} == {"note", "fact", "delivery", "message"}
    assert any(SECRET in each.text for each in preview.examples)
    assert {name: await house.rows(name) for name in before} == before


async def test_a_fact_goes_with_the_words_that_it_is_known_from(house: House) -> None:
    said = await house.turn(f"I live in {SECRET}.", facts=[fact(f"They live in {SECRET}.")])
    await house.turn("The boat is blue.", facts=[fact("They like tea.", "likes")])
    (known,) = [row for row in await house.rows("facts") if row["object"] == SECRET]
    await house.forget_all(one(Kind.FACT, known["id"]))
    assert await house.tables_with(SECRET) == set()
    assert said["heard"] not in {row["id"] for row in await house.rows("messages")}
    assert [row["object"] for row in await house.rows("facts")] == ["tea"]


async def test_a_fact_with_another_source_stays_and_is_less_sure(house: House) -> None:
    first = await house.turn("I live in Bergen.", facts=[fact("They live in Bergen.")])
    await house.turn("As I said, Bergen it is.", facts=[fact("They live in Bergen.")])
    (both,) = await house.rows("facts")
    await house.forget_all(one(Kind.TURN, first["turn"]))
    (left,) = await house.rows("facts")
    assert (left["id"], left["object"]) == (both["id"], "Bergen")
    assert left["confidence"] < both["confidence"]
    assert len(await house.rows("sources")) == 1


async def test_what_was_superseded_by_a_forgotten_sentence_holds_again(house: House) -> None:
    await house.turn("I live in Bergen.", facts=[fact("They live in Bergen.")])
    later = await house.turn(f"I live in {SECRET}.", facts=[fact(f"They live in {SECRET}.")])
    await house.forget_all(one(Kind.TURN, later["turn"]))
    (held,) = await house.rows("facts")
    assert (held["object"], held["retracted_at"], held["superseded_by"]) == ("Bergen", None, "")


async def test_an_answer_that_repeats_it_goes_and_its_question_stays(house: House) -> None:
    said = await house.turn(f"The gate's code is {SECRET}.")
    asked = await house.turn(
        "What is the code?", f"On Monday you told me: {SECRET}.", is_recallable=False
    )
    await house.forget_all(one(Kind.TURN, said["turn"]))
    assert await house.tables_with(SECRET) == set()
    assert {row["id"] for row in await house.rows("messages")} == {asked["heard"]}


async def test_a_word_that_somebody_says_elsewhere_marks_no_answer(house: House) -> None:
    said = await house.turn("The boat is in the harbour.")
    await house.turn("We sailed the boat home.", "A fine boat.")
    await house.forget_all(one(Kind.TURN, said["turn"]))
    assert "A fine boat." in {row["text"] for row in await house.rows("messages")}


async def test_a_person_goes_with_every_turn_that_names_them(house: House) -> None:
    await house.turn("My friend Zorblax lives in Bergen.")
    await house.turn("Yesterday zorblax was here.")
    kept = await house.turn("Susanna lives in Oslo.")
    await house.forget_all(Person("Zorblax"))
    assert await house.tables_with(SECRET) == set()
    assert house.files_with(SECRET) == set()
    assert {row["turn_id"] for row in await house.rows("messages")} == {kept["turn"]}
    assert "bergen" not in {row["key"] for row in await house.rows("concepts")}
    assert "oslo" in {row["key"] for row in await house.rows("concepts")}


async def test_a_name_within_another_name_is_somebody_else(house: House) -> None:
    await house.turn("Anna has a cat.")
    kept = await house.turn("Susanna has a dog.")
    await house.forget_all(Person("Anna"))
    assert {row["turn_id"] for row in await house.rows("messages")} == {kept["turn"]}


async def test_of_two_with_one_name_somebody_must_choose(house: House) -> None:
    concepts = [
        {"id": id_, "owner_id": OWNER, "kind": "person", "name": "Anna", "key": "anna",
         "qualifier": qualifier, "created_at": 1}
        for id_, qualifier in (("a1", "sister"), ("a2", "from work"))
    ]  # fmt: skip
    await house.insert("concepts", *concepts)
    with pytest.raises(Conflict, match="from work: a2"):
        await house.forget(Person("Anna"))
    await house.forget_all(Person("Anna", "a2"))
    assert [row["id"] for row in await house.rows("concepts")] == ["a1"]


async def test_a_period_goes_and_what_was_before_and_after_stays(house: House) -> None:
    before = await house.turn("The dentist is called Weber.")
    await house.turn(f"Secret one is {SECRET}.", note=f"secret {SECRET}")
    await house.turn(f"Secret two is {SECRET}.")
    after = await house.turn("The boat is blue.")
    since, until = Instant(BEGAN + 20 * MINUTE), Instant(BEGAN + 40 * MINUTE)
    await house.forget_all(Period(since, until))
    assert await house.tables_with(SECRET) == set()
    turns = {row["turn_id"] for row in await house.rows("messages")}
    assert turns == {before["turn"], after["turn"]}


async def test_everything_of_one_user_goes_and_nothing_of_another(house: House) -> None:
    await house.turn(
        f"I live in {SECRET}.", facts=[fact(f"They live in {SECRET}.")], note=f"paint {SECRET}"
    )
    others = await house.turn("The lighthouse is red.", owner=OTHER, note="paint the lighthouse")
    await house.forget_all(Everything())
    assert await house.tables_with(SECRET) == set()
    assert house.files_with(SECRET) == set()
    assert {row["id"] for row in await house.rows("messages")} == {
        others["heard"], others["answer"],
    }  # fmt: skip
    assert [row["text"] for row in await house.rows("sticky_notes")] == ["paint the lighthouse"]
    found = await house.parts.memory.search(OTHER, "Which colour has the lighthouse?")
    assert [each.message_id for each in found] == [others["heard"]]


async def test_nobody_forgets_what_is_somebody_elses(house: House) -> None:
    said = await house.turn("The boat is blue.", owner=OTHER, note="buy rope")
    (noted,) = await house.rows("sticky_notes")
    for kind, id_ in (
        (Kind.TURN, said["turn"]),
        (Kind.MESSAGE, said["heard"]),
        (Kind.CONVERSATION, said["conversation"]),
        (Kind.NOTE, noted["id"]),
        (Kind.DOCUMENT, noted["document_id"]),
    ):
        with pytest.raises(Missing):
            await house.forget(one(kind, id_))
    assert len(await house.rows("messages")) == 2


async def test_the_sound_of_a_call_goes_with_the_first_turn_that_goes(house: House) -> None:
    first = await house.turn(f"The code is {SECRET}.")
    await house.turn("The boat is blue.", conversation=first["conversation"])
    await house.record(first["conversation"])
    await house.forget_all(one(Kind.TURN, first["turn"]))
    assert await house.parts.objects.list("recordings/") == []
    (call,) = await house.rows("conversations")
    assert call["recording"] == ""


async def test_a_text_that_waits_is_called_off_and_still_counts_none(house: House) -> None:
    said = await house.turn(f"The code is {SECRET}.")
    await house.execute("UPDATE deliveries SET state = 'waiting'")
    await house.forget_all(one(Kind.TURN, said["turn"]))
    (sent,) = await house.rows("deliveries")
    assert (sent["state"], sent["body"], sent["number"]) == ("cancelled", "", "")
    assert set(sent["details"]) == {"sent"}
