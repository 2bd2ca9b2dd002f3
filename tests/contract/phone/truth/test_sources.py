"""Where something is known from: the right words, whole, in whatever way it is asked."""

import pytest

from tests.contract.phone.ground import Ground
from tests.contract.phone.truth_house import TruthHouse, owner

GRAZ = "in these words: I live in Graz."
BRAGA = "in these words: My sister Anna has two kids and lives in Braga."


@pytest.fixture
async def house(ground: Ground) -> TruthHouse:
    house = TruthHouse(ground)
    await house.settle()
    party = await owner(house)
    await house.say(party, "I live in Graz.")
    await house.say(party, "My sister Anna has two kids and lives in Braga.")
    return house


@pytest.mark.parametrize(
    "asks",
    [
        "How do you know?",
        "Where did you get that from?",
        "Why do you think so?",
        "Are you sure?",
        "What makes you think that?",
    ],
)
async def test_what_was_just_told_is_known_from_the_words_that_said_it(
    house: TruthHouse, asks: str
) -> None:
    party = await owner(house)
    await house.say(party, "Where does Anna live?")
    assert BRAGA in await house.say(party, asks)


@pytest.mark.parametrize(
    "asks",
    [
        "You told me that I live in Graz. How do you know?",
        "When did I tell you that I live in Graz?",
        "How do you know that I live in Graz?",
        "Why do you think I live in Graz?",
        "Are you sure that I live in Graz?",
        "How do you know where I live?",
    ],
)
async def test_what_they_name_is_known_from_its_own_words(house: TruthHouse, asks: str) -> None:
    party = await owner(house)
    await house.say(party, "Where does Anna live?")
    said = await house.say(party, asks)
    assert GRAZ in said
    assert "today, by phone" in said


async def test_what_nobody_said_has_no_words_of_something_else(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "Where does Anna live?")
    said = await house.say(party, "You told me that I own a boat. How do you know?")
    assert "in these words" not in said


async def test_a_question_of_something_else_is_answered_as_a_question(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "What time is it?")
    assert "don't know that" in await house.say(party, "Are you sure?")
