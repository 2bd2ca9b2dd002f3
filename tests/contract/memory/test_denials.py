"""What is left when somebody says that a fact was never so; the rule is docs/decisions/0013."""

from dataclasses import dataclass

import pytest

from backend.platform.database.engine import Database
from tests.contract.memory.teller import SAM, Told, read

A, B, C = "Porto", "Lisbon", "Rome"

Words = tuple[tuple[str, int], ...]  # of which place, on which day; "-" before what was over


@dataclass(frozen=True)
class Row:
    """A story, and what is left of it."""

    told: Words
    denied: int  # which of the facts, the oldest being 0, on day 0
    now: tuple[str, ...]
    former: tuple[str, ...] = ()
    later: Words = ()  # what is heard after the denial, whenever it was said


TABLE = {
    "the only one: nothing is known": Row(((A, -9),), 0, ()),
    "the new one: the old one holds again": Row(((A, -9), (B, -5)), 1, (A,)),
    "the old one: the new one stays": Row(((A, -9), (B, -5)), 0, (B,)),
    "one between: the others meet": Row(((A, -9), (B, -5), (C, -2)), 1, (C,), (A,)),
    "the same again: the first was so": Row(((A, -9), (B, -5), (A, -2)), 2, (B,), (A,)),
    "the first time: it is so now": Row(((A, -9), (B, -5), (A, -2)), 0, (A,), (B,)),
    "what was over stays over": Row(((A, -9), (f"-{A}", -7), (B, -5)), 1, (), (A,)),
    "said twice: both are wrong": Row(((A, -9), (A, -5)), 0, ()),
    "older words bring nothing back": Row(((A, -9),), 0, (), later=((A, -12),)),
    "nor do others of that time": Row(((A, -9),), 0, (), later=((A, -3),)),
    "said again later: it is so": Row(((A, -9),), 0, (A,), later=((A, 1),)),
    "older words of something else count": Row(((A, -9),), 0, (B,), later=((B, -12),)),
    "parted by older words: both are wrong": Row(((A, -9), (A, -2)), 0, (B,), later=((B, -5),)),
    "less exact is the same": Row((("Porto, Portugal", -9),), 0, (), later=((A, -3),)),
}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
async def test_a_denied_fact_takes_its_own_words_with_it(
    tell: Told, database: Database, row: Row
) -> None:
    await say(tell, row.told)
    story = await tell.facts.about(SAM, names=[""], with_history=True)
    wrong = sorted(story, key=lambda view: (view.valid_from, view.id))[row.denied]
    async with database.transaction() as tx:
        (change, *_) = await tell.facts.deny(tx, wrong.id, source=tell.source())
    await say(tell, row.later)
    assert await places(tell) == (row.now, row.former)
    if not row.later:  # undone, everything is as it was
        async with database.transaction() as tx:
            await tell.facts.restore(tx, change.id, source=tell.source())
        again = await tell.facts.about(SAM, names=[""], with_history=True)
        assert {(each.id, each.valid_to) for each in again} == {
            (each.id, each.valid_to) for each in story
        }


async def say(tell: Told, told: Words) -> None:
    for place, day in told:
        fact = read("lives in", place.removeprefix("-"), is_ended=place.startswith("-"))
        await tell(fact, day=day, message_id=f"message{day}")


async def places(tell: Told) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what holds after everything that was said, and what was so before."""
    story = await tell.facts.about(SAM, names=[""], with_history=True)
    held = tuple(view.object for view in story if view.valid_to is None)
    return held, tuple(view.object for view in story if view.valid_to is not None)
