"""What believing costs does not grow with how much is believed at once, nor with what is known."""

from sqlalchemy import event

from backend.memory.facts import ReadFact
from tests.contract.memory.teller import SAM, Told, read


async def statements(tell: Told, *facts: ReadFact, day: float) -> int:
    """Count the statements of one transaction in which facts are believed."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    async with tell.database.transaction() as tx:
        connection = tx.connection.sync_connection
        event.listen(connection, "before_cursor_execute", note)
        await tell.facts.believe(tx, facts, tell.source(day))
    return len(sent)


async def test_twenty_facts_take_no_more_statements_than_two(tell: Told) -> None:
    few = await statements(tell, *(read("likes", f"tea {n}") for n in range(2)), day=-9)
    many = await statements(tell, *(read("likes", f"jam {n}") for n in range(20)), day=-8)
    assert many <= few
    again = await statements(tell, *(read("likes", f"jam {n}") for n in range(20)), day=-7)
    assert again <= few + 1  # the rows are written anew instead


async def test_many_friends_make_another_one_no_dearer(tell: Told) -> None:
    first = await statements(tell, read("friend", "Anna"), day=-9)
    await tell(*(read("friend", f"Friend {n}") for n in range(300)), day=-8)
    assert await statements(tell, read("friend", "Zoe"), day=-7) <= first
    met = read("lives in", "Porto", "friend", qualifier="friend")
    assert await statements(tell, met, day=-6) <= first + 4  # and whom "my friend" means
    assert len(await tell.facts.about(SAM, names=["friend"])) == 1
