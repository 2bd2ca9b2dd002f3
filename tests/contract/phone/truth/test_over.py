"""What is over by what somebody says is told as what was, never as what is."""

import pytest

from tests.contract.phone.truth_house import TruthHouse, owner, say


async def test_what_is_over_is_told_as_what_was(house: TruthHouse) -> None:
    await say(house, "I'm allergic to bees.", "I'm no longer allergic to bees.", "Yes.")
    is_it, was_it = await say(house, "Am I allergic to bees?", "Was I allergic to bees?")
    assert is_it.startswith("Not any more. You used to be allergic to bees, until today.")
    assert was_it.startswith("You used to be allergic to bees, until today.")
    assert not house.watched.contexts[-1].pinned


async def test_of_what_can_be_so_only_once_the_last_is_told(house: TruthHouse) -> None:
    await say(house, "My favourite colour is red.", "My favourite colour is blue.")
    await say(house, "What's my favourite colour?", "That's not true any more.")
    (answer,) = await say(house, "What is my favourite colour?")
    assert "was blue" in answer
    assert "red" not in answer


@pytest.mark.parametrize(
    ("told", "changed", "question", "now", "before"),
    [
        ("I work at Bosch.", "I quit my job at Bosch.", "Where do I work?", "used to work", ""),
        (
            "My favourite colour is blue.",
            "Actually my favourite colour isn't blue any more, it's green.",
            "What is my favourite colour?",
            "is green",
            "blue",
        ),
        (
            "I take 50 mg of sertraline.",
            "My doctor lowered my sertraline to 25 mg.",
            "What medicine do I take?",
            "You take 25 mg of sertraline.",
            "50 mg",
        ),
        ("I drive a red Volvo.", "I sold the Volvo.", "What do I drive?", "used to drive", ""),
        (
            "My phone number is 0151 2345678.",
            "I have a new phone number: 0170 8765432.",
            "What is my phone number?",
            "01708765432",
            "01512345678",
        ),
        (
            "My husband is called Tom.",
            "I divorced Tom.",
            "Who is my husband?",
            "was called Tom",
            "",
        ),
        ("I am married to Tim.", "I divorced Tim.", "Who was my husband?", "was called Tim", ""),
    ],
)
async def test_what_changed_is_told_as_it_is_now(
    house: TruthHouse, told: str, changed: str, question: str, now: str, before: str
) -> None:
    await say(house, told, changed)
    answer, earlier = await say(house, question, "And before that?")
    assert now in answer
    if before:
        assert before not in answer
        assert before in earlier


async def test_what_is_not_done_at_some_hours_is_no_fact(house: TruthHouse) -> None:
    await say(house, "I don't drink coffee after four.")
    party = await owner(house)
    assert not await house.facts.list(party.actor.owner_id)
