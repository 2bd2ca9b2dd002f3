"""Two names that became one, and two again: every graph follows, also where no fact tells of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from backend.kernel.clock import SECOND, Instant
from backend.kernel.ids import Ids, MessageId, OwnerId
from backend.kernel.people import Assurance
from backend.memory.archive import Archive
from backend.memory.facts import Facts, FactSource, Named, ReadFact
from backend.memory.facts.bearers import named
from backend.memory.facts.mirroring import Mirror, mirror_again
from backend.memory.graph import Graph
from backend.memory.graph.engines.neo4j import Neo4jGraph
from backend.memory.graph.engines.tables import TablesGraph
from backend.memory.indexing import Relater
from backend.memory.types import NewMessage
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.types import LeasedJob
from tests.contract.memory.conftest import Room
from tests.contract.memory.teller import Told, read

ANNA, HANNA, JOHANNA = Named("Anna"), Named("Hanna"), Named("Johanna")


@dataclass
class Circle:
    """People who are spoken of, and the jobs that put them into a graph."""

    room: Room
    facts: Facts
    graph: Graph
    mirror: Mirror
    relater: Relater
    by: FactSource
    said: int = 0

    async def say(self, text: str, *told: ReadFact) -> None:
        self.said += 1
        at = Instant(self.by.said_at + self.said * SECOND)
        message = NewMessage(
            self.by.owner_id, text, "Sam", "person", Assurance.VERIFIED, at, channel="sms"
        )
        async with self.room.database.transaction() as tx:
            (message_id,) = await self.room.memory.keep(tx, [message])
            assert message_id is not None
            source = replace(self.by, message_id=message_id, said_at=at)
            await self.facts.believe(tx, told, source)

    async def merge(self, kept: Named, merged: Named) -> str:
        async with self.room.database.transaction() as tx:
            return (await self.facts.merge(tx, kept, merged, source=self.by)).id

    async def unmerge(self, merge_id: str) -> None:
        async with self.room.database.transaction() as tx:
            await self.facts.unmerge(tx, merge_id, source=self.by)

    async def around(self, name: str) -> set[str]:
        """Run what is due; return what is near a name, which both graphs say alike."""
        verbs: Mapping[str, Callable[..., Awaitable[None]]] = {
            "memory.mirror": lambda job, end: self.mirror.mirror(job.payload["fact_ids"], end),
            "memory.relate": lambda job, end: self.relater.relate(job.payload["message_ids"], end),
        }
        while leased := await self.room.jobs.lease("test", list(verbs), 50, 20):
            for job in leased:
                await verbs[job.name](job, partial(self._end, job))
        by_server, by_tables = [
            {each.concept.name for each in await graph.related(self.by.owner_id, name, hops=1)}
            for graph in (self.graph, TablesGraph(self.room.database))
        ]
        assert by_server == by_tables
        return by_server

    async def _end(self, job: LeasedJob, tx: Transaction, result: Mapping[str, Any]) -> None:
        await self.room.jobs.complete(tx, job, result)


@pytest.fixture(params=["tables", "neo4j"])
async def graph(request: pytest.FixtureRequest, room: Room) -> AsyncIterator[Graph]:
    if request.param == "tables":
        yield TablesGraph(room.database)
        return
    server = request.getfixturevalue("neo4j_server")
    graph = Neo4jGraph(server.url, user=server.user_name, password=server.password)
    yield graph
    await graph.close()


@pytest.fixture
def circle(room: Room, facts: Facts, tell: Told, ids: Ids, graph: Graph) -> Circle:
    relater = Relater(
        database=room.database,
        archive=Archive(ids),
        graph=graph,
        ids=ids,
        after=lambda tx, related: mirror_again(tx, room.jobs, related),
        naming=named,
    )
    owner = OwnerId(ids.new())  # a server keeps what other tests have told it
    by = replace(tell.source(-1), owner_id=owner, message_id=MessageId(""))
    mirror = Mirror(database=room.database, graph=graph, ids=ids, jobs=room.jobs)
    return Circle(room, facts, graph, mirror, relater, by)


async def test_a_merge_and_its_undoing_reach_what_was_only_related(circle: Circle) -> None:
    await circle.say("My sister Anna is here.")
    await circle.say("Hanna's friend Berta is here.")
    await circle.say("Berta's doctor Hanna is late.")
    assert await circle.around("Hanna") == {"Berta"}
    merge_id = await circle.merge(ANNA, HANNA)
    assert await circle.around("Anna") == {"Sam", "Berta"}
    assert await circle.around("Hanna") == set()
    await circle.unmerge(merge_id)
    assert await circle.around("Anna") == {"Sam"}
    assert await circle.around("Hanna") == {"Berta"}


@pytest.mark.parametrize("last", ["Anna", "Hanna"])
async def test_two_who_were_one_live_where_each_of_them_did(circle: Circle, last: str) -> None:
    homes = {"Anna": "Porto", "Hanna": "Rome"}
    for name in sorted(homes, key=lambda name: name == last):
        await circle.say(f"{name} lives in {homes[name]}.")
    assert await circle.around("Anna") == {"Porto"}
    merge_id = await circle.merge(ANNA, HANNA)
    assert await circle.around("Anna") == {homes[last]}
    await circle.unmerge(merge_id)
    assert await circle.around("Anna") == {"Porto"}
    assert await circle.around("Hanna") == {"Rome"}


async def test_whom_a_fact_is_about_as_its_object_is_merged_too(circle: Circle) -> None:
    await circle.say("Hanna and Karl had lunch.", read("friend", "Hanna", "Karl"))
    await circle.say("My sister Anna is here.")
    assert await circle.around("Karl") == {"Hanna"}
    merge_id = await circle.merge(ANNA, HANNA)
    assert await circle.around("Karl") == {"Anna"}
    await circle.unmerge(merge_id)
    assert await circle.around("Karl") == {"Hanna"}


async def test_who_was_merged_twice_is_whom_the_last_says(circle: Circle) -> None:
    for name, friend in (("Anna", "Kim"), ("Hanna", "Lea"), ("Johanna", "Mia")):
        await circle.say(f"{name}'s friend {friend} is here.")
    assert await circle.around("Anna") == {"Kim"}
    await circle.merge(HANNA, ANNA)
    merge_id = await circle.merge(JOHANNA, HANNA)
    await circle.say("Anna's dentist Berta is here.")
    assert await circle.around("Johanna") == {"Kim", "Lea", "Mia", "Berta"}
    await circle.unmerge(merge_id)
    assert await circle.around("Johanna") == {"Mia"}
    assert await circle.around("Hanna") == {"Kim", "Lea", "Berta"}


async def test_what_was_said_of_either_while_they_were_one_goes_with_the_name_that_was_said(
    circle: Circle,
) -> None:
    await circle.say("Anna's friend Kim is here.")
    await circle.say("Hanna's friend Lea is here.")
    assert await circle.around("Hanna") == {"Lea"}
    merge_id = await circle.merge(ANNA, HANNA)
    await circle.say("Hanna's dentist Berta is here.")
    await circle.say("Anna's doctor Karl is late.")
    await circle.say("Hanna lives in Porto.", read("lives in", "Porto", "Hanna"))
    assert await circle.around("Anna") == {"Kim", "Lea", "Berta", "Karl", "Porto"}
    await circle.unmerge(merge_id)
    assert await circle.around("Anna") == {"Kim", "Karl"}
    assert await circle.around("Hanna") == {"Lea", "Berta", "Porto"}


async def test_two_who_are_each_others_sisters_and_one_are_nobodys(circle: Circle) -> None:
    await circle.say("Anna's sister Hanna is here.", read("sister", "Hanna", "Anna"))
    merge_id = await circle.merge(ANNA, HANNA)
    assert await circle.around("Anna") <= {"Hanna"}
    await circle.unmerge(merge_id)
    assert await circle.around("Anna") == {"Hanna"}


@pytest.mark.parametrize("is_late", [False, True], ids=["introduced first", "introduced later"])
async def test_who_is_introduced_is_one_with_the_name_that_they_bear(
    circle: Circle, is_late: bool
) -> None:
    said = [
        ("My sister Anna is here.", (read("sister", "Anna"),)),
        ("Anna's friend Berta is here.", ()),
    ]
    for text, told in reversed(said) if is_late else said:
        await circle.say(text, *told)
        await circle.around("Anna")
    assert await circle.around("Anna (sister)") == {"Sam", "Berta"}
    assert await circle.around("Berta") == {"Anna"}
