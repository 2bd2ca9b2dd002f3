"""Several keys in the vault: each keeps its own name, and who asks for "my key" is asked which."""

import pytest

from tests.contract.phone.ground import Ground
from tests.contract.phone.truth_house import TruthHouse, owner
from tests.fakes.clock import MovedClock

GITHUB, SLACK, SECOND = (
    "ghp_abcdefghij1234567890abcd",
    "xoxb-1234567890-abcdefghij",
    "ghp_zyxwvutsrq0987654321zyxw",
)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def house(ground: Ground) -> TruthHouse:
    house = TruthHouse(ground, secrets="vault")
    await house.settle()
    return house


@pytest.mark.covers("SE-05")
async def test_each_key_is_asked_for_by_what_it_opens(house: TruthHouse) -> None:
    party = await owner(house)
    assert "the GitHub key" in await house.say(party, f"Remember my key {GITHUB}")
    await house.say(party, f"Remember that my slack token is {SLACK}")
    assert GITHUB in await house.say(party, "What is my GitHub key?")
    assert SLACK in await house.say(party, "What is my slack token?")


async def test_who_asks_for_their_key_is_asked_which_of_several(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, f"Remember my key {GITHUB}")
    assert GITHUB in await house.say(party, "What is my key?")
    await house.say(party, f"Remember my key {SLACK}")
    asked = await house.say(party, "What is my key?")
    assert "the Slack key and the GitHub key" in asked
    assert asked.endswith("Which key do you mean?")
    assert not {GITHUB, SLACK} & set(asked.split())
    assert SLACK in await house.say(party, "The Slack one.")


async def test_keys_of_one_kind_are_told_apart_by_their_day(
    house: TruthHouse, clock: MovedClock
) -> None:
    await house.say(await owner(house), f"Remember my key {GITHUB}")
    clock.advance(40 * 86_400)
    party = await owner(house)
    await house.say(party, f"Remember my key {SECOND}")
    asked = await house.say(party, "What is my GitHub key?")
    assert asked.count("the GitHub key from ") == 2
    newest = asked.partition("the GitHub key from ")[2].partition(" and the GitHub")[0]
    assert SECOND in await house.say(party, f"The one from {newest}.")


async def test_nothing_of_several_is_told_where_it_may_not_be(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, f"Remember my key {GITHUB}")
    await house.say(party, f"Remember my key {SLACK}")
    said = await house.say(await owner(house, "sms"), "What is my key?")
    assert "sealed" in said
    assert "GitHub" not in said
