"""Who "she" is may stand in what was said just before."""

from backend.platform.database.tables import facts
from tests.contract.phone.truth_house import TruthHouse, owner


async def test_she_is_whom_they_spoke_of_just_before(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "My aunt Melisande is a nurse.")
    await house.say(party, "She lives in Tromso.")
    assert "Tromso" in await house.say(party, "Where does my aunt live?")


async def test_who_could_be_two_is_nobody(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "My aunt Melisande likes my sister Anna, who is a nurse.")
    await house.say(party, "She lives in Tromso.")
    await house.say(party, "My aunt Melisande and my sister Anna are here.")
    assert "Tromso" not in {row["object"] for row in await house.rows(facts)}


async def test_she_goes_with_the_name_that_stands_before(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "My aunt Melisande is a nurse.")
    await house.say(party, "She lives in Tromso.")
    assert "Shall I?" in await house.say(party, "Forget Melisande.")
    await house.say(party, "Yes.")
    assert await house.rows(facts) == []
