"""What was said to be over elsewhere is over here, as of the day on which that was said."""

import json
from datetime import UTC, datetime

import pytest

from backend.memory.facts import FactView
from tests.contract.memory.porting_house import House


def line(year: int, text: str) -> str:
    when = datetime(year, 6, 1, tzinfo=UTC).timestamp()
    return json.dumps({"id": f"{year}", "speaker": "user", "text": text, "timestamp": when})


async def brought(house: House, *lines: str) -> list[FactView]:
    await house.bring("\n".join(lines).encode())
    owner_id = house.owner.owner_id
    return list(await house.parts.facts.about(owner_id, names=[""], with_history=True, limit=50))


def ended(facts: list[FactView], value: str) -> int | None:
    (fact,) = [each for each in facts if each.object == value]
    return None if fact.valid_to is None else datetime.fromtimestamp(fact.valid_to / 1e6, UTC).year


@pytest.mark.covers("ME-31")
async def test_an_ending_that_was_brought_in_ends_what_was_so_then(house: House) -> None:
    facts = await brought(
        house,
        line(2022, "I eat meat again."),
        line(2019, "I am vegetarian."),
        line(2018, "My girlfriend is called Anna."),
        line(2021, "I broke up with Anna."),
    )
    assert ended(facts, "vegetarian") == 2022
    assert ended(facts, "Anna") == 2021


async def test_it_ends_nothing_that_was_told_since(house: House) -> None:
    facts = await brought(
        house, line(2019, "I eat meat again."), line(2021, "I am vegetarian now.")
    )
    assert ended(facts, "vegetarian") is None


async def test_it_reaches_what_is_held_in_another_number(house: House) -> None:
    facts = await brought(
        house, line(2019, "I like strawberries."), line(2021, "I can't stand strawberries."),
        line(2020, "I love oysters."), line(2023, "I don't like oyster any more."),
    )  # fmt: skip
    assert ended(facts, "oysters") == 2023


async def test_a_second_import_of_the_same_words_changes_nothing(house: House) -> None:
    lines = line(2019, "I am vegetarian."), line(2022, "I eat meat again.")
    assert await brought(house, *lines) == await brought(house, *lines)
