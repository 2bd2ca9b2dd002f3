"""What was put right is what a search finds, on any channel; what was not so says so."""

import pytest

from backend.memory import Recollection
from tests.contract.phone.truth_house import TruthHouse, owner


async def found(house: TruthHouse, query: str) -> list[Recollection]:
    return list(await house.ground.memory.rank(house.owner.owner_id, query))


@pytest.mark.parametrize(
    "correction", ["No, she lives in Jaffa.", "No, in Jaffa.", "No, it's Jaffa."]
)
async def test_what_was_corrected_is_found_before_what_was_not_so(
    house: TruthHouse, correction: str
) -> None:
    party = await owner(house)
    await house.say(party, "Ruth lives in Haifa.")
    await house.say(party, correction)
    asked = await found(house, "Where does Ruth live?")
    assert [(each.text, each.became) for each in asked] == [
        (correction, ""),
        ("Ruth lives in Haifa.", "corrected"),
    ]
    assert [each.text for each in await found(house, "Jaffa")][:1] == [correction]


async def test_what_was_asked_for_after_a_denial_is_found(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I live in Porto.")
    await house.say(party, "That's wrong.")
    await house.say(party, "In Braga.")
    assert [each.text for each in await found(house, "Braga")] == ["In Braga."]
    first, *others = await found(house, "Where do I live?")
    assert (first.text, first.became) == ("In Braga.", "")
    assert {each.became for each in others} <= {"corrected", "denied"}


async def test_news_leave_what_was_before_in_a_list_and_say_so(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I live in Porto.")
    await house.say(party, "I live in Lisbon now.")
    became = {each.text: each.became for each in await found(house, "Where do I live?")}
    assert became == {"I live in Porto.": "superseded", "I live in Lisbon now.": ""}


async def test_words_of_which_something_holds_are_told_as_they_are(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I live in Porto and I have a dog called Rex.")
    await house.say(party, "I live in Lisbon now.")
    became = {each.text: each.became for each in await found(house, "Rex the dog")}
    assert became["I live in Porto and I have a dog called Rex."] == ""
