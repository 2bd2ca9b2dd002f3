"""A day that no calendar has is asked back, and nothing is made of it."""

import pytest

from backend.platform.database.tables import facts, memories, messages
from tests.contract.phone.truth_house import TruthHouse, owner


@pytest.mark.parametrize(
    "words",
    ["My birthday is on the 31st of February.", "Remember that my birthday is February 31st."],
)
async def test_a_day_that_does_not_exist_is_asked_back(house: TruthHouse, words: str) -> None:
    party = await owner(house)
    assert await house.say(party, words) == "There is no 31 February. Which day do you mean?"
    assert await house.rows(memories) == await house.rows(facts) == []
    assert not any(row["is_recallable"] for row in await house.rows(messages))
    assert "31" not in await house.say(party, "When is my birthday?")


async def test_a_note_is_taken_as_it_is_dictated(house: TruthHouse) -> None:
    said = await house.say(await owner(house), "Take a note: pay on the 31st of February.")
    assert said == "I've made a note: pay on the 31st of February."
