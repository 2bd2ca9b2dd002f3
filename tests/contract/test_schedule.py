"""The clocks promise each planned moment once, whoever looks and however often."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from backend.kernel.clock import Clock
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.jobs.ledger import Ledger
from backend.platform.settings import Settings
from tests.contract.sync_house import SyncHouse
from tests.fakes.clock import FakeClock
from workers.parts import Parts
from workers.schedule import Schedule

HOUR_S = 3600.0


@dataclass
class Pieces:
    """What a schedule stands on."""

    settings: Settings
    clock: Clock
    database: Database
    jobs: Ledger


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SyncHouse]:
    house = SyncHouse(f"sqlite:///{tmp_path / 'ringback.db'}", FakeClock())
    await migrate(house.database)
    yield house
    await house.stop()


def schedule(house: SyncHouse) -> Schedule:
    pieces = Pieces(house.settings, house.clock, house.database, house.jobs)
    return Schedule(cast(Parts, pieces))


async def promised(house: SyncHouse) -> list[str]:
    return sorted(job.name for job in await house.jobs.list())


async def test_nothing_is_promised_before_there_is_an_owner(house: SyncHouse) -> None:
    await schedule(house).look()
    assert await promised(house) == []


async def test_a_fresh_instance_makes_up_for_no_night_before_its_time(house: SyncHouse) -> None:
    async with house.database.transaction() as tx:
        await house.identity.ensure_owner(tx)
    await schedule(house).look()
    assert await promised(house) == []


async def test_two_who_look_at_the_clocks_promise_each_moment_once(house: SyncHouse) -> None:
    async with house.database.transaction() as tx:
        await house.identity.ensure_owner(tx)
    cast(FakeClock, house.clock).advance(25 * HOUR_S)
    one, other = schedule(house), schedule(house)
    for each in (one, other, one, other):
        await each.look()
    assert await promised(house) == ["upkeep.backup", "upkeep.prune"]
    cast(FakeClock, house.clock).advance(24 * HOUR_S)
    await one.look()
    await other.look()
    assert len(await promised(house)) == 4
