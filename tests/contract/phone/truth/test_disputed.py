"""Who says otherwise of themselves than the owner did changes nothing, and is told of."""

import pytest

from backend.conversation.sessions import Party
from backend.kernel.people import Assurance
from tests.contract.phone.truth_house import TruthHouse, owner


async def anna(house: TruthHouse) -> Party:
    return await house.party(Assurance.VERIFIED)


TOLD = [
    ("is allergic to wasps", "I'm not allergic to wasps.", "Am I allergic to wasps?"),
    ("is allergic to wasps", "I'm no longer allergic to wasps.", "Am I allergic to wasps?"),
    ("lives in Rome", "I live in Oslo.", "Where do I live?"),
]


@pytest.mark.parametrize(("held", "said", "question"), TOLD)
async def test_what_they_said_of_themselves_last_comes_first_to_them(
    house: TruthHouse, held: str, said: str, question: str
) -> None:
    await house.say(await owner(house), f"My sister Anna {held}.")
    party = await anna(house)
    assert "can change" in await house.say(party, said)
    answer = await house.say(await anna(house), question)
    assert answer.startswith(f"You told me today, by phone, in these words: {said}")
    assert "What Sam told me says otherwise, and I may not change it." in answer
    assert held in answer


@pytest.mark.parametrize(("held", "said", "question"), TOLD)
async def test_the_owner_is_told_of_it_and_nothing_is_changed(
    house: TruthHouse, held: str, said: str, question: str
) -> None:
    await house.say(await owner(house), f"My sister Anna {held}.")
    await house.say(await anna(house), said)
    asked = question.replace("Am I", "Is Anna").replace("do I", "does Anna")
    answer = await house.say(await owner(house), asked)
    assert answer.startswith(f"Your sister Anna {held}. You told me so today, by phone.")
    assert answer.endswith(f"Anna told me otherwise today, by phone, in these words: {said}")


async def test_who_agrees_again_disputes_nothing(house: TruthHouse) -> None:
    await house.say(await owner(house), "My sister Anna is allergic to wasps.")
    party = await anna(house)
    await house.say(party, "I'm not allergic to wasps.")
    await house.say(party, "I'm allergic to wasps.")
    answer = await house.say(await owner(house), "Is Anna allergic to wasps?")
    assert "otherwise" not in answer
