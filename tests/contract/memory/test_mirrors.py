"""Real servers that hold copies: what they lack or know too much is found at night and mended."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import delete

from backend.console import Integrity
from backend.kernel.clock import SECOND, Clock, Instant
from backend.kernel.errors import Unavailable
from backend.kernel.ids import Ids, MessageId, OwnerId
from backend.kernel.people import Assurance
from backend.memory import Memory, MemoryParts, NewMessage
from backend.memory.archive import Archive
from backend.memory.graph import GraphLevels
from backend.memory.graph.engines.neo4j import Neo4jGraph
from backend.memory.graph.engines.tables import TablesGraph
from backend.memory.indexing import Indexer, Relater
from backend.memory.mirrors import Mirrors
from backend.memory.recall import Recall
from backend.memory.vectors import Space, Spaces, VectorIndex, VectorLevels, VectorRows
from backend.memory.vectors.engines.chroma import ChromaIndex
from backend.memory.vectors.engines.exact import ExactIndex
from backend.platform.compute import Compute
from backend.platform.database import search
from backend.platform.database.engine import Database
from backend.platform.database.tables import mentions, messages, relations, vectors
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import ErrorKind, Failure, JobState, LeasedJob
from backend.platform.resilience import Breaker
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.trust import Trust
from backend.trust.audit import Audit
from tests.engines import ChromaServer, Neo4jServer
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import spaces_of
from workers.upkeep.rebuild import rebuild

AT = Instant(1_790_000_000 * SECOND)
SAID = (
    "My sister Anna lives in Porto.",
    "The harbour is in the north of the town.",
    "The boat is red.",
)
NAMES = ("memory.embed", "memory.relate")
SERVERS = {"vector server agrees", "graph server agrees"}
AWAY = Failure(ErrorKind.UNAVAILABLE, "away", 0.0, counts=False)


@dataclass
class House:
    """Memory on both servers, and who compares."""

    memory: Memory
    mirrors: Mirrors
    database: Database
    jobs: Ledger
    integrity: Integrity
    owner: OwnerId
    index: VectorIndex
    graph: Neo4jGraph

    async def say(self, *texts: str) -> list[MessageId]:
        said = [
            NewMessage(self.owner, text, "Sam", "person", Assurance.VERIFIED, AT) for text in texts
        ]
        async with self.database.transaction() as tx:
            return await self.memory.keep(tx, said)

    async def work(self) -> list[str]:
        """Run what is due, as a runner would; return what could not be done."""
        failed: list[str] = []
        verbs = {
            "memory.embed": self.memory.embed_messages,
            "memory.relate": self.memory.relate_messages,
        }
        for job in await self.jobs.lease("test", NAMES, 100, 20):
            try:
                await verbs[job.name](job.payload["message_ids"], partial(self.end, job))
            except Unavailable:
                await self.jobs.fail(job, AWAY)
                failed.append(job.name)
        return sorted(failed)

    async def end(self, job: LeasedJob, tx: Transaction, result: Mapping[str, object]) -> None:
        await self.jobs.complete(tx, job, result)

    async def night(self) -> list[str]:
        """Compare, and have made anew what does not agree; return what that was."""
        broken = (await self.integrity.examine_all()).broken
        for projection in broken:
            await self.jobs.promise("upkeep.rebuild", {"projection": projection})
            (job,) = await self.jobs.lease("test", ["upkeep.rebuild"], 1, 60)
            await rebuild(self, job, _Ending(self.jobs, job))  # type: ignore[arg-type] # its parts
        assert await self.work() == []
        return sorted(broken)

    async def told(self) -> dict[str, str]:
        return {
            found.name: found.detail
            for found in await self.integrity.examine()
            if found.name in SERVERS
        }

    async def texts(self, query: str) -> list[str]:
        return [found.text for found in await self.memory.search(self.owner, query)]

    async def near_anna(self) -> set[str]:
        found = await self.memory.related(self.owner, "Anna", hops=1)
        return {each.concept.name for each in found}


@dataclass
class _Ending:
    jobs: Ledger
    job: LeasedJob

    async def commit(self, tx: Transaction, result: Mapping[str, object]) -> None:
        await self.jobs.complete(tx, self.job, result)


@pytest.fixture
async def server(neo4j_server: Neo4jServer) -> AsyncIterator[Neo4jGraph]:
    graph = Neo4jGraph(
        neo4j_server.url, user=neo4j_server.user_name, password=neo4j_server.password
    )
    yield graph
    await graph.close()


@pytest.fixture
def spaces(
    database: Database, clock: Clock, ids: Ids, rows: VectorRows, compute: Compute, chroma_url: str
) -> Spaces:
    embedder = FakeEmbedder()
    index = ChromaIndex(
        chroma_url,
        instance=ids.new()[-12:],
        model=embedder.name,
        dimension=embedder.dimension,
    )
    exact = ExactIndex(database=database, rows=rows, compute=compute)
    levels = VectorLevels(index, exact, breaker=Breaker(3, 0.0, clock))
    return spaces_of(database, clock, Space(embedder, rows, levels))


@pytest.fixture
def house(
    database: Database, ledger: Ledger, clock: Clock, ids: Ids, spaces: Spaces, server: Neo4jGraph
) -> House:
    archive = Archive(ids)
    graph = GraphLevels(server, TablesGraph(database), breaker=Breaker(3, 0.0, clock))
    parts = MemoryParts(
        archive=archive,
        recall=Recall(database=database, archive=archive, spaces=spaces),
        indexer=Indexer(database=database, archive=archive, spaces=spaces),
        relater=Relater(database=database, archive=archive, graph=graph, ids=ids),
        graph=graph,
    )
    mirrors = Mirrors(database=database, spaces=spaces, has_index=True, graph=server)
    trust = Trust(database=database, audit=Audit(events=EventLog(InProcessSignals())))
    return House(
        memory=Memory(parts, database=database, jobs=ledger, clock=clock),
        mirrors=mirrors,
        database=database,
        jobs=ledger,
        integrity=Integrity(
            database=database, trust=trust, model=FakeEmbedder.name, mirrors=mirrors
        ),
        owner=OwnerId(ids.new()),
        index=spaces.of(FakeEmbedder.name).index,
        graph=server,
    )


@pytest.mark.covers("QA-06", "CARD-07", "CARD-08")
async def test_a_server_that_lost_everything_has_it_again_after_the_night(house: House) -> None:
    said = await house.say(*SAID)
    assert await house.work() == []
    assert await house.night() == []
    await house.index.clear()
    await house.graph.delete(said)
    assert await house.night() == ["graph", "vectors"]
    assert await house.night() == []
    assert await house.index.count() == len(SAID)
    assert {"Porto", "Sam"} <= await house.near_anna()


@pytest.mark.covers("QA-06", "CARD-07", "CARD-08")
async def test_a_server_that_knows_what_is_gone_forgets_it_in_the_night(house: House) -> None:
    gone, *_ = await house.say(*SAID)
    assert await house.work() == []
    async with house.database.transaction() as tx:  # an old disk of a server came back
        await search.remove(tx, [gone])
        await tx.execute(delete(messages).where(messages.c.id == gone))
        for table in (vectors, mentions, relations):
            await tx.execute(delete(table).where(table.c.message_id == gone))
    assert await house.night() == ["graph", "vectors"]
    assert await house.night() == []
    assert await house.index.count() == len(SAID) - 1
    assert gone not in await house.graph.sources(house.owner)


@pytest.mark.covers("MR-26")
async def test_both_servers_go_and_come_back_while_the_conversation_goes_on(
    house: House, chroma_server: ChromaServer, neo4j_server: Neo4jServer
) -> None:
    await house.say(*SAID)
    assert await house.work() == []
    chroma_server.kill()
    neo4j_server.kill()
    try:
        await house.say("Anna moved to Rome.")
        assert await house.work() == ["memory.embed", "memory.relate"]
        assert SAID[0] in await house.texts("Where does Anna live?")
        assert "Anna moved to Rome." in await house.texts("Has Anna moved?")
        assert "Porto" in await house.near_anna()
        told = await house.told()
        assert all("compared when it is back" in detail for detail in told.values()), told
        waiting = {job.name for job in await house.jobs.list(state=JobState.WAITING)}
        assert waiting.issuperset(NAMES)
    finally:
        chroma_server.start()
        neo4j_server.start()
    assert await house.work() == []
    assert await house.night() == []
    assert await house.index.count() == len(SAID) + 1
    assert "Rome" in await house.near_anna()
