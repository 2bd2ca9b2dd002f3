"""What the last turn of an exchange left is known without reading, as it is in the database."""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import delete, event, insert, update

from backend.conversation.sessions import Party
from backend.conversation.turns.last_told import LastTurn, LastTurns, tell_turn
from backend.kernel.clock import Clock
from backend.kernel.ids import ConversationId, Ids, OwnerId
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.database.engine import Database
from backend.platform.database.tables import turns

SAM = OwnerId("sam")


def party(conversation_id: str = "thread", owner_id: OwnerId = SAM) -> Party:
    actor = Actor(owner_id, ActorKind.CALLER, Assurance.VERIFIED)
    return Party(actor, ConversationId(conversation_id), "sms")


class Process:
    """One process: its connections, its cache."""

    def __init__(self, database: Database, clock: Clock, *, bytes_max: int = 1 << 20) -> None:
        self.database = database
        self._last = LastTurns(InProcessCache(database=database, clock=clock, bytes_max=bytes_max))

    async def last(self, of: Party | None = None) -> LastTurn:
        return await self._last.of(of or party())

    async def keep(self, turn_id: str, at: int, *, of: Party | None = None, **told: Any) -> None:
        whose = of or party()
        row = {
            "id": turn_id,
            "owner_id": whose.actor.owner_id,
            "conversation_id": whose.conversation_id,
            "engine": "",
            "timeline": {},
            "details": {"told": told},
            "cost_micros": 0,
            "started_at": at,
            "ended_at": at,
        }
        async with self.database.transaction() as tx:
            await tx.execute(insert(turns).values(**row), is_told=True)
            tell_turn(tx, whose, row)

    async def close(self, turn_id: str, at: int, **told: Any) -> None:
        row = {"id": turn_id, "started_at": at, "details": {"told": told, "asks": "which"}}
        async with self.database.transaction() as tx:
            mine = (turns.c.id == turn_id, turns.c.owner_id == SAM)
            closing = update(turns).where(*mine).values(details=row["details"])
            if (await tx.execute(closing, is_told=True)).rowcount:
                tell_turn(tx, party(), row)

    async def forget(self, turn_id: str) -> None:
        async with self.database.transaction() as tx:
            await tx.execute(delete(turns).where(turns.c.owner_id == SAM, turns.c.id == turn_id))


@pytest.fixture
async def there(database_url: str, clock: Clock) -> AsyncIterator[Process]:
    database = Database(database_url, clock=clock)
    await database.start()
    yield Process(database, clock)
    await database.stop()


@pytest.fixture
def here(database: Database, clock: Clock) -> Process:
    return Process(database, clock)


async def test_the_next_turn_reads_nothing_of_the_last(here: Process) -> None:
    await here.keep("1", 1, facts=["a"])
    await here.last()
    read: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        read.extend([statement] if "FROM turns" in statement else [])

    event.listen(here.database._reader.sync_engine, "before_cursor_execute", note)
    await here.keep("2", 2, facts=["b"])
    await here.keep("3", 3, of=party("a call"), facts=["c"])
    assert dict((await here.last()).told) == {"facts": ("b",)}
    assert read == []


async def test_a_turn_that_was_forgotten_does_not_come_back_with_its_end(here: Process) -> None:
    await here.keep("1", 1, facts=["a"])
    await here.keep("2", 2, facts=["b"])
    assert (await here.last()).id == "2"
    await here.forget("2")
    assert (await here.last()).id == "1"
    await here.close("2", 2, facts=["b"])
    assert (await here.last()).id == "1"


@pytest.mark.covers("ME-25")
async def test_whichever_process_writes_closes_or_forgets_each_knows_the_last_turn(
    here: Process, there: Process, database: Database, clock: Clock, ids: Ids
) -> None:
    fresh, drawn = Process(database, clock, bytes_max=0), random.Random(7)
    kept: list[tuple[str, int]] = []
    for number in range(60):
        writer, what = drawn.choice((here, there)), drawn.random()
        if what < 0.5 or not kept:
            kept.append((ids.new(), number))
            await writer.keep(*kept[-1], facts=[f"{number}"])
        elif what < 0.7:
            await writer.close(*drawn.choice(kept[-3:]), facts=[f"{number}"])
        elif what < 0.85:
            await writer.forget(kept.pop(drawn.randrange(len(kept)))[0])
        else:
            await writer.keep(ids.new(), number, of=party("thread", OwnerId("kim")))
        assert await drawn.choice((here, there)).last() == await fresh.last()
