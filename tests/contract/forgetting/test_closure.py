"""What falls with what: nothing that repeats it stays, and nothing else goes."""

from backend.kernel.forgetting import Kind
from tests.contract.forgetting.house import OWNER, House, one

SECRET = "zorblax"


async def test_a_turn_goes_with_everything_that_was_made_of_it(house: House) -> None:
    kept = await house.turn("The dentist is called Weber.")
    gone = await house.turn(
        f"The code of my garden gate is {SECRET}.", f"Noted: {SECRET}.", note=f"buy {SECRET}"
    )
    assert await house.tables_with(SECRET) >= {
        "messages", "memories", "short_term", "webhooks", "deliveries", "sticky_notes",
    }  # fmt: skip
    outcome = await house.forget_all(one(Kind.TURN, gone["turn"]))
    assert await house.tables_with(SECRET) == set()
    assert house.files_with(SECRET) == set()
    assert outcome.removed["messages"] == 2
    found = await house.parts.memory.search(OWNER, "garden gate code")
    assert [each.message_id for each in found if each.message_id != kept["heard"]] == []
    assert len(await house.rows("messages")) == 2
    receipt = await house.parts.forgetting.receipt(OWNER, outcome.id)
    assert (receipt.state.value, receipt.left) == ("done", 0)
    assert set(receipt.scanned) > {"messages", "full text", "vectors", "turns", "pieces of sound"}
