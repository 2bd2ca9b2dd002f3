"""What a conversation does with secrets, and with what somebody wants forgotten."""

import pytest

from backend.conversation.sessions import Party
from backend.kernel.ids import MessageId
from backend.kernel.people import Assurance
from backend.memory import NewMessage
from backend.platform.database.tables import (
    facts,
    forgettings,
    messages,
    metadata,
    sources,
    vault,
)
from tests.contract.phone.ground import Ground
from tests.contract.phone.truth_house import TruthHouse, owner


async def test_what_is_never_to_be_forgotten_is_always_at_hand(house: TruthHouse) -> None:
    await house.say(await owner(house), "Never forget that I'm allergic to nuts.")
    await house.say(await owner(house), "What time is it?")
    assert [fact.object for fact in house.watched.contexts[-1].pinned] == ["nuts"]


async def test_a_secret_is_in_no_row_nor_in_anything_that_a_mind_is_given(
    house: TruthHouse,
) -> None:
    party = await owner(house)
    said = await house.say(party, "Please remember that my wifi password is hunter2xyz.")
    assert "left out" in said
    await house.say(party, "What is my wifi password?")
    for table in metadata.sorted_tables:
        assert "hunter2xyz" not in str(await house.rows(table)), table.name
    assert "hunter2xyz" not in str([*house.watched.contexts, *party.history])


async def test_a_sealed_secret_is_told_only_to_whose_it_is(ground: Ground) -> None:
    house = TruthHouse(ground, secrets="vault")
    await house.settle()
    said = await house.say(await owner(house), "My wifi password is hunter2xyz.")
    assert "sealed the wifi password" in said
    question = "What's my wifi password?"
    party = await owner(house)
    assert await house.say(party, question) == "Your wifi password is hunter2xyz."
    assert "hunter2xyz" not in str(party.history)
    for other in (
        await owner(house, assurance=Assurance.CLAIMED),
        await owner(house, "sms", Assurance.REPLYABLE),
        await house.party(Assurance.VERIFIED),
        await house.party(Assurance.STRANGER),
    ):
        assert "hunter2xyz" not in await house.say(other, question), other.actor
    for table in metadata.sorted_tables:
        assert "hunter2xyz" not in str(await house.rows(table)), table.name


async def test_another_secret_is_never_told_for_the_one_that_is_asked_for(ground: Ground) -> None:
    house = TruthHouse(ground, secrets="vault")
    await house.settle()
    party = await owner(house)
    for told in (
        "My password is hunter2xyz.",
        "My bank account password is b4nkp4ss.",
        "The PIN for my bank card is 4821.",
        "My sister's wifi password is s1sters.",
    ):
        assert "on a call" in await house.say(party, told), told
    values = ("hunter2xyz", "b4nkp4ss", "4821", "s1sters")
    for question, answer in (
        ("What is my wifi password?", ""),
        ("What is my work password?", ""),
        ("What is my password?", "hunter2xyz"),
        ("What is my bank password?", "b4nkp4ss"),
        ("What's the password for my bank account?", "b4nkp4ss"),
        ("What is my bank card PIN?", "4821"),
        ("What is my sister's wi-fi password?", "s1sters"),
    ):
        said = await house.say(party, question)
        assert [value for value in values if value in said] == [answer] * bool(answer), question


async def test_a_secret_is_forgotten_by_its_name_and_no_other_one(ground: Ground) -> None:
    house = TruthHouse(ground, secrets="vault")
    await house.settle()
    party = await owner(house)
    await house.say(party, "My wifi password is w1f1pass.")
    await house.say(party, "My password is hunter2xyz.")
    assert "one thing you said" in await house.say(party, "Forget my password.")
    assert "forgotten" in await house.say(party, "Yes.")
    assert await house.say(party, "What is my wifi password?") == "Your wifi password is w1f1pass."
    assert len(await house.rows(vault)) == 1
    assert "Shall I?" in await house.say(party, "Forget the password for the wifi, please.")
    await house.say(party, "Yes.")
    assert not await house.rows(vault)


async def test_what_is_to_be_forgotten_is_counted_first_and_goes_only_after_a_yes(
    house: TruthHouse,
) -> None:
    party = await owner(house)
    await house.say(party, "My neighbour is called Zebedee.")
    asked = await house.say(party, "Forget that.")
    assert asked == "That would forget one fact and one thing you said, for good. Shall I?"
    assert "keep it" in await house.say(party, "No.")
    assert "Zebedee" in await house.say(party, "What is my neighbour's name?")
    assert "Shall I?" in await house.say(party, "Forget everything I said about Zebedee.")
    assert "forgotten" in await house.say(party, "Yes, please.")
    for table in (messages, facts, sources):
        assert "zebedee" not in str(await house.rows(table)).lower(), table.name
    receipts = await house.rows(forgettings)
    assert receipts
    assert "Zebedee" not in await house.say(await owner(house), "What is my neighbour's name?")


@pytest.mark.parametrize(
    "wish",
    ["Forget Melisande.", "Delete my aunt Melisande from your memory.", "Please forget my aunt."],
)
async def test_somebody_is_forgotten_by_their_name(house: TruthHouse, wish: str) -> None:
    party = await owner(house)
    await house.say(party, "My aunt Melisande is a nurse.")
    await house.say(party, "Melisande lives in Tromso.")
    await house.say(party, "I live in Braga.")
    assert "Shall I?" in await house.say(party, wish)
    assert "forgotten" in await house.say(party, "Yes.")
    for table in (messages, facts, sources):
        told = str(await house.rows(table)).lower()
        assert "melisande" not in told, table.name
        assert "braga" in told, table.name


async def test_only_whose_memory_it_is_has_it_forget(house: TruthHouse) -> None:
    await house.say(await owner(house), "My neighbour is called Zebedee.")
    wish = "Forget everything I said about Zebedee."
    for party in (
        await house.party(Assurance.VERIFIED),
        await owner(house, "sms", Assurance.REPLYABLE),
        await owner(house, assurance=Assurance.CLAIMED),
        await house.party(Assurance.STRANGER),
    ):
        assert "Shall I?" not in await house.say(party, wish), party.actor
        await house.say(party, "Yes.")
    assert "Zebedee" in await house.say(await owner(house), "What is my neighbour's name?")


async def test_nothing_to_forget_is_said(house: TruthHouse) -> None:
    party = await owner(house)
    assert "nothing like that" in await house.say(party, "Forget what I said about Atlantis.")


async def test_a_secret_that_is_not_kept_is_said_to_be_not_kept(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "My wifi password is hunter2xyz.")
    for question in ("What is my wifi password?", "Do you remember my PIN?"):
        answer = await house.say(party, question)
        assert "I don't keep such things" in answer, question
        assert "vault" in answer, question
        assert "[" not in answer, question


async def test_what_only_sounds_like_a_secret_is_answered(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "The spare key is under the blue pot.")
    assert "blue pot" in await house.say(party, "Where is the spare key?")
    assert "keep such things" not in await house.say(party, "What is the key to happiness?")


async def test_all_that_was_counted_goes_however_much_it_is(house: TruthHouse) -> None:
    party = await owner(house)
    for number in range(60):
        await house.say(party, f"Zebedee brought {number} apples.")
    await house.say(party, "Did ZEBEDEE bring pears?")
    await house.say(party, "I like apples.")
    asked = await house.say(party, "Forget everything I said about Zebedee.")
    assert "61 things you said" in asked
    assert "forgotten" in await house.say(party, "Yes.")
    for table in (messages, facts, sources):
        assert "zebedee" not in str(await house.rows(table)).lower(), table.name
    assert "I like apples." in str(await house.rows(messages))
    assert len(await house.rows(forgettings)) == 1


async def test_words_from_elsewhere_are_counted_too(house: TruthHouse) -> None:
    party = await owner(house)
    async with house.database.transaction() as tx:
        brought = [
            NewMessage(
                id=MessageId(house.ids.new()),
                owner_id=party.actor.owner_id,
                text=f"Zebedee brought {number} apples.",
                speaker="Sam",
                role="person",
                assurance=Assurance.VERIFIED,
                said_at=tx.at,
                channel="api",
            )
            for number in range(30)
        ]
        await house.ground.memory.keep(tx, brought)
    asked = await house.say(party, "Forget everything I said about Zebedee.")
    assert "30 things you said" in asked
    await house.say(party, "Yes.")
    assert "zebedee" not in str(await house.rows(messages)).lower()


async def test_one_topic_takes_no_other_with_it(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "My sister Anna lives in Braga.")
    await house.say(party, "Anna from work lives in Madrid.")
    await house.say(party, "Forget everything I said about Braga.")
    await house.say(party, "Yes.")
    assert "braga" not in str(await house.rows(messages)).lower()
    assert "Madrid" in str(await house.rows(messages))


TWO_ANNAS = (
    "My sister Anna lives in Braga.",
    "My colleague Anna lives in Madrid.",
    "My sister Anna loves tea.",
)
ASKS = "I know two people called Anna: your sister, and your colleague. Which one shall I forget?"


async def _two_annas(house: TruthHouse) -> Party:
    party = await owner(house)
    for words in TWO_ANNAS:
        await house.say(party, words)
    return party


async def _told(house: TruthHouse) -> str:
    """Return all that is held and was said, in lower case."""
    rows = [await house.rows(table) for table in (messages, facts, sources)]
    return str(rows).lower()


@pytest.mark.parametrize(
    ("answer", "goes", "stays"),
    [
        ("My sister.", ("braga", "tea"), ("madrid",)),
        ("The colleague.", ("madrid",), ("braga", "tea")),
        ("the one from work", ("madrid",), ("braga", "tea")),
        ("Both of them.", ("madrid", "braga", "tea"), ()),
    ],
)
async def test_of_two_with_a_name_it_asks_whom_to_forget(
    house: TruthHouse, answer: str, goes: tuple[str, ...], stays: tuple[str, ...]
) -> None:
    party = await _two_annas(house)
    assert await house.say(party, "Forget Anna.") == ASKS
    assert not await house.rows(forgettings)
    counted = await house.say(party, answer)
    assert "that would forget" in counted
    assert "Shall I?" in counted
    assert not await house.rows(forgettings), "nothing goes before the yes"
    assert "forgotten" in await house.say(party, "Yes.")
    told = await _told(house)
    assert [word for word in goes if word in told] == []
    assert [word for word in stays if word not in told] == []
    assert "forget anna" not in told, "the wish itself goes along"


@pytest.mark.parametrize(
    "answer", ["Anna.", "Yes.", "Not my sister.", "Um, hm.", "No.", "Neither.", "What time is it?"]
)
async def test_an_answer_that_names_nobody_forgets_nobody(house: TruthHouse, answer: str) -> None:
    party = await _two_annas(house)
    await house.say(party, "Forget Anna.")
    assert "Shall I?" not in await house.say(party, answer)
    await house.say(party, "Yes.")
    told = await _told(house)
    assert all(word in told for word in ("madrid", "braga", "tea"))
    assert not await house.rows(forgettings)


@pytest.mark.parametrize(
    "wish", ["Forget my sister Anna.", "Forget everything about my sister Anna."]
)
async def test_whoever_says_which_one_is_not_asked(house: TruthHouse, wish: str) -> None:
    party = await _two_annas(house)
    assert (await house.say(party, wish)).startswith("Your sister: that would forget")
    await house.say(party, "Yes, please.")
    told = await _told(house)
    assert ("braga" in told, "tea" in told, "madrid" in told) == (False, False, True)


async def test_what_only_says_the_name_stays_and_that_is_said(house: TruthHouse) -> None:
    party = await _two_annas(house)
    await house.say(party, "I saw Anna at the station.")
    await house.say(party, "Forget Anna.")
    assert "One more only says Anna, and stays." in await house.say(party, "My sister.")
    await house.say(party, "Yes.")
    assert "station" in await _told(house)


async def test_who_is_told_apart_by_where_they_are_known_from(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "My sister Anna lives in Braga.")
    await house.say(party, "Anna from work lives in Madrid.")
    assert "your sister, and Anna from work." in await house.say(party, "Please forget Anna.")
    assert "Anna from work: that would" in await house.say(party, "The colleague.")
    await house.say(party, "No.")
    assert "Anna from work: that would" in await house.say(party, "Forget Anna from work.")
    await house.say(party, "Yes.")
    told = await _told(house)
    assert ("braga" in told, "madrid" in told) == (True, False)
