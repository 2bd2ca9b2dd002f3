"""A cache is never behind what was written: not after a commit, not in another process, not by a
race, and not while the signals between the processes are cut."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
from sqlalchemy import delete, event, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Clock
from backend.platform.cache import Wanted
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.cache.news import CacheNews
from backend.platform.database.engine import Database
from backend.platform.database.freshness import touched_by
from backend.platform.database.tables import credentials, short_term
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.platform.telemetry.metrics import Metrics

OWNER, OTHER = "owner-1", "owner-2"


@asynccontextmanager
async def process(url: str, clock: Clock) -> AsyncIterator[tuple[Database, InProcessCache]]:
    """A process of its own, whose signals reach nobody."""
    database = Database(url, clock=clock)
    await database.start()
    yield database, InProcessCache(database=database, clock=clock)
    await database.stop()


@pytest.fixture
def cache(database: Database, clock: Clock) -> InProcessCache:
    return InProcessCache(database=database, clock=clock)


def row(identifier: str, owner_id: str = OWNER, *, text: str = "one") -> dict[str, object]:
    return {
        "id": identifier,
        "owner_id": owner_id,
        "namespace": "",
        "kind": "context",
        "source_id": identifier,
        "text": text.encode(),
        "priority": 1.0,
        "uses": 0,
        "used_at": 0,
        "at": 0,
    }


async def add(database: Database, identifier: str, owner_id: str = OWNER) -> None:
    async with database.transaction() as tx:
        await tx.execute(insert(short_term), [row(identifier, owner_id)])


class Reader:
    """Reads an owner's rows through a cache, and counts how often it had to."""

    def __init__(self, cache: InProcessCache, owner_id: str = OWNER) -> None:
        self._cache, self._owner_id = cache, owner_id
        self.loads = 0
        self.before_it_is_read = asyncio.Event()
        self.before_it_is_read.set()
        self.is_at_it = asyncio.Event()

    async def read(self) -> tuple[str, ...]:
        wanted = Wanted("rows", self._owner_id, ("recent",), self._owner_id)
        return await self._cache.get(wanted, self._load)

    async def _load(self, connection: AsyncConnection) -> tuple[str, ...]:
        self.loads += 1
        query = select(short_term.c.id).where(short_term.c.owner_id == self._owner_id)
        found = tuple((await connection.execute(query.order_by(short_term.c.id))).scalars())
        self.is_at_it.set()
        await self.before_it_is_read.wait()  # what was read is on its way, and takes its time
        return found


async def test_what_nobody_wrote_to_is_read_once(database: Database, cache: InProcessCache) -> None:
    await add(database, "a")
    reader = Reader(cache)
    assert [await reader.read() for _ in range(5)] == [("a",)] * 5
    assert reader.loads == 1


async def test_a_write_is_seen_by_the_very_next_read(
    database: Database, cache: InProcessCache
) -> None:
    reader = Reader(cache)
    for number in range(5):
        await add(database, f"{number}")
        assert len(await reader.read()) == number + 1


async def test_what_was_rolled_back_makes_nothing_stale(
    database: Database, cache: InProcessCache
) -> None:
    await add(database, "a")
    reader = Reader(cache)
    await reader.read()

    async def write_and_fail() -> None:
        async with database.transaction() as tx:
            await tx.execute(insert(short_term), [row("b")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await write_and_fail()
    assert await reader.read() == ("a",)
    assert reader.loads == 1


async def test_one_owners_writes_leave_another_ones_values(
    database: Database, cache: InProcessCache
) -> None:
    await add(database, "a")
    reader = Reader(cache)
    await reader.read()
    await add(database, "b", OTHER)
    async with database.transaction() as tx:
        await tx.execute(update(short_term).where(short_term.c.owner_id == OTHER).values(uses=1))
    assert await reader.read() == ("a",)
    assert reader.loads == 1


async def test_a_write_that_does_not_name_its_owner_counts_for_everybody(
    database: Database, cache: InProcessCache
) -> None:
    await add(database, "a")
    reader = Reader(cache)
    await reader.read()
    async with database.transaction() as tx:
        await tx.execute(delete(short_term).where(short_term.c.id == "a"))
    assert await reader.read() == ()


@pytest.mark.covers("ME-20", "ME-25")
async def test_a_write_in_another_process_is_seen_by_the_next_read_without_any_signal(
    database: Database, cache: InProcessCache, database_url: str, clock: Clock
) -> None:
    reader = Reader(cache)
    await reader.read()
    async with process(database_url, clock) as (other, _):
        for number in range(20):
            await add(other, f"{number:02}")
            assert len(await reader.read()) == number + 1


async def test_a_read_that_began_before_a_commit_puts_nothing_old_into_the_cache(
    database: Database, cache: InProcessCache
) -> None:
    await add(database, "a")
    reader = Reader(cache)
    reader.before_it_is_read.clear()
    async with asyncio.TaskGroup() as group:
        slow = group.create_task(reader.read())
        await reader.is_at_it.wait()  # it has read "a" only
        await add(database, "b")
        reader.before_it_is_read.set()
    assert slow.result() == ("a",)  # it began before
    assert await reader.read() == ("a", "b")


async def test_a_second_read_that_began_before_a_commit_puts_nothing_old_into_the_cache(
    database: Database, cache: InProcessCache
) -> None:
    reader = Reader(cache)
    await reader.read()
    await add(database, "a")
    reader.is_at_it.clear()
    reader.before_it_is_read.clear()
    async with asyncio.TaskGroup() as group:
        group.create_task(reader.read())
        await reader.is_at_it.wait()
        await add(database, "b")
        reader.before_it_is_read.set()
    assert await reader.read() == ("a", "b")


async def test_many_that_write_and_read_at_once_never_see_less_than_was_acknowledged(
    database: Database, cache: InProcessCache, database_url: str, clock: Clock
) -> None:
    acknowledged = 0

    async def write(into: Database, name: str) -> None:
        nonlocal acknowledged
        for number in range(15):
            await add(into, f"{name}{number}")
            acknowledged += 1

    async def read(through: InProcessCache) -> None:
        reader = Reader(through)
        while acknowledged < 30:
            least = acknowledged
            with through.look():
                assert len(await reader.read()) >= least

    async with process(database_url, clock) as (other, far), asyncio.TaskGroup() as group:
        group.create_task(write(database, "a"))
        group.create_task(write(other, "b"))
        for through in (cache, far):
            group.create_task(read(through))


async def test_whoever_writes_while_they_look_sees_what_they_wrote(
    database: Database, cache: InProcessCache
) -> None:
    await add(database, "a")
    reader = Reader(cache)
    with cache.look():
        assert await reader.read() == ("a",)
        await add(database, "b")
        assert await reader.read() == ("a", "b")


async def test_a_look_asks_once_what_is_fresh(database: Database, cache: InProcessCache) -> None:
    statements: list[str] = []
    rows, same = Reader(cache), Reader(cache)
    await rows.read()
    with counting(database, statements), cache.look():
        for _ in range(5):
            await same.read()
    assert len(statements) == 1


@contextmanager
def counting(database: Database, statements: list[str]) -> Iterator[None]:
    """Note every statement that readers send."""

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("SELECT"):  # SQLite's driver has a BEGIN of its own
            statements.append(statement)

    engine = database._reader.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield
    event.remove(engine, "before_cursor_execute", note)


async def test_a_value_is_read_again_after_its_last_resort(database: Database) -> None:
    class Moving:
        seconds = 0.0

        def monotonic(self) -> float:
            return self.seconds

    clock = Moving()
    cache = InProcessCache(database=database, clock=clock, ttl_s=60)  # type: ignore[arg-type]
    reader = Reader(cache)
    await reader.read()
    clock.seconds = 59.9
    await reader.read()
    assert reader.loads == 1
    clock.seconds = 60.0
    await reader.read()
    assert reader.loads == 2


async def test_it_takes_no_more_room_than_it_may(database: Database, clock: Clock) -> None:
    metrics = Metrics()
    cache = InProcessCache(
        database=database, clock=clock, metrics=metrics, bytes_max=40_000, entries_max=20
    )

    async def load(_: AsyncConnection) -> str:
        return "x" * 1_000

    async def load_large(_: AsyncConnection) -> str:
        return "x" * 10_000

    for number in range(100):
        await cache.get(Wanted("filler", number, ("recent",), OWNER), load)
        assert cache.size_bytes <= 40_000
        assert len(cache) <= 20
    await cache.get(Wanted("filler", "large", ("recent",), OWNER), load_large)
    assert len(cache) == 20, "one value may not push all the others out"
    shown = metrics.render().decode()
    assert 'ringback_cache_reads_total{outcome="miss",what="filler"} 101.0' in shown
    assert "ringback_cache_entries 20.0" in shown


async def test_what_is_dropped_leaves_nothing_behind(
    database: Database, cache: InProcessCache
) -> None:
    for owner_id in (OWNER, OTHER):
        await Reader(cache, owner_id).read()
    cache.drop(OWNER)
    assert len(cache) == 1
    cache.drop()
    assert len(cache) == cache.size_bytes == 0


async def test_without_room_everything_is_read(database: Database, clock: Clock) -> None:
    reader = Reader(InProcessCache(database=database, clock=clock, bytes_max=0))
    await reader.read()
    await reader.read()
    assert reader.loads == 2


async def test_a_commit_frees_what_other_processes_keep(
    database: Database, cache: InProcessCache, database_url: str, clock: Clock
) -> None:
    signals = InProcessSignals()  # as Redis carries them between processes
    async with process(database_url, clock) as (other, far):
        news = CacheNews(far, database=other, signals=signals)
        CacheNews(cache, database=database, signals=signals)
        await Reader(far).read()
        await Reader(far, OTHER).read()
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(news.run())
            await clock.sleep(0)  # it listens
            await add(database, "a")
            while len(far) != 1:
                await clock.sleep(0.001)
            listening.cancel()


async def test_a_value_names_its_owner_itself(database: Database, cache: InProcessCache) -> None:
    loads = 0

    async def load(connection: AsyncConnection) -> tuple[str, int]:
        nonlocal loads
        loads += 1
        query = select(short_term.c.owner_id, short_term.c.uses).where(short_term.c.id == "a")
        found = (await connection.execute(query)).one()
        return str(found.owner_id), int(found.uses)

    async def read() -> tuple[str, int]:
        wanted = Wanted("row", "a", ("recent",))
        return await cache.get(wanted, load, owner_of=lambda value: value[0])

    await add(database, "a")
    assert [await read(), await read()] == [(OWNER, 0)] * 2
    assert loads == 1
    async with database.transaction() as tx:
        await tx.execute(update(short_term).where(short_term.c.owner_id == OWNER).values(uses=3))
    assert [await read(), await read()] == [(OWNER, 3)] * 2
    assert loads == 2


def test_only_what_is_watched_counts() -> None:
    assert touched_by(select(credentials), None, None) == frozenset()  # type: ignore[arg-type]
