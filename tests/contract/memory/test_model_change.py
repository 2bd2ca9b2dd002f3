"""Another model of meaning for everything that was ever said, while everything goes on."""

import asyncio
import contextlib
import sys
from collections.abc import Mapping

import pytest
from sqlalchemy import func, select, text

from backend.kernel.clock import SECOND, Instant
from backend.kernel.errors import Conflict, Missing
from backend.kernel.ids import OwnerId
from backend.kernel.people import Assurance
from backend.memory.indexing import Indexer
from backend.memory.recall import Question, Recall
from backend.memory.types import NewMessage
from backend.memory.vectors.models import ModelRow, ModelState
from backend.platform.database.engine import Database
from backend.platform.database.tables import jobs, messages, vectors
from backend.platform.database.transaction import Transaction
from tests.contract.memory.change_process import Changing, SeededEmbedder
from tests.engines.processes import environment

SAM = OwnerId("owner-sam")
AT = Instant(1_790_000_000 * SECOND)


@pytest.fixture
def first() -> SeededEmbedder:
    return SeededEmbedder("first")


@pytest.fixture
def second() -> SeededEmbedder:
    return SeededEmbedder("second", dimension=24)


@pytest.fixture
async def house(database: Database, first: SeededEmbedder, second: SeededEmbedder) -> Changing:
    changing = Changing(database, first, second)
    await changing.change.settle()
    return changing


async def end(_: Transaction, __: Mapping[str, object]) -> None:
    pass


async def say(house: Changing, *words: str, embed: bool = True) -> list[str]:
    new = [NewMessage(SAM, each, "Sam", "person", Assurance.VERIFIED, AT) for each in words]
    async with house.database.transaction() as tx:
        ids = [each for each in await house.archive.add(tx, new) if each]
    if embed:
        indexer = Indexer(
            database=house.database,
            archive=house.archive,
            spaces=house.spaces,
            stand_in=house.change.stand_in,
        )
        await indexer.embed(ids, end)
    return [str(each) for each in ids]


async def found(house: Changing, words: str) -> list[str]:
    recall = Recall(database=house.database, archive=house.archive, spaces=house.spaces)
    hits = await recall.search(Question(SAM, words, only_relevant=False))
    return [hit.text for hit in hits if hit.signals["cosine"] > 0.99]


async def states(house: Changing) -> dict[str, ModelState]:
    return {row.model: row.state for row in await house.change.rows()}


async def row_of(house: Changing, model: str) -> ModelRow:
    return next(row for row in await house.change.rows() if row.model == model)


async def counted(house: Changing, model: str) -> int:
    query = select(func.count()).select_from(vectors).where(vectors.c.model == model)
    async with house.database.reading() as connection:
        return int((await connection.execute(query)).scalar_one())


async def test_the_first_model_is_the_settings_own(house: Changing) -> None:
    assert await states(house) == {"first": ModelState.LIVE}
    await house.change.settle()
    assert await states(house) == {"first": ModelState.LIVE}


async def test_a_second_model_goes_live_when_it_has_everything(house: Changing) -> None:
    await say(house, "one boat", "two boats")
    row = await house.change.use("second")
    assert (row.state, row.done, row.total) == (ModelState.FILLING, 0, 2)
    assert await found(house, "one boat") == ["one boat"]
    await house.work()
    assert await states(house) == {"second": ModelState.LIVE, "first": ModelState.RETIRED}
    row = await row_of(house, "second")
    assert (row.report["missing"], row.report["found"]) == (0, row.report["sampled"])
    assert await found(house, "one boat") == ["one boat"]


async def test_what_is_said_while_it_fills_has_both(house: Changing) -> None:
    await say(house, "one boat")
    await house.change.use("second")
    await say(house, "a red kite")
    assert (await counted(house, "first"), await counted(house, "second")) == (2, 1)
    assert await found(house, "a red kite") == ["a red kite"]
    await house.work()
    assert await counted(house, "second") == 2
    assert await found(house, "a red kite") == ["a red kite"]


async def test_the_way_back_is_at_once_and_loses_nothing(house: Changing) -> None:
    await say(house, "one boat")
    await house.change.use("second")
    await house.work()
    await say(house, "said after it")
    row = await house.change.use("first")
    assert row.state is ModelState.LIVE
    assert (await row_of(house, "second")).state is ModelState.RETIRED
    # The old one lacks what came since: until it has caught up, both are asked.
    assert await found(house, "said after it") == ["said after it"]
    assert await found(house, "one boat") == ["one boat"]
    await house.work()
    assert await counted(house, "first") == 2
    assert not (await row_of(house, "first")).report.get("beside")
    assert await found(house, "said after it") == ["said after it"]


async def test_a_change_can_be_called_off(house: Changing) -> None:
    await say(house, "one boat")
    await house.change.use("second")
    await house.change.use("first")
    await house.work()
    assert await states(house) == {"first": ModelState.LIVE, "second": ModelState.RETIRED}
    row = await house.change.use("second")  # it was never whole: there is no way at once
    assert row.state is ModelState.FILLING
    await house.work()
    assert (await states(house))["second"] is ModelState.LIVE


async def test_what_is_on_its_way_is_not_begun_twice(house: Changing) -> None:
    await say(house, "one boat")
    await house.change.use("second")
    with pytest.raises(Conflict):
        await house.change.use("second")
    with pytest.raises(Missing):
        await house.change.use("third")


async def test_a_model_whose_vectors_are_not_found_again_stays_out(
    house: Changing, second: SeededEmbedder
) -> None:
    await say(house, "one boat", "two boats")
    await house.change.use("second")
    await say(house, "a red kite")  # by both, as the second one is now
    second.salt = "another"  # the same texts give other directions from now on
    await house.work()
    row = await row_of(house, "second")
    assert row.state is ModelState.FILLING
    assert "failed" in row.report
    assert (await states(house))["first"] is ModelState.LIVE
    assert await found(house, "one boat") == ["one boat"]
    second.salt = ""
    async with house.database.transaction() as tx:
        await tx.execute(vectors.delete().where(vectors.c.model == "second"))
    await house.change.use("second")
    await house.work()
    assert (await states(house))["second"] is ModelState.LIVE


async def test_what_is_forgotten_meanwhile_does_not_come_back(house: Changing) -> None:
    kept, forgotten = await say(house, "one boat", "two boats")
    await house.change.use("second")
    async with house.database.transaction() as tx:
        await tx.execute(messages.delete().where(messages.c.id == forgotten))
        await house.spaces.of("first").rows.remove(tx, [forgotten])
    await house.work()
    assert await counted(house, "second") == 1
    assert (await row_of(house, "second")).report["missing"] == 0
    assert kept


async def test_a_retired_models_vectors_are_removed_by_the_clock(house: Changing) -> None:
    await say(house, "one boat")
    await house.change.use("second")
    await house.work()
    await house.change.retire(end)
    assert await states(house) == {"second": ModelState.LIVE}
    assert (await counted(house, "first"), await counted(house, "second")) == (0, 1)
    assert (await house.change.use("first")).state is ModelState.FILLING


async def test_only_a_retired_model_is_removed(house: Changing) -> None:
    with pytest.raises(Conflict):
        await house.change.remove("first")


async def test_while_the_live_model_is_away_another_stands_in(
    database: Database, first: SeededEmbedder, second: SeededEmbedder
) -> None:
    house = Changing(database, first, second)
    house.spaces.fallback = "second"
    await house.change.settle()
    await say(house, "one boat")
    first.is_away = True
    await say(house, "a red kite")
    assert (await counted(house, "first"), await counted(house, "second")) == (1, 1)
    assert (await row_of(house, "first")).report["beside"] == ["second"]
    house.spaces.changed()
    assert await found(house, "a red kite") == ["a red kite"]
    first.is_away = False
    async with database.transaction() as tx:
        await tx.execute(jobs.update().values(not_before=0))
    await house.work()
    assert await counted(house, "first") == 2
    assert "beside" not in (await row_of(house, "first")).report


async def test_messages_of_the_fallback_are_embedded_anew_when_the_wanted_model_comes(
    database: Database, first: SeededEmbedder, second: SeededEmbedder
) -> None:
    before = Changing(database, second)
    await before.change.settle()
    await say(before, "one boat", "two boats")
    house = Changing(database, first, second)
    await house.change.settle()  # the settings want the first now, which was not there before
    assert (await states(house))["first"] is ModelState.FILLING
    await house.work()
    assert (await states(house))["first"] is ModelState.LIVE
    assert await counted(house, "first") == 2


async def test_what_a_user_chose_outlives_a_restart(house: Changing) -> None:
    await say(house, "one boat")
    await house.change.use("second")
    await house.work()
    await house.change.settle()
    assert (await states(house))["second"] is ModelState.LIVE
    assert await house.work() == 0


async def test_an_older_home_goes_on_with_the_model_it_has(
    database: Database, first: SeededEmbedder, second: SeededEmbedder
) -> None:
    house = Changing(database, second, first)
    await say(house, "one boat")  # by the second, before there was a table of models
    again = Changing(database, first, second)
    await again.change.settle()
    found_states = await states(again)
    assert found_states == {"second": ModelState.LIVE, "first": ModelState.FILLING}


async def test_killed_in_the_middle_it_goes_on_where_it_was(
    database: Database, database_url: str
) -> None:
    house = Changing(database, SeededEmbedder("first"), SeededEmbedder("second"))
    await seed(database, 20_000)
    program = [sys.executable, "-m", "tests.contract.memory.change_process", database_url]
    process = await asyncio.create_subprocess_exec(*program, env=environment())
    try:
        async with asyncio.timeout(60):
            while await counted(house, "second") < 1_000:
                await house.clock.sleep(0.02)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    reached = (await row_of(house, "second")).done
    assert reached == await counted(house, "second")
    assert 1_000 <= reached < 20_000
    async with database.transaction() as tx:  # the lease of the dead runs out
        await tx.execute(jobs.update().values(lease_until=0))
    assert await house.jobs.sweep() == 1
    await house.work()
    assert (await states(house))["second"] is ModelState.LIVE
    assert await counted(house, "second") == 20_000
    assert (await row_of(house, "second")).done == 20_000


@pytest.mark.covers("ME-31")
async def test_a_hundred_thousand_memories_change_their_model(house: Changing) -> None:
    await seed(house.database, 100_000)
    async with house.database.transaction() as tx:
        await tx.execute(text(SEED_VECTORS[tx.dialect]))
    await house.change.use("second")
    worked = 0
    while (await states(house))["second"] is not ModelState.LIVE:
        assert await house.work(limit=5) > 0
        worked += 1
        if worked == 2:
            await say(house, "said in the middle of it")
            assert await found(house, "said in the middle of it") == ["said in the middle of it"]
    row = await row_of(house, "second")
    assert (row.report["counted"], row.report["missing"]) == (100_001, 0)
    assert await found(house, "message number 0099999") == ["message number 0099999"]
    assert (await house.change.use("first")).state is ModelState.LIVE
    assert await found(house, "said in the middle of it") == ["said in the middle of it"]


COLUMNS = (
    "id, owner_id, namespace, speaker, role, text, caption, session, channel, unheard, "
    "personality, assurance, is_recallable, said_at, learnt_at"
)
SEED = {
    "sqlite": (
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count) "
        f"INSERT INTO messages ({COLUMNS}) SELECT printf('m%07d', i), 'owner-sam', '', 'Sam', "
        "'person', 'message number ' || printf('%07d', i), '', '', '', '', '', 'verified', 1, i, i "
        "FROM n"
    ),
    "postgresql": (
        f"INSERT INTO messages ({COLUMNS}) SELECT 'm' || to_char(i, 'FM0000000'), 'owner-sam', '', "
        "'Sam', 'person', 'message number ' || to_char(i, 'FM0000000'), '', '', '', '', '', "
        "'verified', true, i, i FROM generate_series(0, :count - 1) AS i"
    ),
}
NOTHING = {"sqlite": "zeroblob(32)", "postgresql": "decode(repeat('00', 32), 'hex')"}
SEED_VECTORS = {
    dialect: "INSERT INTO vectors (message_id, model, owner_id, namespace, dimension, vector) "
    f"SELECT id, 'first', owner_id, namespace, 16, {nothing} FROM messages"
    for dialect, nothing in NOTHING.items()
}


async def seed(database: Database, count: int) -> None:
    async with database.transaction() as tx:
        await tx.execute(text(SEED[tx.dialect]), {"count": count})
