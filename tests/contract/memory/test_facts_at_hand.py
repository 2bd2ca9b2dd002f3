"""Facts about names are kept at hand: what is told from there is what would be read just now."""

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import delete, event

from backend.kernel.clock import DAY, HOUR, SECOND, Instant, later
from backend.kernel.ids import Ids
from backend.memory.facts import Facts, FactStore, Settling
from backend.memory.facts.asking import LATER_MAX
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import facts as fact_rows
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.contract.memory.teller import SAM, Told, read
from tests.fakes.clock import FakeClock

NAMES = ("", "Anna", "Tom")
PLACES = ("Lisbon", "Porto", "Rome", "Oslo")


@pytest.fixture
def still() -> FakeClock:
    return FakeClock()


class Process(Told):
    """One process that tells and is asked, at a time that a test moves."""

    def __init__(self, url: str, clock: FakeClock, ids: Ids, *, bytes_max: int = 1 << 20) -> None:
        database = Database(url, clock=clock)
        signals = InProcessSignals()
        ledger = Ledger(database, clock, ids, signals)
        settling = Settling(FactStore(ids), events=EventLog(signals), jobs=ledger)
        cache = InProcessCache(database=database, clock=clock, bytes_max=bytes_max)
        facts = Facts(FactStore(ids), settling, database=database, clock=clock, cache=cache)
        super().__init__(facts, database, clock.now())

    async def about(self, names: Sequence[str], **more: object) -> list[str]:
        found = await self.facts.about(SAM, names=names, **more)  # type: ignore[arg-type]
        return [view.statement for view in found]


@pytest.fixture
async def processes(
    database_url: str, still: FakeClock, ids: Ids
) -> AsyncIterator[tuple[Process, Process, Process]]:
    """Two that keep at hand what they read, and one that never does."""
    made = tuple(
        Process(database_url, still, ids, bytes_max=size) for size in (1 << 20, 1 << 20, 0)
    )
    for each in made:
        await each.database.start()
    await migrate(made[0].database)
    yield made[0], made[1], made[2]
    for each in made:
        await each.database.stop()


Three = tuple[Process, Process, Process]


async def test_what_is_asked_again_is_not_read_again(processes: Three) -> None:
    here, _, _ = processes
    await here(read("lives in", "Lisbon", "Anna"))
    assert await here.about(["Anna"]) == ["Anna lives in Lisbon."]
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.extend([statement] if "FROM facts" in statement else [])

    event.listen(here.database._reader.sync_engine, "before_cursor_execute", note)
    for _ in range(3):
        assert await here.about(["Anna"]) == ["Anna lives in Lisbon."]
    assert statements == []


async def test_what_begins_and_ends_by_itself_is_told_in_its_time(
    processes: Three, still: FakeClock
) -> None:
    here, _, _ = processes
    job = replace(
        read("works at", "Siemens", "Anna", is_ended=True),
        valid_from=later(still.now(), DAY),
        valid_to=later(still.now(), 2 * DAY),
    )
    await here(job)
    told = []
    for _ in range(3):
        told.append(await here.about(["Anna"]))
        still.advance(DAY / SECOND)
    assert told == [[], ["Anna works at Siemens."], []]


async def test_more_that_ends_than_is_kept_at_hand_is_read(
    processes: Three, still: FakeClock
) -> None:
    here, _, fresh = processes
    for number in range(LATER_MAX + 6):  # those that stay are the oldest
        song = replace(
            read("likes", f"song {number}", is_ended=True),
            valid_from=later(still.now(), HOUR * (number - 100)),
            valid_to=later(still.now(), HOUR * (1_000 if number < 3 else 1)),
        )
        await here(song, day=-1 - number / 10)
    assert len(await here.about([""], limit=3)) == 3
    still.advance(2 * HOUR / SECOND)
    assert await here.about([""], limit=3) == await fresh.about([""], limit=3)
    assert len(await here.about([""], limit=3)) == 3


@pytest.mark.covers("ME-25")
async def test_whoever_writes_whatever_each_process_tells_what_is_so(
    processes: Three, still: FakeClock
) -> None:
    here, there, fresh = processes
    drawn = random.Random(3)
    for _ in range(40):
        await _something(drawn.choice((here, there)), drawn, still.now())
        still.advance(drawn.choice((1, 600, 86_400)))
        names = drawn.sample(NAMES, drawn.randrange(1, 3))
        how = drawn.choice(({}, {"limit": 1}, {"with_history": True}, {"predicates": ["lives in"]}))
        asked = drawn.choice((here, there))
        assert await asked.about(names, **how) == await fresh.about(names, **how)
        pinned = [await each.facts.pinned(SAM) for each in (asked, fresh)]
        assert pinned[0] == pinned[1]


async def _something(process: Process, drawn: random.Random, now: Instant) -> None:
    name, place = drawn.choice(NAMES), drawn.choice(PLACES)
    fact = read(drawn.choice(("lives in", "likes")), place, name)
    what = drawn.randrange(5)
    if what == 0:
        since = later(now, drawn.choice((-DAY, DAY)))
        fact = replace(fact, is_ended=True, valid_from=since, valid_to=later(since, 2 * DAY))
    if what < 3:
        await process(replace(fact, is_pinned=drawn.random() < 0.3), day=drawn.random() - 1)
    elif what == 3:
        held = await process.facts.about(SAM, names=[name])
        async with process.database.transaction() as tx:
            for each in held[:1]:
                await process.facts.deny(tx, each.id, source=process.source())
    else:  # it is forgotten
        async with process.database.transaction() as tx:
            await tx.execute(
                delete(fact_rows).where(
                    fact_rows.c.owner_id == SAM, fact_rows.c.object == place.casefold()
                )
            )
