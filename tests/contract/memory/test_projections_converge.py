"""In whatever order, and however often, jobs come: the graph ends up as the facts say."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import pytest

from backend.kernel.clock import DAY, Instant
from backend.kernel.ids import Ids, OwnerId
from backend.kernel.people import Assurance
from backend.memory.archive import Archive
from backend.memory.facts import Facts
from backend.memory.facts.mirroring import Mirror, mirror_again
from backend.memory.graph import Graph
from backend.memory.graph.engines.neo4j import Neo4jGraph
from backend.memory.graph.engines.tables import TablesGraph
from backend.memory.indexing import Relater
from backend.memory.types import NewMessage
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.types import LeasedJob
from tests.contract.memory.conftest import Room
from tests.contract.memory.teller import GUEST, SAM, Told, read

SAID: tuple[tuple[str, tuple[str, str], dict[str, Any]], ...] = (  # Any: fields of a source
    ("Anna lives in Porto.", ("lives in", "Porto"), {}),
    ("Anna moved to Rome.", ("lives in", "Rome"), {}),
    ("Anna lives in Rome, Italy.", ("lives in", "Rome, Italy"), {}),
    ("Anna lives in Oslo.", ("lives in", "Oslo"), GUEST),
)


@pytest.fixture(params=["tables", "neo4j"])
async def graph(request: pytest.FixtureRequest, room: Room) -> AsyncIterator[Graph]:
    if request.param == "tables":
        yield TablesGraph(room.database)
        return
    server = request.getfixturevalue("neo4j_server")
    graph = Neo4jGraph(server.url, user=server.user_name, password=server.password)
    yield graph
    await graph.close()


class Shuffled:
    """Runs the jobs that are due in an order of its own, some of them twice."""

    def __init__(self, room: Room, mirror: Mirror, relater: Relater, chance: Random) -> None:
        self._room, self._mirror, self._relater, self._chance = room, mirror, relater, chance

    async def work(self) -> None:
        verbs: Mapping[str, Callable[..., Awaitable[None]]] = {
            "memory.mirror": lambda job, end: self._mirror.mirror(job.payload["fact_ids"], end),
            "memory.relate": lambda job, end: self._relater.relate(job.payload["message_ids"], end),
        }
        while leased := await self._room.jobs.lease("test", list(verbs), 50, 20):
            self._chance.shuffle(leased)
            for job in leased:
                if self._chance.random() < 0.3:  # its end was lost: it comes again
                    await verbs[job.name](job, _nothing)
                await verbs[job.name](job, partial(self._end, job))

    async def _end(self, job: LeasedJob, tx: Transaction, result: Mapping[str, Any]) -> None:
        await self._room.jobs.complete(tx, job, result)


async def _nothing(_: Transaction, __: Mapping[str, Any]) -> None:
    """End nothing."""


@pytest.mark.covers("KG-01")
@pytest.mark.parametrize("seed", range(3))
async def test_the_graph_says_what_the_facts_say(
    room: Room, facts: Facts, tell: Told, ids: Ids, graph: Graph, seed: int
) -> None:
    chance = Random(seed)
    owner = OwnerId(ids.new())  # a server keeps what other tests have told it
    relater = Relater(
        database=room.database,
        archive=Archive(ids),
        graph=graph,
        ids=ids,
        after=lambda tx, related: mirror_again(tx, room.jobs, related),
    )
    shuffled = Shuffled(room, Mirror(database=room.database, graph=graph, ids=ids), relater, chance)
    told = list(SAID)
    chance.shuffle(told)  # what was said when
    order = list(enumerate(told))
    chance.shuffle(order)  # and what arrived when
    for place, (text, fact, who) in order:
        said_at = Instant(tell.now - DAY * (9 - place))
        message = NewMessage(
            owner, text, "Sam", "person", Assurance.VERIFIED, said_at, channel="sms"
        )
        async with room.database.transaction() as tx:
            (message_id,) = await room.memory.keep(tx, [message])
            source = replace(
                tell.source(**who), owner_id=owner, message_id=message_id, said_at=said_at
            )
            await facts.believe(tx, [read(*fact, "Anna")], source)
        if chance.random() < 0.5:
            await shuffled.work()
    await shuffled.work()
    now = {view.object for view in await facts.about(owner, names=["Anna"])}
    assert len(now) == 1
    for each in (graph, TablesGraph(room.database)):
        assert await _around(each, owner) == now
        for day in (8.5, 7.5, 6.5, 5.5):
            then = Instant(tell.now - int(day * DAY))
            held = await facts.about(owner, names=["Anna"], at=then)
            assert await _around(each, owner, at=then) == {view.object for view in held}


async def test_what_the_same_words_say_of_the_past_stays(
    room: Room, facts: Facts, tell: Told, ids: Ids
) -> None:
    graph = TablesGraph(room.database)
    mirror = Mirror(database=room.database, graph=graph, ids=ids)
    year = 365 * DAY
    past = replace(
        read("lives in", "Porto", "Anna", is_ended=True),
        valid_from=Instant(tell.now - 9 * year),
        valid_to=Instant(tell.now - 5 * year),
    )
    await tell(past, read("lives in", "Rome", "Anna"), day=-9)
    (rome,) = await facts.about(SAM, names=["Anna"])
    for _ in range(2):  # all of them, then only what holds
        found = await facts.about(SAM, names=["Anna"], with_history=True)
        await mirror.mirror([each.id for each in found], _nothing)
        await mirror.mirror([rome.id], _nothing)
    assert await _around(graph, SAM) == {"Rome"}
    assert await _around(graph, SAM, at=Instant(tell.now - 7 * year)) == {"Porto"}


async def _around(graph: Graph, owner_id: OwnerId, *, at: Instant | None = None) -> set[str]:
    found = await graph.related(owner_id, "Anna", hops=1, at=at)
    return {each.concept.name for each in found}
