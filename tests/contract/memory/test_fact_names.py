"""Who is meant: two Annas stay two, and names are one only when somebody says so."""

from backend.memory.facts import Named
from backend.platform.database.engine import Database
from tests.contract.memory.teller import SAM, Told, read


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
    assert await tell.now_of("sister") == ["sister lives in Porto."]
    await tell(read("sister", "Anna"), day=-5)
    await tell(read("lives in", "Rome", "Anna"), day=-1)
    (view,) = await tell.facts.about(SAM, names=["Anna"], predicates=["lives in"])
    assert (view.statement, view.qualifier) == ("Anna lives in Rome.", "sister")
    assert [each.object for each in await tell.facts.former(SAM, view.id)] == ["Porto"]


async def test_one_of_two_sisters_stays_open(tell: Told) -> None:
    await tell(read("sister", "Anna"), read("sister", "Berta"), day=-9)
    await tell(read("lives in", "Porto", "sister", qualifier="sister"), day=-5)
    assert await tell.now_of("Berta") == ["Their sister is called Berta."]
    assert "sister lives in Porto." in await tell.now_of("sister")
