"""What was so at a moment is told by what is known of that moment, on each kind of truth."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backend.kernel.clock import DAY, SECOND, Instant
from backend.kernel.people import Assurance
from backend.memory.facts import SaidBy
from backend.memory.facts.moments import During
from tests.contract.memory.teller import GUEST, SAM, Told, read


def year(number: int) -> Instant:
    return Instant(round(datetime(number, 1, 1, tzinfo=UTC).timestamp() * SECOND))


async def lived(tell: Told, place: str, since: int | None, until: int, *, day: float) -> None:
    fact = read("lives in", place, is_ended=True)
    begun = None if since is None else year(since)
    await tell(replace(fact, valid_from=begun, valid_to=year(until)), day=day)


async def during(tell: Told, since: int, until: int) -> list[str]:
    found = await tell.facts.about(SAM, names=[""], at=During(year(since), year(until)))
    return [view.object for view in found]


@pytest.mark.covers("ME-26")
async def test_what_ended_in_a_year_was_so_before_it(tell: Told) -> None:
    await lived(tell, "Lisbon", None, 2019, day=-3)
    assert await during(tell, 2017, 2018) == ["Lisbon"]
    assert await during(tell, 2019, 2020) == ["Lisbon"]  # until some day of that year
    assert await during(tell, 2020, 2021) == []
    assert await tell.now_of() == []


async def test_of_two_that_nobody_knows_the_beginning_of_the_earlier_end_counts(tell: Told) -> None:
    await lived(tell, "Lisbon", None, 2019, day=-3)
    await lived(tell, "Prague", None, 2010, day=-2)
    assert await during(tell, 2005, 2006) == ["Prague"]
    assert await during(tell, 2015, 2016) == ["Lisbon"]


async def test_what_is_known_from_beginning_to_end_goes_before_what_is_not(tell: Told) -> None:
    await lived(tell, "Lisbon", None, 2019, day=-3)
    await lived(tell, "Prague", 2005, 2010, day=-2)
    assert await during(tell, 2007, 2008) == ["Prague"]
    assert await during(tell, 2010, 2011) == ["Prague"]  # until some day of that year
    assert await during(tell, 2012, 2013) == ["Lisbon"]


async def test_a_guest_dates_nothing_of_the_owners(tell: Told) -> None:
    told = read("lives in", "Lisbon", "Anna", is_ended=True)
    await tell(replace(told, valid_from=year(2015), valid_to=year(2019)), day=-3)
    await tell(replace(told, valid_from=year(2010), valid_to=year(2017)), day=-1, **GUEST)
    (view,) = await tell.facts.about(SAM, names=["Anna"], at=year(2018))
    assert (view.valid_from, view.valid_to) == (year(2015), year(2019))


@pytest.mark.parametrize("is_late", [False, True])
async def test_what_began_again_was_so_before_as_well(tell: Told, is_late: bool) -> None:
    """What was said years ago is brought in before or after, and is the same either way."""
    anew = replace(read("diet", "vegetarian"), valid_from=Instant(tell.now - 200 * DAY))
    then = Instant(tell.now - 1300 * DAY)
    first = replace(read("diet", "vegetarian"), valid_from=then)
    elsewhere = {"said_by": SaidBy.IMPORT, "assurance": Assurance.HELD, "speaker": "user"}
    if is_late:
        await tell(anew, day=-1)
    await tell(first, day=-1299, **elsewhere)
    if not is_late:
        await tell(anew, day=-1)
    now = await tell.only()
    assert (now.valid_from, now.valid_to) == (anew.valid_from, None)
    known = await tell.facts.about(SAM, names=[""], with_history=True)
    assert sorted(view.valid_from for view in known) == [then, anew.valid_from]
    (before,) = await tell.facts.about(SAM, names=[""], at=Instant(tell.now - 1200 * DAY))
    assert (before.valid_from, before.object) == (then, "vegetarian")


async def test_since_when_is_put_right_without_a_second_beginning(tell: Told) -> None:
    """Who says another month soon after means the same stretch."""
    await tell(read("diet", "vegetarian"), day=-20)
    anew = replace(read("diet", "vegetarian"), valid_from=Instant(tell.now - 10 * DAY))
    await tell(anew, day=-1)
    (view,) = await tell.facts.about(SAM, names=[""], with_history=True)
    assert view.valid_from == anew.valid_from
