"""Values that go along with what this process writes: never behind it, and never beyond it."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Clock
from backend.platform.cache import Wanted
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.database.engine import Database
from backend.platform.database.tables import short_term
from tests.contract.cache.test_freshness import (
    OTHER,
    OWNER,
    Reader,
    add,
    counting,
    process,
    row,
)


@pytest.fixture
def cache(database: Database, clock: Clock) -> InProcessCache:
    return InProcessCache(database=database, clock=clock)


class Follower(Reader):
    """Reads an owner's rows, and follows those that it is told of."""

    async def read(self) -> tuple[str, ...]:
        wanted = Wanted("rows", self._owner_id, ("recent",), self._owner_id)
        return await self._cache.get(wanted, self._load, follow=_with_more)


def _with_more(rows: tuple[str, ...], changes: Sequence[object]) -> tuple[str, ...]:
    return tuple(sorted((*rows, *(str(change) for change in changes))))


async def add_and_tell(database: Database, identifier: str, owner_id: str = OWNER) -> None:
    async with database.transaction() as tx:
        await tx.execute(insert(short_term), [row(identifier, owner_id)], is_told=True)
        tx.tell(owner_id, "recent", identifier)


@pytest.fixture
async def follower(database: Database, cache: InProcessCache) -> Follower:
    await add(database, "a")
    follower = Follower(cache)
    await follower.read()
    return follower


async def test_what_is_told_is_known_without_reading(
    database: Database, follower: Follower
) -> None:
    for name in ("b", "c"):
        await add_and_tell(database, name)
    assert await follower.read() == ("a", "b", "c")
    assert follower.loads == 1


async def test_what_is_told_of_one_owner_changes_nothing_for_another(
    database: Database, follower: Follower
) -> None:
    await add_and_tell(database, "b", OTHER)
    assert await follower.read() == ("a",)
    assert follower.loads == 1


async def test_what_is_told_in_part_is_read_again(database: Database, follower: Follower) -> None:
    async with database.transaction() as tx:
        await tx.execute(insert(short_term), [row("b")], is_told=True)
        tx.tell(OWNER, "recent", "b")
        await tx.execute(insert(short_term), [row("c")])
    assert await follower.read() == ("a", "b", "c")
    assert follower.loads == 2


async def test_what_everybody_may_be_concerned_by_is_read_again(
    database: Database, follower: Follower
) -> None:
    async with database.transaction() as tx:
        await tx.execute(insert(short_term), [row("b")], is_told=True)
        tx.tell(OWNER, "recent", "b")
        await tx.execute(delete(short_term).where(short_term.c.id == "a"), is_told=True)
    assert await follower.read() == ("b",)


async def test_what_was_told_and_rolled_back_never_was(
    database: Database, follower: Follower
) -> None:
    async def write_and_fail() -> None:
        async with database.transaction() as tx:
            await tx.execute(insert(short_term), [row("b")], is_told=True)
            tx.tell(OWNER, "recent", "b")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await write_and_fail()
    await add_and_tell(database, "c")
    assert await follower.read() == ("a", "c")
    assert follower.loads == 1


@pytest.mark.covers("ME-20", "ME-25")
async def test_a_write_of_another_process_between_two_that_are_told_is_seen(
    database: Database, follower: Follower, database_url: str, clock: Clock
) -> None:
    known = 1
    async with process(database_url, clock) as (other, far):
        there = Follower(far)
        for name in "bcdefgh":
            await there.read()
            writer = other if known % 3 == 1 else database
            await add_and_tell(writer, name)
            known += 1
            for reader in (follower, there) if known % 2 else (there,):
                assert len(await reader.read()) == known


async def test_many_that_tell_and_read_at_once_never_see_less_than_was_acknowledged(
    database: Database, cache: InProcessCache, database_url: str, clock: Clock
) -> None:
    acknowledged = 0

    async def write(into: Database, name: str) -> None:
        nonlocal acknowledged
        for number in range(15):
            await add_and_tell(into, f"{name}{number}")
            acknowledged += 1

    async def read(through: InProcessCache) -> None:
        reader = Follower(through)
        while acknowledged < 45:
            least = acknowledged
            with through.look():
                rows = await reader.read()
            assert len(rows) == len(set(rows)) >= least

    async with process(database_url, clock) as (other, far), asyncio.TaskGroup() as group:
        for into, name in ((database, "a"), (database, "b"), (other, "c")):
            group.create_task(write(into, name))
        for through in (cache, cache, far):
            group.create_task(read(through))


async def test_a_first_read_that_began_before_a_commit_keeps_nothing_old_within_a_look(
    database: Database, cache: InProcessCache, follower: Follower
) -> None:
    slow = Reader(cache)
    wanted = Wanted("others", OWNER, ("recent",), OWNER)
    slow.before_it_is_read.clear()

    async def read_slowly() -> None:
        assert await cache.get(wanted, slow._load, follow=_with_more) == ("a",)

    with cache.look():
        await follower.read()
        async with asyncio.TaskGroup() as group:
            group.create_task(read_slowly())
            await slow.is_at_it.wait()
            await add_and_tell(database, "b")  # the look goes along
            slow.before_it_is_read.set()
        assert await follower.read() == ("a", "b")
        assert await cache.get(wanted, slow._load, follow=_with_more) == ("a", "b")


async def test_a_look_within_a_look_asks_nothing_more(
    database: Database, cache: InProcessCache
) -> None:
    statements: list[str] = []
    await Reader(cache).read()
    with counting(database, statements), cache.look():
        await Reader(cache).read()
        with cache.look():
            await Reader(cache).read()
    assert len(statements) == 1


async def test_what_goes_along_takes_room_for_what_it_gains(
    database: Database, cache: InProcessCache, follower: Follower
) -> None:
    before = cache.size_bytes
    await add_and_tell(database, "b" * 1_000)
    assert cache.size_bytes > before + 1_000
    cache.drop()
    assert cache.size_bytes == 0


async def test_who_it_is_and_what_they_said_is_asked_in_one_look(
    database: Database, cache: InProcessCache
) -> None:
    statements: list[str] = []
    everybodys = Wanted("everybody's", "", ("people",))

    async def load(_: AsyncConnection) -> str:
        return OWNER

    async def who() -> str:
        return await cache.get(everybodys, load, owner_of=str)

    await who()
    await Reader(cache).read()
    with counting(database, statements), cache.look():
        assert await who() == OWNER
        await Reader(cache).read()
    assert len(statements) == 1
