"""Who is meant: two Annas stay two, and names are one only when somebody says so."""

import pytest
from sqlalchemy import select

from backend.kernel.clock import Instant
from backend.kernel.errors import Conflict, Forbidden, Invalid, Missing
from backend.kernel.ids import Ids
from backend.memory.facts import Named
from backend.memory.graph import GraphRows, extract_concepts
from backend.memory.graph.engines.tables import TablesGraph
from backend.memory.graph.types import MessageConcepts
from backend.platform.database.engine import Database
from backend.platform.database.tables import concepts, mentions, relations
from backend.platform.database.tables import facts as facts_table
from tests.contract.memory.teller import GUEST, SAM, Told, read


async def test_two_annas_stay_two(tell: Told) -> None:
    await tell(read("lives in", "Porto", "Anna", qualifier="sister"), day=-9)
    await tell(read("lives in", "Rome", "Anna", qualifier="from work"), day=-5)
    found = await tell.facts.about(SAM, names=["Anna"])
    assert {(view.qualifier, view.object) for view in found} == {
        ("sister", "Porto"),
        ("from work", "Rome"),
    }
    await tell(read("lives in", "Oslo", "Anna"), day=-1)  # which one? it stays open
    assert len(await tell.facts.about(SAM, names=["Anna"])) == 3


async def test_the_only_anna_is_meant(tell: Told) -> None:
    await tell(read("lives in", "Porto", "Anna", qualifier="sister"), day=-9)
    await tell(read("lives in", "Rome", "Anna"), day=-5)
    view = await tell.only("Anna")
    assert (view.object, view.qualifier) == ("Rome", "sister")


async def test_names_are_merged_and_taken_apart_exactly(tell: Told, database: Database) -> None:
    await tell(read("lives in", "Porto", "Hanna"), day=-9)
    await tell(read("lives in", "Rome", "Anna"), day=-5)
    await tell(read("birthday", "May 4", "Anna"), day=-4)
    before = [await tell.now_of(name) for name in ("Anna", "Hanna")]
    async with database.transaction() as tx:
        merge = await tell.facts.merge(tx, Named("Hanna"), Named("Anna"), source=tell.source())
    assert await tell.now_of("Anna") == []
    assert await tell.now_of("Hanna") == ["Hanna lives in Rome.", "Hanna's birthday is May 4."]
    await tell(read("lives in", "Oslo", "Anna"), day=-1)
    assert "Hanna lives in Oslo." in await tell.now_of("Hanna")
    async with database.transaction() as tx:
        await tell.facts.unmerge(tx, merge.id, source=tell.source())
    after = [await tell.now_of(name) for name in ("Anna", "Hanna")]
    assert after == [
        ["Anna lives in Oslo.", *before[0][:0], "Anna's birthday is May 4."],
        before[1],
    ]


async def test_a_sister_without_her_name_is_the_one_that_is_named(tell: Told) -> None:
    await tell(read("lives in", "Porto", "sister", qualifier="sister"), day=-9)
    assert (await tell.only("sister")).statement.endswith("sister lives in Porto.")
    await tell(read("sister", "Anna"), day=-5)
    await tell(read("lives in", "Rome", "Anna"), day=-1)
    (view,) = await tell.facts.about(SAM, names=["Anna"], predicates=["lives in"])
    assert (view.statement, view.qualifier) == ("Anna lives in Rome.", "sister")
    assert [each.object for each in await tell.facts.former(SAM, view.id)] == ["Porto"]


async def test_one_of_two_sisters_stays_open(tell: Told) -> None:
    await tell(read("sister", "Anna"), read("sister", "Berta"), day=-9)
    await tell(read("lives in", "Porto", "sister", qualifier="sister"), day=-5)
    assert await tell.now_of("Berta") == ["Their sister is called Berta."]
    (view,) = await tell.facts.about(SAM, names=["sister"], predicates=["lives in"])
    assert (view.subject, view.object) == ("sister", "Porto")


Rows = dict[str, list[tuple[object, ...]]]


async def rows_of(database: Database) -> Rows:
    """Everything that the graph and the facts have, but for when it was written."""
    async with database.reading() as connection:
        found: Rows = {}
        for table in (concepts, mentions, relations, facts_table):
            named = [c for c in table.c if c.name not in {"learnt_at", "retracted_at"}]
            rows = await connection.execute(select(*named).order_by(*table.primary_key))
            found[table.name] = [tuple(row) for row in rows]
        return found


async def relate(database: Database, ids: Ids, message_id: str, text: str) -> None:
    said = MessageConcepts(message_id, SAM, Instant(1), extract_concepts(text, "Sam"))
    async with database.transaction() as tx:
        await GraphRows(ids).write(tx, [said])


async def test_what_a_merge_moved_goes_back_where_it_was(
    tell: Told, database: Database, ids: Ids
) -> None:
    await tell(read("lives in", "Porto", "Anna"), read("lives in", "Rome", "Ann"), day=-9)
    await relate(database, ids, "m1", "My sister Anna is here.")
    await relate(database, ids, "m2", "Ann lives in Rome.")
    await relate(database, ids, "m3", "My sister Anna met my friend Ann.")
    before = await rows_of(database)
    graph = TablesGraph(database)
    async with database.transaction() as tx:
        merge = await tell.facts.merge(tx, Named("Anna"), Named("Ann"), source=tell.source())
    around = await graph.related(SAM, "Anna", hops=1)
    assert {each.concept.name for each in around} == {"Sam", "Rome"}
    async with database.transaction() as tx:
        await tell.facts.unmerge(tx, merge.id, source=tell.source())
    assert await rows_of(database) == before
    async with database.transaction() as tx:
        with pytest.raises(Conflict):
            await tell.facts.unmerge(tx, merge.id, source=tell.source())


async def test_names_that_are_one_are_not_merged_again(tell: Told, database: Database) -> None:
    await tell(read("lives in", "Porto", "Anna"), read("lives in", "Rome", "Ann"), day=-9)
    async with database.transaction() as tx:
        await tell.facts.merge(tx, Named("Anna"), Named("Ann"), source=tell.source())
    for kept, merged in (("Anna", "Ann"), ("Ann", "Anna"), ("Anna", "anna "), ("", "Anna")):
        with pytest.raises((Conflict, Invalid)):
            async with database.transaction() as tx:
                await tell.facts.merge(tx, Named(kept), Named(merged), source=tell.source())


async def test_merges_are_undone_in_any_order(tell: Told, database: Database, ids: Ids) -> None:
    cities = {"Bob": "Paris", "Robert": "Rome", "Ben": "Oslo"}
    for name, city in cities.items():
        await tell(read("lives in", city, name), day=-9)
        await relate(database, ids, f"m-{name}", f"My friend {name} lives in {city}.")
    before = await rows_of(database)
    done = []
    for kept, merged in (("Robert", "Bob"), ("Ben", "Robert")):
        async with database.transaction() as tx:
            joined = await tell.facts.merge(tx, Named(kept), Named(merged), source=tell.source())
            done.append(joined.id)
    known = [(each.kept.name, each.merged.name) for each in await tell.facts.merges(SAM)]
    assert known == [("Ben", "Robert"), ("Robert", "Bob")]
    for merge_id in done:  # the oldest first: by now its names were carried on
        async with database.transaction() as tx:
            await tell.facts.unmerge(tx, merge_id, source=tell.source())
    assert await rows_of(database) == before
    assert all(each.undone_at for each in await tell.facts.merges(SAM))


async def test_a_slip_of_the_pen_makes_no_new_name(tell: Told, database: Database) -> None:
    await tell(read("lives in", "Porto", "Anna"), day=-9)
    async with database.transaction() as tx:
        with pytest.raises(Missing):
            await tell.facts.merge(tx, Named("Anna"), Named("Nobdy"), source=tell.source())


async def test_a_guest_joins_no_names(tell: Told, database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(Forbidden):
            await tell.facts.merge(tx, Named("A"), Named("B"), source=tell.source(**GUEST))
