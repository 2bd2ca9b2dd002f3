"""The clocks promise each planned moment once, whoever winds them, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from backend.kernel.clock import DAY, HOUR, SECOND, Clock, Instant
from backend.kernel.errors import Missing
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import clocks as clock_rows
from backend.platform.jobs.clocks import Clocks, ClockWork
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.rhythms import read_rhythm
from backend.platform.jobs.types import JobRow, JobState
from backend.platform.settings import Settings
from tests.contract.sync_house import SyncHouse
from tests.fakes.clock import FakeClock
from workers.parts import Parts
from workers.schedule import LOOK_S, Schedule

HOUR_S, DAY_S = 3600.0, 86400.0
NIGHTLY = ClockWork("upkeep.check", read_rhythm("30 3 * * *"))
BRIEF = ClockWork("growth.brief", read_rhythm("0 8 * * *"), is_per_user=True)


@dataclass
class Pieces:
    """What a schedule stands on."""

    settings: Settings
    clock: Clock
    database: Database
    jobs: Ledger


class Wall(FakeClock):
    """A wall clock that somebody sets wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.off = 0

    def now(self) -> Instant:
        return Instant(super().now() + self.off)


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[SyncHouse]:
    house = SyncHouse(database_url, Wall())
    await migrate(house.database)
    yield house
    await house.stop()


def wall(house: SyncHouse) -> Wall:
    return cast(Wall, house.clock)


def schedule(house: SyncHouse) -> Schedule:
    pieces = Pieces(house.settings, house.clock, house.database, house.jobs)
    return Schedule(cast(Parts, pieces))


def clocks(house: SyncHouse) -> Clocks:
    return Clocks(database=house.database, ledger=house.jobs, clock=house.clock)


async def wind(of: Clocks, *works: ClockWork, zone: str = "UTC", **users: str) -> Instant | None:
    return await of.wind(works or (NIGHTLY,), zone=zone, users=users)


async def finished(house: SyncHouse) -> list[JobRow]:
    """Return what was promised, and have it all done."""
    rows = await house.jobs.list(state=JobState.WAITING)
    held = await house.jobs.lease("a worker", {row.name for row in rows}, 100, 60)
    await house.jobs.complete_all(held)
    return rows


async def test_nothing_is_promised_before_there_is_an_owner(house: SyncHouse) -> None:
    await schedule(house).look()
    assert await finished(house) == []


async def test_a_fresh_instance_makes_up_for_no_night_before_its_time(house: SyncHouse) -> None:
    async with house.database.transaction() as tx:
        await house.identity.ensure_owner(tx)
    await schedule(house).look()
    assert await finished(house) == []


async def test_every_clock_of_the_schedule_strikes(house: SyncHouse) -> None:
    async with house.database.transaction() as tx:
        await house.identity.ensure_owner(tx)
    one, other = schedule(house), schedule(house)
    await one.look()
    wall(house).advance(25 * HOUR_S)
    for each in (one, other, one, other):
        await each.look()
    names = {clock.name for clock in await clocks(house).list()}
    assert sorted(row.name for row in await finished(house)) == sorted(names)
    assert {"upkeep.backup", "upkeep.prune", "upkeep.retain"} <= names


async def test_the_schedule_wakes_when_a_clock_strikes(house: SyncHouse) -> None:
    async with house.database.transaction() as tx:
        await house.identity.ensure_owner(tx)
    looking = schedule(house)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(looking.run())
        async with asyncio.timeout(20):
            while not await clocks(house).list():
                await wall(house).until_somebody_sleeps()
            while not await house.jobs.list():
                await wall(house).until_somebody_sleeps()
                wall(house).advance(LOOK_S)
        running.cancel()
    (row,) = [row for row in await house.jobs.list() if row.name == "upkeep.prune"]
    assert row.created_at - row.not_before < HOUR


async def test_many_processes_at_one_database_promise_each_moment_once(database_url: str) -> None:
    shared = Wall()
    async with AsyncExitStack() as stack:
        houses = [SyncHouse(database_url, shared) for _ in range(4)]
        for house in houses:
            stack.push_async_callback(house.stop)
        await migrate(houses[0].database)
        winders = [clocks(house) for house in houses]
        for winder in winders:
            await wind(winder)
        for _ in range(5):
            shared.advance(DAY_S)
            await asyncio.gather(*(wind(winder) for winder in winders))
            assert len(await finished(houses[0])) == 1


async def test_missed_runs_are_caught_up_once(house: SyncHouse) -> None:
    await wind(clocks(house))
    wall(house).advance(10 * DAY_S)
    again = clocks(house)
    next_at = await wind(again)
    assert len(await finished(house)) == 1
    assert next_at is not None
    assert 0 < next_at - house.clock.now() <= DAY
    await wind(again)
    assert await finished(house) == []


async def test_a_strike_whose_last_job_still_waits_adds_none(house: SyncHouse) -> None:
    of = clocks(house)
    await wind(of)
    for _ in range(5):
        wall(house).advance(DAY_S)
        await wind(of)
    assert len(await finished(house)) == 1


async def test_each_user_has_a_clock_of_their_own_zone(house: SyncHouse) -> None:
    of = clocks(house)
    zones = {"berlin": "Europe/Berlin", "tokyo": "Asia/Tokyo", "lost": "Mars/Olympus"}
    await wind(of, BRIEF, **zones)
    at = {row.user_id: row.next_at % DAY // HOUR for row in await of.list()}
    assert at == {"berlin": 6, "tokyo": 23, "lost": 8}
    wall(house).advance(DAY_S)
    await wind(of, BRIEF, **zones)
    assert {row.owner_id for row in await finished(house)} == set(zones)


async def test_a_users_clock_keeps_its_hour_when_summer_ends(house: SyncHouse) -> None:
    of = clocks(house)
    noon = datetime(2026, 10, 24, 12, tzinfo=ZoneInfo("Europe/Berlin"))  # that night it ends
    wall(house).off += int(noon.timestamp()) * SECOND - house.clock.now()
    zones = {"berlin": "Europe/Berlin", "lagos": "Africa/Lagos"}  # one hour apart, until then
    await wind(of, BRIEF, **zones)
    wall(house).advance(20.5 * HOUR_S)  # 06:30 UTC: it would be eight o'clock in summer
    await wind(of, BRIEF, **zones)
    assert await finished(house) == []
    wall(house).advance(0.5 * HOUR_S)
    await wind(of, BRIEF, **zones)
    assert {row.owner_id for row in await finished(house)} == set(zones)
    assert {row.next_at % DAY // HOUR for row in await of.list()} == {7}


async def test_whoever_moves_is_struck_by_their_new_zone(house: SyncHouse) -> None:
    of = clocks(house)
    await wind(of, BRIEF, anna="Europe/Berlin")
    await wind(of, BRIEF, anna="Asia/Tokyo")
    (row,) = await of.list()
    assert (row.zone, row.next_at % DAY // HOUR) == ("Asia/Tokyo", 23)


async def test_a_changed_plan_holds_from_now_on(house: SyncHouse) -> None:
    of = clocks(house)
    await wind(of)
    hourly = ClockWork(NIGHTLY.job, read_rhythm("every 1h"))
    next_at = await wind(of, hourly)
    assert next_at is not None
    assert next_at - house.clock.now() <= HOUR


async def test_what_nobody_plans_any_more_is_taken_down(house: SyncHouse) -> None:
    of = clocks(house)
    await wind(of, NIGHTLY, BRIEF, anna="UTC", gone="UTC")
    await of.keep_only([BRIEF.job], ["anna"])
    assert [row.id for row in await of.list()] == [(BRIEF.job, "anna")]


async def test_a_wall_clock_that_was_a_year_ahead_silences_nothing(house: SyncHouse) -> None:
    of = clocks(house)
    await wind(of)
    wall(house).off = 365 * DAY
    await wind(of)
    assert len(await finished(house)) == 1  # missed, as far as anybody can tell
    wall(house).off = 0
    await wind(of)
    wall(house).advance(2 * DAY_S)  # tonight was struck already, ahead of its time
    await wind(of)
    assert len(await finished(house)) == 1


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_wall_clock_set_back_repeats_nothing(house: SyncHouse, is_restarted: bool) -> None:
    of = clocks(house)
    first = await wind(of)
    assert first is not None
    wall(house).off = first - house.clock.now() + 60_000_000
    await wind(of)
    assert len(await finished(house)) == 1
    of = clocks(house) if is_restarted else of
    for back_s in (120, 90, 60, 0):
        wall(house).off -= back_s * 1_000_000
        await wind(of)
    wall(house).off += 400 * 1_000_000
    await wind(of)
    assert await finished(house) == []


async def test_a_paused_clock_is_silent_and_makes_up_for_nothing(house: SyncHouse) -> None:
    of = clocks(house)
    await wind(of)
    assert (await of.pause(NIGHTLY.job, "")).is_paused
    wall(house).advance(3 * DAY_S)
    assert await wind(of) is None
    resumed = await of.resume(NIGHTLY.job, "")
    assert resumed.next_at > house.clock.now()
    await wind(of)
    assert await finished(house) == []
    wall(house).advance(DAY_S)
    await wind(of)
    assert len(await finished(house)) == 1


async def test_a_clock_is_struck_by_hand_and_keeps_its_time(house: SyncHouse) -> None:
    of = clocks(house)
    before = await wind(of)
    job_id = await of.run_now(NIGHTLY.job, "")
    assert (await house.jobs.get(job_id)).name == NIGHTLY.job
    assert await wind(of) == before
    with pytest.raises(Missing):
        await of.run_now("upkeep.nothing", "")


async def test_a_strike_and_its_promise_are_one(house: SyncHouse) -> None:
    """A promise that fails leaves the clock where it was: the next look strikes it again."""
    of = clocks(house)
    next_at = await wind(of)
    assert next_at is not None
    wall(house).advance(DAY_S)
    refused = ClockWork("nobody.runs", NIGHTLY.rhythm)
    async with house.database.transaction() as tx:
        row = (await tx.execute(select(clock_rows))).one()._mapping
        await tx.execute(insert(clock_rows).values({**row, "name": refused.job}))
    with pytest.raises(Exception, match="No family"):
        await wind(of, refused)
    (left,) = [row for row in await of.list() if row.name == refused.job]
    assert (left.next_at, left.last_at) == (next_at, None)
