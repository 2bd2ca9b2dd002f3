"""Somebody else on the owner's own line: their words are theirs, and change nothing there."""

import pytest
from sqlalchemy import delete, select

from backend.conversation.sessions import NewSession, Party
from backend.kernel.people import Assurance
from backend.memory.facts.learning import Learner
from backend.memory.facts.model_reading import RuleReader
from backend.platform.database.tables import facts, messages, sources
from backend.platform.database.transaction import Transaction
from tests.contract.phone.truth_house import TruthHouse, owner


@pytest.fixture
async def dana(house: TruthHouse) -> Party:
    party = await owner(house)
    await house.say(party, "My name is Dana.")
    await house.say(party, "I live in Lisbon.")
    return party


async def test_who_says_another_name_on_the_line_changes_nothing_there(
    house: TruthHouse, dana: Party
) -> None:
    said = await house.say(dana, "This is Eli, I live in Madrid.")
    assert said.startswith("Hello Eli. I'll keep what you tell me as yours, not as ")
    assert "Hello" not in await house.say(dana, "I am allergic to shrimps.")
    assert "Eli lives in Madrid" in await house.say(dana, "Where do I live?")
    await house.say(dana, "Dana again.")
    assert "Lisbon" in await house.say(dana, "Where do I live?")
    assert "Madrid" not in await house.say(dana, "Where do I live?")
    assert "shrimps" not in await house.say(dana, "What am I allergic to?")


async def test_what_a_guest_says_is_kept_as_the_word_of_that_guest(
    house: TruthHouse, dana: Party
) -> None:
    await house.say(dana, "Hi, it's Eli on Dana's phone. I'm allergic to shrimps.")
    rows = await house.rows(sources)
    said = [row for row in rows if "shrimps" in row["quote"]]
    assert {(row["speaker"], row["said_by"], row["assurance"]) for row in said} == {
        ("Eli", "guest", "claimed")
    }
    words = [row for row in await house.rows(messages) if "shrimps" in row["text"]]
    assert [(row["speaker"], row["assurance"]) for row in words][:1] == [("Eli", "claimed")]


async def test_who_denies_to_be_the_owner_is_nobody_but_a_guest(
    house: TruthHouse, dana: Party
) -> None:
    said = await house.say(dana, "I'm not Dana, I'm her son Max. I am ten years old.")
    assert said.startswith("Hello Max.")
    await house.say(dana, "It's me again.")
    assert "ten" not in await house.say(dana, "How old am I?")
    assert "10" not in await house.say(dana, "How old am I?")


@pytest.mark.parametrize(
    "introduced",
    [
        "This is my sister Anna.",
        "This is Anna's number.",
        "I'm Dana.",
        "It's Friday.",
        "I'm hungry.",
    ],
)
async def test_what_introduces_nobody_on_the_line_leaves_it_with_whose_it_is(
    house: TruthHouse, dana: Party, introduced: str
) -> None:
    assert "not as" not in await house.say(dana, introduced)
    await house.say(dana, "I live in Porto.")
    assert "Porto" in await house.say(dana, "Where do I live?")


async def test_a_guest_may_not_have_anything_forgotten_corrected_or_pinned(
    house: TruthHouse, dana: Party
) -> None:
    await house.say(dana, "My sister Anna lives in Dallas.")
    await house.say(dana, "This is Eli.")
    assert "only for whose memory it is" in await house.say(dana, "Forget what I said about Anna.")
    assert "Dallas" in await house.say(dana, "Where does Anna live?")
    assert "only whose memory it is" in await house.say(dana, "No, it's Rome.")
    assert "Dallas" in await house.say(dana, "Where does Anna live?")
    assert "only whose memory it is" in await house.say(dana, "Never forget that.")
    await house.say(dana, "This is Dana.")
    assert "Lisbon" in await house.say(dana, "Where do I live?")
    assert not [each for each in house.watched.contexts[-1].pinned if each.predicate != "name"]


async def test_who_was_on_the_line_last_is_known_with_the_next_text(house: TruthHouse) -> None:
    host = await owner(house, "sms", Assurance.REPLYABLE)
    person = await house.identity.person(house.owner.id)

    async def texted(text: str) -> str:
        wanted = NewSession(host.actor, "sms", person=person, remote="+15005550006")
        async with house.database.transaction() as tx:
            party = await house.sessions.thread(tx, wanted)
        return await house.say(party, text)

    await texted("My name is Dana.")
    await texted("I live in Lisbon.")
    await texted("This is Eli, I live in Madrid.")
    await texted("I was born in Seville.")
    assert "Welcome back" in await texted("Dana again.")
    assert "Lisbon" in await texted("Where do I live?")
    assert "Seville" not in await texted("Where was I born?")


async def test_the_job_that_learns_takes_a_guests_words_for_a_guests(
    house: TruthHouse, dana: Party
) -> None:
    await house.say(dana, "This is Eli, I live in Madrid.")
    async with house.database.transaction() as tx:  # as if its turn had read nothing
        await tx.execute(delete(sources).where(sources.c.object == "Madrid"))
        await tx.execute(delete(facts).where(facts.c.object == "Madrid"))
    await learn_again(house)
    async with house.database.reading() as connection:
        query = select(sources.c.said_by, sources.c.name).where(sources.c.object == "Madrid")
        assert {tuple(row) for row in await connection.execute(query)} == {("guest", "Eli")}
    assert "Lisbon" in await house.say(await owner(house), "Where do I live?")


async def test_what_a_turn_has_put_right_is_not_learnt_from_its_words_again(
    house: TruthHouse, dana: Party
) -> None:
    await house.say(dana, "No, it's Porto.")
    before = len(await house.rows(sources))
    await learn_again(house)
    assert len(await house.rows(sources)) == before


async def learn_again(house: TruthHouse) -> None:
    reader = RuleReader(house.ground.compute)
    learner = Learner(database=house.database, facts=house.facts, reader=reader)

    async def end(tx: Transaction, result: object) -> None:
        del tx, result

    ids = [row["id"] for row in await house.rows(messages)]
    await learner.learn(ids, end)


async def test_what_a_guest_wants_never_forgotten_is_said_to_be_only_remembered(
    house: TruthHouse, dana: Party
) -> None:
    await house.say(dana, "This is Eli.")
    said = await house.say(dana, "Never forget that Dana is allergic to dogs.")
    assert "I'll never forget" not in said
    assert "I'll remember that Dana is allergic to dogs, as your word." in said
    await house.say(dana, "Dana again.")
    assert "I'll never forget" in await house.say(dana, "Never forget that I am allergic to cats.")


async def test_what_two_have_said_alike_is_told_once(house: TruthHouse, dana: Party) -> None:
    await house.say(dana, "This is Eli, I live in Madrid.")
    await house.say(dana, "My wife Dana hates opera.")
    await house.say(dana, "Dana again.")
    await house.say(dana, "I hate opera.")
    said = await house.say(dana, "What do I hate?")
    assert said.count("You don't like opera") == 1
