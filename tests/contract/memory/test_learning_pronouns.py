"""What is learnt by a job knows who "she" is as the turn did, and for as long."""

import pytest

from backend.kernel.clock import DAY, SECOND, Instant
from backend.kernel.people import Assurance
from backend.memory import NewMessage
from backend.platform.database.tables import conversations
from tests.contract.memory.porting_house import BEGAN, House


@pytest.mark.parametrize(
    ("later", "lives"), [(60 * SECOND, ["Melisande lives in Tromso."]), (DAY, [])]
)
async def test_a_job_knows_who_she_is_by_what_was_said_just_before(
    house: House, later: int, lives: list[str]
) -> None:
    conversation = house.parts.ids.new()
    said = (("My aunt Melisande is a nurse.", 0), ("She lives in Tromso.", later))
    async with house.parts.database.transaction() as tx:
        await tx.execute(
            conversations.insert().values(
                id=conversation, owner_id=house.owner.owner_id, person_id=house.owner.id,
                carrier="phone", remote="", assurance="held", started_at=BEGAN,
            )
        )  # fmt: skip
        messages = [
            NewMessage(
                owner_id=house.owner.owner_id, text=words, speaker=house.owner.name, role="person",
                assurance=Assurance.HELD, said_at=Instant(BEGAN + after), channel="phone",
                conversation_id=conversation,
            )
            for words, after in said
        ]  # fmt: skip
        await house.parts.memory.keep(tx, messages)
    await house.work()
    found = await house.parts.facts.about(house.owner.owner_id, "", names=["Melisande"])
    assert [each.statement for each in found if each.predicate == "lives in"] == lives
