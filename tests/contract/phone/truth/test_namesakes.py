"""Something is told of a name that several bear: it asks once whose it is."""

import pytest
from sqlalchemy import select

from backend.kernel.ids import MessageId
from backend.kernel.people import Assurance
from backend.memory.facts import FactSource, SaidBy, read_facts
from backend.platform.database.tables import facts, messages
from tests.contract.phone.ground import Ground
from tests.contract.phone.truth_house import TruthHouse, owner

BIRTHDAY = "Anna's birthday is on the 3rd of May."
ASKS = "I'll keep that. Which Anna do you mean: your sister, or your colleague?"


@pytest.fixture
async def house(ground: Ground) -> TruthHouse:
    house = TruthHouse(ground)
    await house.settle()
    party = await owner(house)
    await house.say(party, "My sister Anna lives in Braga.")
    await house.say(party, "My colleague Anna lives in Madrid.")
    return house


async def whose_birthday(house: TruthHouse) -> list[str]:
    async with house.database.reading() as connection:
        query = select(facts.c.qualifier).where(
            facts.c.predicate == "birthday", facts.c.retracted_at.is_(None)
        )
        return [row.qualifier for row in await connection.execute(query)]


@pytest.mark.parametrize(
    ("answer", "which"), [("My sister's.", "sister"), ("The colleague.", "colleague")]
)
async def test_what_is_told_of_a_bare_name_is_asked_back_and_attached(
    house: TruthHouse, answer: str, which: str
) -> None:
    party = await owner(house)
    assert await house.say(party, BIRTHDAY) == ASKS
    assert await house.say(party, answer) == f"All right: your {which}."
    assert await whose_birthday(house) == [which]
    told = await house.say(await owner(house), f"When is my {which} Anna's birthday?")
    assert "3rd of May" in told or "3 May" in told or "May 3" in told, told


async def test_without_an_answer_it_stays_open_and_is_not_asked_again(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, BIRTHDAY)
    assert "Which" not in await house.say(party, "What time is it?")
    assert await whose_birthday(house) == [""]


async def test_whoever_is_told_apart_is_not_asked_for(house: TruthHouse) -> None:
    party = await owner(house)
    assert "Which" not in await house.say(party, "My sister Anna's birthday is on the 3rd of May.")
    assert await whose_birthday(house) == ["sister"]


async def test_the_only_one_of_a_name_is_not_asked_for(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "My aunt Melisande lives in Tromso.")
    assert "Which" not in await house.say(party, "Melisande's birthday is on the 3rd of May.")


async def test_a_job_that_reads_the_words_later_makes_no_third(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, BIRTHDAY)
    await house.say(party, "My sister.")
    async with house.database.transaction() as tx:
        said = (await tx.execute(select(messages).where(messages.c.text == BIRTHDAY))).one()
        source = FactSource(
            owner_id=party.actor.owner_id,
            message_id=MessageId(said.id),
            speaker=said.speaker,
            said_by=SaidBy.OWNER,
            assurance=Assurance.VERIFIED,
            channel=said.channel,
            said_at=said.said_at,
            is_explicit=True,
        )
        read = read_facts(BIRTHDAY, speaker="", said_at=said.said_at, zone="UTC")
        await house.facts.believe(tx, read, source)
    assert await whose_birthday(house) == ["sister"]
