"""What is so until a day that was said, as a conversation tells it before and after that day."""

import pytest

from tests.contract.phone.truth_house import TruthHouse, owner
from tests.fakes.clock import MovedClock


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


async def test_what_was_so_until_a_day_is_told_as_past_from_then_on(
    house: TruthHouse, clock: MovedClock
) -> None:
    await house.say(await owner(house), "I live in Madrid until March.")
    clock.advance(250 * 86_400)
    for question in ("Where do I live?", "Where did I live before?"):
        answer = await house.say(await owner(house, "sms"), question)
        assert answer.startswith("You used to live in Madrid, until March."), question
    await house.say(await owner(house), "I live in Lisbon now.")
    answer = await house.say(await owner(house), "Where do I live?")
    assert "Lisbon" in answer
    assert "Madrid" not in answer
    assert "Madrid" in await house.say(await owner(house), "Where did I live before?")


async def test_an_end_that_is_a_day_is_told_as_that_day(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I work at Bosch until the end of the year.")
    assert "until the end of 2026 as you said" in await house.say(party, "Where do I work?")
    await house.say(party, "I take ibuprofen until tomorrow.")
    assert "until tomorrow as you said" in await house.say(party, "What medicine do I take?")
