"""What somebody said to another program, years ago, is told as theirs, and as of then."""

from datetime import UTC, datetime

import pytest

from backend.kernel.clock import DAY, SECOND, Instant
from backend.kernel.ids import MessageId
from backend.kernel.people import Assurance
from backend.memory.facts import FactSource, SaidBy, read_facts
from tests.contract.phone.truth_house import TruthHouse, owner


async def brought(house: TruthHouse, words: str, *, days: int, speaker: str = "user") -> Instant:
    """Believe words of so many days ago, as the job does that learns from an import."""
    said_at = Instant(house.clock.now() - days * DAY)
    source = FactSource(
        owner_id=house.owner.owner_id,
        message_id=MessageId(f"import-{days}"),
        speaker=speaker,
        said_by=SaidBy.IMPORT,
        assurance=Assurance.HELD,
        channel="import",
        said_at=said_at,
    )
    found = read_facts(words, speaker="", said_at=said_at, zone="UTC")
    assert found, words
    async with house.database.transaction() as tx:
        await house.facts.believe(tx, found, source)
    return said_at


async def test_an_age_of_years_ago_is_told_as_of_then(house: TruthHouse) -> None:
    said_at = await brought(house, "I am 40 years old.", days=12 * 365 + 10)
    told = await house.say(await owner(house), "How old am I?")
    then = datetime.fromtimestamp(said_at / SECOND, UTC)
    assert f"You were 40 years old in {then:%B %Y}: that makes 52 or 53 by now." in told


async def test_an_age_of_this_year_is_told_as_it_is(house: TruthHouse) -> None:
    await brought(house, "I am 40 years old.", days=100)
    assert "You are 40 years old." in await house.say(await owner(house), "How old am I?")


@pytest.mark.parametrize("speaker", ["me", "user", "Human"])
async def test_how_another_program_called_them_is_no_name(house: TruthHouse, speaker: str) -> None:
    await brought(house, "I live in Rome.", days=900, speaker=speaker)
    party = await owner(house)
    assert "You told me so" in await house.say(party, "Where do I live?")
    assert "You told me so" in await house.say(party, "How do you know that?")


async def test_what_began_again_is_known_of_both_stretches(house: TruthHouse) -> None:
    days = 1300
    said_at = await brought(house, "I have been vegetarian since yesterday.", days=days)
    year = datetime.fromtimestamp(said_at / SECOND + 120 * 86_400, UTC).year
    party = await owner(house)
    await house.say(party, "I've been vegetarian for three months.")
    assert "You are vegetarian" in await house.say(party, "Am I vegetarian?")
    then = await house.say(party, f"Was I vegetarian in {year}?")
    assert "vegetarian" in then
    assert "not any more" not in then
    assert "don't know" not in then
