"""Letters beyond A to Z are found in any case: a database may not know that they have any."""

import pytest

from backend.kernel.forgetting import Person
from tests.contract.forgetting.house import House


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Öznur", ("öznur called and ÖZNUR laughed.", "What did Öznur do?")),
        ("Strauß", ("STRAUSS was here.", "I met Frau Strauß.", "strauß again")),
        ("Éloïse Marie", ("ÉLOÏSE  MARIE sings.", "éloïse marie sang")),
    ],
)
async def test_a_name_goes_in_whatever_case_it_was_said(
    house: House, name: str, said: tuple[str, ...]
) -> None:
    kept = await house.turn("The boat is blue.")
    for words in said:
        await house.turn(words, note=f"gift: {words}")
    outcome = await house.forget_all(Person(name))
    assert {row["turn_id"] for row in await house.rows("messages")} == {kept["turn"]}
    for table, column in (("deliveries", "body"), ("short_term", "text"), ("sticky_notes", "text")):
        texts = [row[column] for row in await house.rows(table)]
        told = [each.decode() if isinstance(each, bytes) else str(each) for each in texts]
        assert [each for each in told if name[-3:].casefold() in each.casefold()] == []
    receipt = await house.parts.forgetting.receipt(outcome.closure.scope.owner_id, outcome.id)
    assert receipt.left == 0
