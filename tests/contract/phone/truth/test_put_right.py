"""What is said after a reply that was wrong, and what is a sentence of its own."""

import pytest

from tests.contract.phone.truth_house import TruthHouse, owner, say


async def held(house: TruthHouse) -> set[str]:
    """Return all that is held to be true."""
    party = await owner(house)
    found = await house.facts.list(party.actor.owner_id)
    return {fact.statement for fact in found if fact.holds_at(house.clock.now())}


@pytest.mark.parametrize(
    ("told", "wrong", "instead", "left"),
    [
        ("Tom lives in Rome.", "That's wrong.", "Thomas lives in Oslo.", "Thomas lives in Oslo."),
        ("Tom lives in Rome.", "That's wrong.", "Maria called today.", ""),
        ("Tom lives in Rome.", "That's wrong.", "He lives in Milan.", "Tom lives in Milan."),
        ("Tom lives in Rome.", "That's wrong.", "Tom lives in Milan.", "Tom lives in Milan."),
        ("Tom lives in Rome.", "That's wrong.", "In Milan.", "Tom lives in Milan."),
        ("I own a bike.", "No, Paris is beautiful.", "", "They own a bike."),
        ("I own a bike.", "No, Maria phoned.", "", "They own a bike."),
        ("My daughter is called Mia.", "No, that's the neighbour's daughter.", "", ""),
    ],
)
async def test_a_sentence_about_something_else_is_no_correction(
    house: TruthHouse, told: str, wrong: str, instead: str, left: str
) -> None:
    await say(house, *(each for each in (told, wrong, instead) if each))
    assert await held(house) == ({left} if left else set())


async def test_what_was_denied_stays_so_when_somebody_is_introduced(house: TruthHouse) -> None:
    await say(house, "Eli lives in Madrid.", "That's wrong.")
    await say(house, "My husband Eli is allergic to wasps.")
    assert "Madrid" not in (await say(house, "Where does Eli live?"))[0]
    await say(house, "Ruth lives in Haifa.", "No, she lives in Jaffa.")
    await say(house, "My aunt Ruth is a dentist.")
    assert "Jaffa" in (await say(house, "Where does Ruth live?"))[0]
    (answer,) = await say(house, "Where did Ruth live before?")
    assert "Haifa" not in answer or "corrected it" in answer, answer


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("No, on Saturday.", "on Saturday at ten"),
        ("Sorry, I meant Saturday at nine.", "on Saturday at nine"),
        ("No, at eleven.", "on Friday at eleven"),
    ],
)
async def test_the_day_of_what_is_in_no_catalogue_is_put_right(
    house: TruthHouse, wrong: str, right: str
) -> None:
    _, said = await say(house, "My flight is on Friday at ten.", wrong)
    assert said == f"All right: {right}, not on Friday at ten."
    assert (await say(house, "When is my flight?"))[0].startswith(f"Your flight is {right}.")


async def test_a_day_that_puts_nothing_right_is_kept_as_it_was_said(house: TruthHouse) -> None:
    await say(house, "My flight is late.", "No, on Saturday.")
    assert not await held(house)
