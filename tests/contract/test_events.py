"""The event log: in each stream the order of the cursors is the order of the commits."""

import asyncio

import pytest

from backend.kernel.ids import OwnerId
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog, topic_of
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.contract.failing import taken_back

OWNER = OwnerId("owner")


@pytest.fixture
def log(signals: InProcessSignals) -> EventLog:
    return EventLog(signals)


async def append(log: EventLog, tx: Transaction, stream: str = "s", number: int = 0) -> int:
    return await log.append(
        tx,
        owner_id=OWNER,
        stream=stream,
        kind="happened",
        payload={"number": number},
        actor="test",
    )


async def test_cursors_rise_by_one_and_each_stream_has_its_own(
    database: Database, log: EventLog
) -> None:
    async with database.transaction() as tx:
        cursors = [await append(log, tx) for _ in range(3)]
        other = await append(log, tx, stream="t")
    assert (cursors, other) == ([1, 2, 3], 1)


async def test_several_at_once_take_their_places_in_order(
    database: Database, log: EventLog
) -> None:
    async with database.transaction() as tx:
        await append(log, tx, number=0)
        news = [("happened", {"number": number}) for number in (1, 2)]
        await log.append_all(tx, news, owner_id=OWNER, stream="s", actor="test")
        await log.append_all(tx, [], owner_id=OWNER, stream="s", actor="test")
        assert await append(log, tx, number=3) == 4
    async with database.reading() as connection:
        found = await log.read(connection, "s")
    assert [(each.cursor, each.payload["number"]) for each in found] == [
        (number + 1, number) for number in range(4)
    ]


async def test_an_event_comes_back_as_it_was_written(database: Database, log: EventLog) -> None:
    async with database.transaction() as tx:
        await append(log, tx, number=7)
        at = tx.at
    async with database.reading() as connection:
        [event] = await log.read(connection, "s")
    assert (event.cursor, event.kind, event.version) == (1, "happened", 1)
    assert (event.owner_id, event.actor, event.at) == (OWNER, "test", at)
    assert event.payload == {"number": 7}


async def test_a_reader_goes_on_behind_its_cursor(database: Database, log: EventLog) -> None:
    async with database.transaction() as tx:
        for number in range(5):
            await append(log, tx, number=number)
    async with database.reading() as connection:
        first = await log.read(connection, "s", after=1, limit=2)
        rest = await log.read(connection, "s", after=first[-1].cursor)
        assert await log.head(connection, "s") == 5
        assert await log.head(connection, "nothing") == 0
    assert [event.cursor for event in first + rest] == [2, 3, 4, 5]


async def test_what_is_taken_back_leaves_no_gap(database: Database, log: EventLog) -> None:
    async with taken_back(database) as tx:
        await append(log, tx)
    async with database.transaction() as tx:
        assert await append(log, tx) == 1


async def test_a_tail_that_reads_while_many_write_misses_nothing(
    database: Database, log: EventLog
) -> None:
    seen: list[int] = []

    async def write() -> None:
        for _ in range(5):
            async with database.transaction() as tx:
                await append(log, tx)

    async def tail() -> None:
        while len(seen) < 40:
            async with database.reading() as connection:
                news = await log.read(connection, "s", after=seen[-1] if seen else 0)
            seen.extend(event.cursor for event in news)

    async with asyncio.timeout(60):
        await asyncio.gather(tail(), *(write() for _ in range(8)))
    assert seen == list(range(1, 41))


async def test_who_waits_for_a_stream_is_woken_after_the_commit_only(
    database: Database, log: EventLog, signals: InProcessSignals
) -> None:
    async with signals.subscribe(topic_of("s")) as news:
        async with taken_back(database) as tx:
            await append(log, tx)
        async with database.transaction() as tx:
            await append(log, tx)
            await append(log, tx)
        assert [await anext(news), await anext(news)] == ["1", "2"]
