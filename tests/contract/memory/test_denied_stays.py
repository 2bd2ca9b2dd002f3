"""What was never true stays so, whoever turns out to be meant, and however it is worked out."""

import pytest

from backend.memory.facts import Named, ReadFact
from backend.memory.facts.store import Memoir
from backend.platform.database.engine import Database
from tests.contract.memory.teller import SAM, Told, read

ELI_LIVES = read("lives in", "Madrid", "Eli")
INTRODUCED = {
    "by what is told of him": read("allergic to", "wasps", "Eli", qualifier="husband"),
    "by his name": read("husband", "Eli"),
}


async def deny(tell: Told, database: Database, name: str) -> None:
    wrong = await tell.only(name)
    async with database.transaction() as tx:
        await tell.facts.deny(tx, wrong.id, source=tell.source())


async def homes(tell: Told, *names: str) -> list[tuple[str, str]]:
    """Return where these are held to live or to have lived, and what became of that."""
    found = await tell.facts.about(
        SAM, names=list(names), predicates=["lives in"], with_history=True
    )
    return sorted((view.object, view.retracted_as) for view in found)


@pytest.mark.parametrize("told", INTRODUCED.values(), ids=INTRODUCED.keys())
async def test_who_is_introduced_adopts_nothing_that_was_denied(
    tell: Told, database: Database, told: ReadFact
) -> None:
    await tell(ELI_LIVES, day=-9)
    await deny(tell, database, "Eli")
    await tell(told, day=1)
    assert await homes(tell, "Eli") == []
    await tell(ELI_LIVES, day=-8, message_id="older")  # of the same stretch, read after it
    assert await homes(tell, "Eli") == []
    await tell(ELI_LIVES, day=2)
    assert await homes(tell, "Eli") == [("Madrid", "")]


async def test_what_was_put_right_is_no_history_of_who_is_introduced(
    tell: Told, database: Database
) -> None:
    await tell(read("lives in", "Haifa", "Ruth"), day=-9)
    wrong = await tell.only("Ruth")
    async with database.transaction() as tx:
        await tell.facts.correct(tx, wrong.id, source=tell.source(), object="Jaffa")
    await tell(read("works as", "dentist", "Ruth", qualifier="aunt"), day=1)
    assert await homes(tell, "Ruth") == [("Jaffa", "")]


async def test_a_sister_who_gets_a_name_has_nothing_that_was_denied(
    tell: Told, database: Database
) -> None:
    await tell(read("lives in", "Porto", "sister", qualifier="sister"), day=-9)
    await deny(tell, database, "sister")
    await tell(read("sister", "Anna"), day=1)
    assert await homes(tell, "Anna", "sister") == []


async def test_merging_and_taking_apart_brings_back_nothing_that_was_denied(
    tell: Told, database: Database
) -> None:
    await tell(read("lives in", "Rome", "Anna"), day=-9)
    await deny(tell, database, "Anna")
    await tell(read("lives in", "Porto", "Hanna"), day=-5)
    async with database.transaction() as tx:
        merge = await tell.facts.merge(tx, Named("Hanna"), Named("Anna"), source=tell.source())
    assert await homes(tell, "Hanna", "Anna") == [("Porto", "")]
    async with database.transaction() as tx:
        await tell.facts.unmerge(tx, merge.id, source=tell.source())
    assert await homes(tell, "Hanna", "Anna") == [("Porto", "")]


@pytest.mark.parametrize("told", INTRODUCED.values(), ids=INTRODUCED.keys())
async def test_working_it_out_anew_brings_back_nothing_that_was_denied(
    tell: Told, database: Database, told: ReadFact
) -> None:
    await tell(ELI_LIVES, day=-9)
    await deny(tell, database, "Eli")
    await tell(told, day=1)
    for names in (["eli"], ["eli", ""]):
        async with database.transaction() as tx:
            await tell.facts.work_out(tx, Memoir(SAM), names)
        assert await homes(tell, "Eli") == []
