"""Short-term memory on both databases: a day exactly, by weight, in every process, after a kill."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import pytest
from sqlalchemy import Text, delete, event, insert, select

from backend.kernel.clock import DAY, HOUR, SECOND, Instant, later
from backend.kernel.ids import OwnerId
from backend.memory.facts.types import ChangeKind, FactChange
from backend.memory.short_term import Item, Kind, NewItem, Order, ShortTerm
from backend.memory.short_term.believed import FactsInMind
from backend.memory.short_term.store import KEPT_MAX
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import facts, short_term, sources
from tests.fakes.clock import FakeClock

SAM, EVA = OwnerId("sam"), OwnerId("eva")


class Mind:
    """One process: its own connections, its own cache."""

    def __init__(self, url: str, clock: FakeClock, *, bytes_max: int = 1 << 20) -> None:
        self.database = Database(url, clock=clock)
        cache = InProcessCache(database=self.database, clock=clock, bytes_max=bytes_max)
        self.short_term = ShortTerm(ids=SystemIds(SystemClock()), cache=cache, clock=clock)

    async def keep(self, text: str, kind: Kind = Kind.CONTEXT, **more: object) -> None:
        given: dict[str, object] = {"owner_id": SAM, "source_id": text[:40], **more}
        async with self.database.transaction() as tx:
            item = NewItem(kind=kind, text=text, **given)  # type: ignore[arg-type]
            await self.short_term.keep(tx, [item])

    async def recent(self, owner_id: OwnerId = SAM, **more: object) -> list[Item]:
        wanted: dict[str, object] = {"limit": 50, **more}
        return await self.short_term.recent(owner_id, **wanted)  # type: ignore[arg-type]

    async def texts(self, **more: object) -> list[str]:
        return [item.text for item in await self.recent(**more)]  # type: ignore[arg-type]

    async def use(self, *source_ids: str) -> None:
        async with self.database.transaction() as tx:
            await self.short_term.use(tx, SAM, "", source_ids)


@pytest.fixture
def still() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def mind(database_url: str, still: FakeClock) -> AsyncIterator[Mind]:
    mind = Mind(database_url, still)
    await mind.database.start()
    await migrate(mind.database)
    yield mind
    await mind.database.stop()


@pytest.mark.covers("ME-16")
async def test_each_of_the_four_kinds_is_in_mind(mind: Mind) -> None:
    for kind in Kind:
        await mind.keep(f"a {kind.value}", kind)
    found = await mind.recent()
    assert [item.kind for item in found] == [Kind.TASK, Kind.DECISION, Kind.OUTCOME, Kind.CONTEXT]


@pytest.mark.covers("ME-16")
async def test_a_day_is_a_day_to_the_microsecond(mind: Mind, still: FakeClock) -> None:
    now = still.now()
    await mind.keep("just gone", at=later(now, -DAY))
    await mind.keep("just there", at=later(now, 1 - DAY))
    assert await mind.texts() == ["just there"]
    still.advance(1e-6)
    assert await mind.texts() == [], "the view that is kept is cut by the moment of reading"


async def test_it_is_read_as_it_happened_too_and_of_one_conversation(
    mind: Mind, still: FakeClock
) -> None:
    for number, conversation_id in enumerate(("a", "b", "a")):
        await mind.keep(f"{number}", Kind.CONTEXT, conversation_id=conversation_id)
        still.advance(60)
    assert await mind.texts(order=Order.TIME) == ["0", "1", "2"]
    assert await mind.texts(order=Order.TIME, conversation_id="a") == ["0", "2"]


@pytest.mark.covers("ME-09")
async def test_a_session_is_recalled_in_its_order_and_ends_after_a_day(
    mind: Mind, still: FakeClock
) -> None:
    for number in range(10):
        await mind.keep(f"{number}", conversation_id="call")
        still.advance(1)
    said = [f"{number}" for number in range(10)]
    assert await mind.texts(order=Order.TIME, conversation_id="call") == said
    still.advance(DAY / SECOND - 5)
    assert await mind.texts(order=Order.TIME, conversation_id="call") == said[5 + 1 :]


async def test_what_was_of_use_outweighs_what_came_later(mind: Mind, still: FakeClock) -> None:
    await mind.keep("the dentist")
    still.advance(3600)
    await mind.keep("the weather")
    assert await mind.texts() == ["the weather", "the dentist"]
    await mind.use("the dentist")
    assert await mind.texts() == ["the dentist", "the weather"]


async def test_a_use_is_written_at_most_once_a_minute(mind: Mind, still: FakeClock) -> None:
    await mind.keep("the dentist")
    for _ in range(6):
        await mind.use("the dentist")
        still.advance(30)
    assert [item.uses for item in await mind.recent()] == [3]


async def test_reading_writes_nothing(mind: Mind, still: FakeClock) -> None:
    await mind.keep("the dentist")
    before = await rows(mind.database)
    for _ in range(5):
        await mind.recent()
        still.advance(HOUR / SECOND)
    assert await rows(mind.database) == before


@pytest.mark.covers("ME-21")
async def test_a_long_text_takes_less_and_comes_back_whole(mind: Mind) -> None:
    story = "The garden house needs a new roof before the winter, and the gutter leaks. " * 60
    await mind.keep(story)
    (item,) = await mind.recent()
    assert item.text == story
    assert len(story) / item.stored_bytes > 10


async def test_nobody_has_more_in_mind_than_a_day_can_hold(mind: Mind, still: FakeClock) -> None:
    async with mind.database.transaction() as tx:
        many = [
            NewItem(SAM, Kind.CONTEXT, f"{number}", f"{number}", at=later(tx.at, number - 10_000))
            for number in range(KEPT_MAX + 50)
        ]
        await mind.short_term.keep(tx, [*many, NewItem(SAM, Kind.TASK, "t", "buy milk")])
    texts = await mind.texts(limit=1000)
    assert len(texts) == KEPT_MAX + 1
    assert "buy milk" in texts, "much talk pushes out no task"
    assert "0" not in texts
    still.advance(2 * DAY / SECOND)
    await mind.keep("a new day")
    assert len(await rows(mind.database)) == 1


async def test_nobody_has_anybody_elses_things_in_mind(mind: Mind) -> None:
    await mind.keep("mine")
    await mind.keep("yours", owner_id=EVA)
    await mind.keep("elsewhere", namespace="n")
    assert await mind.texts() == ["mine"]
    assert [item.text for item in await mind.recent(EVA)] == ["yours"]
    assert await mind.texts(namespace="n") == ["elsewhere"]
    async with mind.database.transaction() as tx:
        await mind.short_term.end(tx, EVA, Kind.CONTEXT, ["mine"])
    assert await mind.texts() == ["mine"]


@pytest.mark.covers("ME-20")
async def test_what_one_process_writes_the_next_read_in_another_has(
    mind: Mind, database_url: str, still: FakeClock
) -> None:
    other = Mind(database_url, still)
    await other.database.start()
    try:
        for number in range(10):
            writer, reader = (mind, other) if number % 2 else (other, mind)
            await writer.keep(f"{number}")
            assert len(await reader.recent()) == number + 1
    finally:
        await other.database.stop()


async def test_what_this_process_writes_is_in_the_view_without_reading_it_again(
    mind: Mind, still: FakeClock
) -> None:
    await mind.keep("0")
    await mind.recent()
    read: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        read.extend([statement] if "FROM short_term" in statement else [])

    event.listen(mind.database._reader.sync_engine, "before_cursor_execute", note)
    for number in range(1, 5):
        await mind.keep(f"{number}")
        await mind.use(f"{number}")
        still.advance(60)
        assert len(await mind.recent()) == number + 1
    async with mind.database.transaction() as tx:
        await mind.short_term.end(tx, SAM, Kind.CONTEXT, ["0", "3"])
    assert sorted(await mind.texts()) == ["1", "2", "4"]
    assert read == []


@pytest.mark.covers("ME-20", "ME-25")
async def test_the_view_that_goes_along_is_the_view_that_is_read(
    mind: Mind, database_url: str, still: FakeClock
) -> None:
    other, fresh = (Mind(database_url, still, bytes_max=size) for size in (1 << 20, 0))
    drawn = random.Random(5)
    for each in (other, fresh):
        await each.database.start()
    try:
        for number in range(80):
            await _something(drawn.choice((mind, other)), drawn, f"{number}")
            still.advance(drawn.choice((1, 20, 70, 7200)))
            reader = drawn.choice((mind, other))
            assert await reader.recent() == await fresh.recent()
    finally:
        for each in (other, fresh):
            await each.database.stop()


async def _something(mind: Mind, drawn: random.Random, name: str) -> None:
    """Do one of the things that change what is in mind, or fail at it."""
    known = [item.source_id for item in await mind.recent()] or ["nothing"]
    some = drawn.sample(known, min(len(known), 3))
    what = drawn.randrange(7)
    if what < 3:
        await mind.keep(name, drawn.choice(list(Kind)), namespace=drawn.choice(("", "", "n")))
    elif what == 3:
        await mind.use(*some)
    elif what == 4:  # it is rolled back
        with suppress(RuntimeError):
            async with mind.database.transaction() as tx:
                await mind.short_term.keep(tx, [NewItem(SAM, Kind.TASK, name, name)])
                raise RuntimeError
    elif what == 5:
        async with mind.database.transaction() as tx:
            await mind.short_term.end(tx, SAM, drawn.choice(list(Kind)), some)
            await mind.short_term.keep(tx, [NewItem(SAM, Kind.OUTCOME, name, name)])
    else:  # somebody forgets something, and tells nobody what
        async with mind.database.transaction() as tx:
            theirs = (short_term.c.owner_id == SAM, short_term.c.source_id.in_(some[:1]))
            await mind.short_term.keep(tx, [NewItem(SAM, Kind.CONTEXT, name, name)])
            await tx.execute(delete(short_term).where(*theirs))


async def test_open_notes_are_followed(mind: Mind) -> None:
    def notes(*texts: str) -> Sequence[NewItem]:
        return [NewItem(SAM, Kind.TASK, text, text) for text in texts]

    for there in (("milk", "bread"), ("bread", "tea"), ()):
        async with mind.database.transaction() as tx:
            await mind.short_term.follow(tx, SAM, Kind.TASK, notes(*there))
        assert sorted(await mind.texts()) == sorted(there)


async def test_a_fact_is_in_mind_as_it_holds_now(mind: Mind) -> None:
    told = FactsInMind(mind.short_term)
    await believe(mind.database, "f1", "Sam lives in Porto.", retracted=True)
    await believe(mind.database, "f2", "Sam lives in Lisbon.")
    async with mind.database.transaction() as tx:
        await told.take(tx, SAM, [change("f1"), change("f2")])
    assert await mind.texts() == ["Sam lives in Lisbon."]
    async with mind.database.transaction() as tx:
        imported = change("f1", actor="import:x")
        await told.take(tx, SAM, [imported, change("f2", kind=ChangeKind.CONFIRMED)])
    assert len(await rows(mind.database)) == 1


async def test_what_they_asked_to_keep_in_mind_is_off_it_when_it_is_over(mind: Mind) -> None:
    told = FactsInMind(mind.short_term)
    for message_id, fact_id in (("m1", "f1"), ("m2", "f2")):
        await mind.keep(f"To keep in mind: {fact_id}", Kind.DECISION, source_id=message_id)
        await mind.keep(f"Sam: {fact_id}", source_id=message_id)
        await believe(mind.database, fact_id, fact_id, retracted=fact_id == "f1")
        await known_from(mind.database, fact_id, message_id)
    await known_from(mind.database, "f1", "m3", is_ended=True)
    await mind.keep("To keep in mind: f1 is over", Kind.DECISION, source_id="m3")
    async with mind.database.transaction() as tx:
        await told.take(tx, SAM, [change("f1", kind=ChangeKind.ENDED), change("f2")])
    in_mind = [item.text for item in await mind.recent() if item.kind is Kind.DECISION]
    assert sorted(in_mind) == ["To keep in mind: f1 is over", "To keep in mind: f2", "f2"]


async def known_from(
    database: Database, fact_id: str, message_id: str, *, is_ended: bool = False
) -> None:
    async with database.transaction() as tx:
        texts = {column.name: "" for column in sources.c if isinstance(column.type, Text)}
        values = texts | {
            "id": f"{fact_id} {message_id}",
            "owner_id": SAM,
            "fact_id": fact_id,
            "message_id": message_id,
            "confidence": 0.9,
            "is_ended": is_ended,
            "said_at": tx.at,
            "learnt_at": tx.at,
        }
        await tx.execute(insert(sources).values(**values))


def change(
    fact_id: str, *, kind: ChangeKind = ChangeKind.LEARNT, actor: str = "owner:sam"
) -> FactChange:
    return FactChange(f"c-{fact_id}", fact_id, kind, Instant(0), actor)


async def believe(
    database: Database, fact_id: str, statement: str, *, retracted: bool = False
) -> None:
    async with database.transaction() as tx:
        texts = {column.name: "" for column in facts.c if isinstance(column.type, Text)}
        values = texts | {
            "id": fact_id,
            "owner_id": SAM,
            "statement": statement,
            "confidence": 0.9,
            "valid_from": tx.at,
            "learnt_at": tx.at,
            "retracted_at": tx.at if retracted else None,
        }
        await tx.execute(insert(facts).values(**values))


async def rows(database: Database) -> list[tuple[object, ...]]:
    async with database.reading() as connection:
        found = await connection.execute(select(short_term).order_by(short_term.c.id))
        return [tuple(row) for row in found]
