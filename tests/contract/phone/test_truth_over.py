"""What is over by what somebody says is told as what was, never as what is."""

import pytest

from tests.contract.phone.ground import Ground
from tests.contract.phone.truth_house import TruthHouse, owner


@pytest.fixture
async def house(ground: Ground) -> TruthHouse:
    house = TruthHouse(ground)
    await house.settle()
    return house


async def say(house: TruthHouse, *sentences: str) -> list[str]:
    party = await owner(house)
    return [await house.say(party, each) for each in sentences]


async def test_what_is_over_is_told_as_what_was(house: TruthHouse) -> None:
    await say(house, "I'm allergic to bees.", "I'm no longer allergic to bees.", "Yes.")
    is_it, was_it = await say(house, "Am I allergic to bees?", "Was I allergic to bees?")
    assert is_it.startswith("Not any more. You used to be allergic to bees, until today.")
    assert was_it.startswith("You used to be allergic to bees, until today.")
    assert not house.watched.contexts[-1].pinned


async def test_of_what_can_be_so_only_once_the_last_is_told(house: TruthHouse) -> None:
    await say(house, "My favourite colour is red.", "My favourite colour is blue.")
    await say(house, "What's my favourite colour?", "That's not true any more.")
    (answer,) = await say(house, "What is my favourite colour?")
    assert "was blue" in answer
    assert "red" not in answer
