"""What was promised is held, what is denied is taken back, and no more is claimed than is so."""

import pytest

from backend.kernel.people import Assurance
from tests.contract.phone.ground import Ground
from tests.contract.phone.truth_house import TruthHouse, owner


@pytest.fixture
async def house(ground: Ground) -> TruthHouse:
    house = TruthHouse(ground)
    await house.settle()
    return house


async def test_a_promise_of_anything_is_at_hand_and_changes_only_after_a_yes(
    house: TruthHouse,
) -> None:
    party, question = await owner(house), "What is my blood type?"
    await house.say(party, "Never forget that my blood type is B negative.")
    await house.say(party, "What time is it?")
    assert [fact.object for fact in house.watched.contexts[-1].pinned] == ["B negative"]
    reminded = "You asked me never to forget that your blood type is B negative. Shall I change it?"
    assert await house.say(party, "My blood type is A positive.") == reminded
    assert "I keep it" in await house.say(party, "No.")
    answer = await house.say(await owner(house, "sms"), question)
    assert "B negative" in answer
    assert "A positive" not in answer
    assert await house.say(party, "My blood type is A positive.") == reminded
    assert "A positive now" in await house.say(party, "Yes, please.")
    answer = await house.say(await owner(house), question)
    assert "A positive" in answer
    assert "B negative" not in answer
    await house.say(party, question)
    assert "these words: My blood type is A positive" in await house.say(party, "How do you know?")


async def test_a_promise_is_changed_by_another_one(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "Never forget that my shoe size is 43.")
    await house.say(party, "Never forget that my shoe size is 44.")
    answer = await house.say(await owner(house), "What is my shoe size?")
    assert "44" in answer
    assert "43" not in answer


async def test_a_promise_of_what_is_known_to_the_catalogue_is_held_too(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "Never forget that I live in Porto.")
    assert "Shall I change it?" in await house.say(party, "I live in Lisbon.")
    assert "Porto" in await house.say(party, "Where do I live?")


async def test_words_that_are_never_to_be_forgotten_are_pinned_as_they_were_said(
    house: TruthHouse,
) -> None:
    party = await owner(house)
    await house.say(party, "Never forget that the boiler must be off at night.")
    await house.say(party, "What time is it?")
    pinned = [fact.object for fact in house.watched.contexts[-1].pinned]
    assert pinned == ["the boiler must be off at night"]


async def test_a_guest_breaks_no_promise(house: TruthHouse) -> None:
    await house.say(await owner(house), "Never forget that my blood type is B negative.")
    guest = await house.party(Assurance.VERIFIED)
    assert "Shall I" not in await house.say(guest, "My blood type is A positive.")
    await house.say(guest, "Yes.")
    assert "B negative" in await house.say(await owner(house), "What is my blood type?")
