"""A break of any dependency is found in time, told once, kept, and reckoned with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import func, insert, select, update

from backend.console.watch import Alarms, HealthKeeper, Uptimes
from backend.kernel.clock import DAY, MINUTE, SECOND, Clock, Instant
from backend.kernel.errors import Unavailable
from backend.platform.chance import SystemChance, SystemIds
from backend.platform.database.engine import Database
from backend.platform.database.tables import health_changes, instance
from backend.platform.events import EventLog
from backend.platform.health import Check, Health
from backend.platform.health.monitor import Monitor, MonitorRules
from backend.platform.health.types import Change
from backend.platform.keys import Keys
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.platform.signals.engines.redis import RedisSignals
from backend.platform.tasks import Supervisor
from backend.trust.identity import Identity
from tests.engines import RedisServer

PROCESS = "backend@here:1"


class Bell:
    """Remembers what it rang for; a test may break it."""

    name = "bell"

    def __init__(self) -> None:
        self.rung: list[tuple[str, bool]] = []
        self.failures = 0
        self.hangs_with = ""

    async def ring(self, change: Change) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable
        if change.part == self.hangs_with:
            await asyncio.Event().wait()
        self.rung.append((change.part, change.is_ok))

    async def check(self) -> Check:
        return Check(ok=True, detail=self.name)


class WatchHouse:
    """One database, and the keepers of as many processes as a test wants."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock = database, clock
        self.signals, self.ids = InProcessSignals(), SystemIds(clock)
        self.events = EventLog(self.signals)
        self.supervisor = Supervisor(clock)
        self.bell = Bell()

    def keeper(self, process: str = PROCESS, *, is_leader: bool = True) -> HealthKeeper:
        return HealthKeeper(
            database=self.database,
            events=self.events,
            ids=self.ids,
            clock=self.clock,
            alarms=Alarms([self.bell], clock=self.clock),
            process=process,
            is_leader=is_leader,
        )

    @asynccontextmanager
    async def watching(
        self, process: str = PROCESS, *, is_leader: bool = True
    ) -> AsyncIterator[HealthKeeper]:
        keeper = self.keeper(process, is_leader=is_leader)
        await keeper.begin()
        running = self.supervisor.start(process, keeper.run())
        yield keeper
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    async def settle(self) -> str:
        identity = Identity(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            chance=SystemChance(),
            keys=Keys(bytes(32)),
        )
        async with self.database.transaction() as tx:
            return (await identity.ensure_owner(tx, name="Sam")).owner_id

    def change(self, part: str, *, is_ok: bool, is_first: bool = False) -> Change:
        return Change(part, is_ok, "it is so", "mend it", self.clock.now(), is_first=is_first)

    async def wrote(self, process: str, *told: tuple[str, bool, int], seen_days_ago: int) -> None:
        """Write a process's book of long ago: each part, whether it was well, how many days ago."""
        async with self.database.transaction() as tx:
            for part, is_ok, days_ago in told:
                await tx.execute(
                    insert(health_changes).values(
                        id=self.ids.new(),
                        part=part,
                        process=process,
                        is_ok=is_ok,
                        detail="",
                        at=tx.at - days_ago * DAY,
                    )
                )
            value = str(tx.at - seen_days_ago * DAY)
            await tx.execute(insert(instance).values(key=f"watch:{process}", value=value))

    async def until(self, rung: int) -> None:
        async with asyncio.timeout(20):
            while len(self.bell.rung) < rung:
                await self.clock.sleep(0.02)


@pytest.fixture
async def house(database: Database, clock: Clock) -> AsyncIterator[WatchHouse]:
    house = WatchHouse(database, clock)
    yield house
    await house.supervisor.stop()


@pytest.mark.covers("MR-14", "OB-04")
async def test_a_break_and_a_recovery_ring_once_each_and_are_told_on_the_feed(
    house: WatchHouse,
) -> None:
    owner_id = await house.settle()
    async with house.watching() as keeper:
        keeper.tell(house.change("graph", is_ok=True, is_first=True))
        keeper.tell(house.change("graph", is_ok=False))
        keeper.tell(house.change("graph", is_ok=True))
        await house.until(2)
    assert house.bell.rung == [("graph", False), ("graph", True)]
    async with house.database.reading() as connection:
        told = await house.events.read(connection, f"owner:{owner_id}")
    assert [(event.kind, event.payload["ok"]) for event in told] == [
        ("health.changed", False),
        ("health.changed", True),
    ]


@pytest.mark.covers("MR-14")
async def test_processes_that_see_the_same_break_ring_once_together(house: WatchHouse) -> None:
    await house.settle()
    async with house.watching("backend@a:1") as one, house.watching("workers@a:2") as other:
        for keeper in (one, other):
            keeper.tell(house.change("signals", is_ok=False))
        await house.until(1)
        for keeper in (one, other):
            keeper.tell(house.change("signals", is_ok=True))
        await house.until(2)
        await house.clock.sleep(0.3)
    assert house.bell.rung == [("signals", False), ("signals", True)]


async def test_who_writes_late_does_not_ring_for_what_is_over(house: WatchHouse) -> None:
    await house.settle()
    async with house.watching("backend@a:1") as one, house.watching("workers@a:2") as late:
        broken, well = house.change("signals", is_ok=False), house.change("signals", is_ok=True)
        one.tell(broken)
        await house.until(1)
        one.tell(well)
        await house.until(2)
        for change in (broken, well):  # its database was slow
            late.tell(change)
        one.tell(house.change("model", is_ok=False))
        await house.until(3)
        late.tell(house.change("signals", is_ok=False))
        await house.until(4)
    told = [("signals", False), ("signals", True), ("model", False), ("signals", False)]
    assert house.bell.rung == told


async def test_what_a_killed_process_last_saw_keeps_nobody_from_ringing(house: WatchHouse) -> None:
    await house.settle()
    async with house.watching("backend@gone:1") as gone:
        gone.tell(house.change("signals", is_ok=False))
        await house.until(1)
    async with house.database.transaction() as tx:  # killed ten minutes ago
        seen_at = str(tx.at - 10 * MINUTE)
        await tx.execute(
            update(instance).where(instance.c.key == "watch:backend@gone:1").values(value=seen_at)
        )
    async with house.watching("backend@new:1") as keeper:
        keeper.tell(house.change("signals", is_ok=True, is_first=True))
        keeper.tell(house.change("signals", is_ok=False))
        await house.until(2)
    assert house.bell.rung == [("signals", False), ("signals", False)]


@pytest.mark.covers("MR-14")
@pytest.mark.parametrize("way", ["killed", "hanging"])
async def test_a_real_redis_that_breaks_is_found_and_found_again_when_it_is_back(
    clock: Clock, way: str
) -> None:
    with RedisServer() as server:
        async with Supervisor(clock) as supervisor:
            signals = RedisSignals(server.url, supervisor=supervisor)
            health, changes = Health(), asyncio.Queue[Change](10)
            health.add("signals", signals.check)
            rules = MonitorRules(every_s=0.3, look_s=0.5)
            monitor = Monitor(health, clock=clock, on_change=changes.put_nowait, rules=rules)
            supervisor.start("monitor", monitor.run())
            async with asyncio.timeout(60):
                assert (await changes.get()).is_ok
                await asyncio.to_thread(server.kill if way == "killed" else server.pause)
                assert not (await changes.get()).is_ok
                await asyncio.to_thread(server.start if way == "killed" else server.resume)
                assert (await changes.get()).is_ok
            await signals.stop()


async def test_an_alarm_that_fails_is_tried_again(house: WatchHouse) -> None:
    house.bell.failures = 1
    async with house.watching() as keeper:
        keeper.tell(house.change("graph", is_ok=False))
        await house.until(1)


async def test_an_alarm_that_hangs_delays_no_other_change(house: WatchHouse) -> None:
    house.bell.hangs_with = "graph"
    async with house.watching() as keeper:
        keeper.tell(house.change("graph", is_ok=False))
        keeper.tell(house.change("signals", is_ok=False))
        await house.until(1)
    assert house.bell.rung == [("signals", False)]


@pytest.mark.covers("MR-14")
async def test_uptime_survives_a_restart_and_leaves_out_the_time_between(
    house: WatchHouse,
) -> None:
    began = house.clock.now()
    async with house.watching() as keeper:
        broke = house.clock.now()
        keeper.tell(Change("graph", True, "", "", began, is_first=True))
        keeper.tell(Change("graph", False, "", "", broke))
        await house.until(1)
        await house.clock.sleep(0.2)
        await keeper.end()
    ended = house.clock.now()
    await house.clock.sleep(0.3)  # stopped: nobody's down time
    known = await house.keeper().begin()
    assert known == {"graph": (False, broke)}
    uptimes = Uptimes(database=house.database, clock=house.clock, process=PROCESS)
    again = house.clock.now()
    [told] = await uptimes.report(1)
    now = house.clock.now()
    assert (told.part, told.ok, told.since, told.breaks) == ("graph", False, broke, 1)
    most = (ended - broke + now - again) / SECOND + 0.25
    assert 0.2 <= told.down_s <= most < (now - broke) / SECOND + 0.25
    assert told.down_s <= told.watched_s


@pytest.mark.covers("MR-14")
async def test_what_a_killed_process_saw_ends_where_it_was_last_seen(house: WatchHouse) -> None:
    async with house.watching():
        pass  # killed: no end is written down
    await house.clock.sleep(0.4)
    keeper = house.keeper()
    await keeper.begin()
    uptimes = Uptimes(database=house.database, clock=house.clock, process=PROCESS)
    async with house.watching("other@b:1") as other:
        other.tell(Change("part", True, "", "", Instant(0), is_first=True))
        await house.clock.sleep(0.2)
    told = {row.process: row for row in await uptimes.report(1)}
    assert told["other@b:1"].watched_s < 1


async def test_whatever_breaks_while_the_database_is_away_is_rung_for_at_once(
    clock: Clock,
) -> None:
    house = WatchHouse(Database("postgresql://127.0.0.1:1/none", clock=clock), clock)
    keeper, follower = house.keeper(), house.keeper("workers@a:2", is_leader=False)
    tasks = [house.supervisor.start("keeper", one.run()) for one in (keeper, follower)]
    for one in (keeper, follower):
        one.tell(house.change("database", is_ok=False))
        one.tell(house.change("signals", is_ok=False))
    await house.until(2)
    await clock.sleep(1.5)
    assert house.bell.rung == [("database", False), ("signals", False)]
    for task in tasks:
        task.cancel()
    await house.supervisor.stop()
    await house.database.stop()


async def test_what_no_window_reaches_is_pruned_and_the_uptime_stays_exact(
    house: WatchHouse,
) -> None:
    uptimes = Uptimes(database=house.database, clock=house.clock, process=PROCESS)
    own = [("", True, 500), ("graph", True, 500), ("graph", False, 480), ("graph", True, 400)]
    await house.wrote(PROCESS, *own, ("graph", False, 100), ("graph", True, 90), seen_days_ago=0)
    await house.wrote("backend@gone:1", ("", True, 500), ("graph", False, 450), seen_days_ago=400)
    [before] = await uptimes.report(366)
    async with house.database.transaction() as tx:
        await uptimes.prune(tx)
    [after] = await uptimes.report(366)
    assert (after.down_s, after.breaks) == (before.down_s, before.breaks) == (10 * 86_400, 1)
    assert after.watched_s == pytest.approx(366 * 86_400)
    async with house.database.reading() as connection:
        rows = await connection.execute(select(func.count()).select_from(health_changes))
        keys = await connection.execute(select(instance.c.key).where(instance.c.key.like("watch%")))
        assert rows.scalar_one() == 4
        assert keys.scalars().all() == [f"watch:{PROCESS}"]


async def test_a_process_that_was_replaced_is_told_of_as_long_as_the_window_reaches_it(
    house: WatchHouse,
) -> None:
    uptimes = Uptimes(database=house.database, clock=house.clock, process=PROCESS)
    await house.wrote("backend@gone:1", ("", True, 20), ("graph", True, 20), seen_days_ago=10)
    assert [told.process for told in await uptimes.report(15)] == ["backend@gone:1"]
    assert await uptimes.report(5) == []
