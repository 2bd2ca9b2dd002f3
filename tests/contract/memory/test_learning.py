"""What people said is learnt from once, what the companion said never, and the graph is told."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import pytest
from sqlalchemy import delete, insert, select

from backend.kernel.clock import DAY, SECOND, Clock, Instant
from backend.kernel.errors import Unavailable
from backend.kernel.ids import Ids, OwnerId
from backend.kernel.people import Assurance
from backend.memory import NewMessage
from backend.memory.facts import Facts, FactSource, FactView, Named, SaidBy
from backend.memory.facts.learning import Learner
from backend.memory.facts.mirroring import Mirror
from backend.memory.facts.model_reading import RuleReader
from backend.memory.graph import Graph
from backend.memory.graph.engines.tables import TablesGraph
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.tables import concepts, conversations, messages, people, relations
from backend.platform.database.tables import facts as fact_rows
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import LeasedJob
from tests.contract.memory.conftest import Room
from tests.contract.memory.teller import Told
from tests.fakes.graph import FakeGraph
from workers.upkeep.rebuild import rebuild

SAM = OwnerId("owner-sam")


@dataclass
class School:
    """Says things to the companion, and runs the jobs that learn from them."""

    room: Room
    facts: Facts
    learner: Learner
    mirror: Mirror
    graph: FakeGraph
    now: Instant
    said: int = 0

    async def say(self, text: str, **more: object) -> str:
        self.said += 1
        made = NewMessage(
            SAM,
            text,
            "Sam",
            "person",
            Assurance.VERIFIED,
            Instant(self.now - DAY + self.said * SECOND),
            channel="phone",
            conversation_id="call-sam",
        )
        async with self.room.database.transaction() as tx:
            (message_id,) = await self.room.memory.keep(tx, [replace(made, **more)])  # type: ignore[arg-type]
        return message_id

    async def answer(self, text: str) -> None:
        await self.say(text, role="companion", speaker="Ringback", is_recallable=False)

    async def work(self) -> list[str]:
        """Run what is due; return the names of the jobs."""
        done: list[str] = []
        verbs: Mapping[str, Callable[..., Awaitable[None]]] = {
            "memory.learn": lambda job, end: self.learner.learn(job.payload["message_ids"], end),
            "memory.mirror": lambda job, end: self.mirror.mirror(job.payload["fact_ids"], end),
        }
        while leased := await self.room.jobs.lease("test", list(verbs), 50, 20):
            for job in leased:
                await verbs[job.name](job, partial(self._end, job))
                done.append(job.name)
        return done

    async def _end(self, job: LeasedJob, tx: Transaction, result: Mapping[str, object]) -> None:
        await self.room.jobs.complete(tx, job, result)

    async def held(self, name: str = "", **more: object) -> list[str]:
        found = await self.facts.about(SAM, names=[name], **more)  # type: ignore[arg-type]
        return sorted(view.statement for view in found)

    async def all_held(self) -> list[FactView]:
        return list(await self.facts.list(SAM))

    async def near(self, name: str) -> list[str]:
        """What the graph has around a name: the same by the server and by the tables."""
        by_tables = TablesGraph(self.room.database)
        return [await _near(graph, name) for graph in (self.graph, by_tables)][1]


async def _near(graph: Graph, name: str) -> list[str]:
    found = await graph.related(SAM, name, hops=1)
    return sorted(
        f"{step.predicate} {each.concept.name}" for each in found for step in each.evidence
    )


@pytest.fixture
async def school(room: Room, facts: Facts, clock: Clock, ids: Ids, compute: Compute) -> School:
    async with room.database.transaction() as tx:
        for person, role in (("sam", "owner"), ("kim", "household")):
            await tx.execute(insert(people).values(**_person(person, role)))
            await tx.execute(insert(conversations).values(**_call(person)))
    graph = FakeGraph()
    reader = RuleReader(compute)
    return School(
        room,
        facts,
        Learner(database=room.database, facts=facts, reader=reader),
        Mirror(database=room.database, graph=graph, ids=ids),
        graph,
        clock.now(),
    )


def _person(name: str, role: str) -> dict[str, object]:
    return {
        "id": SAM if name == "sam" else f"person-{name}",
        "owner_id": SAM,
        "organization_id": "home",
        "name": name.capitalize(),
        "role": role,
        "zone": "Europe/Berlin",
        "created_at": 1,
    }


def _call(name: str) -> dict[str, object]:
    return {
        "id": f"call-{name}",
        "owner_id": SAM,
        "person_id": SAM if name == "sam" else f"person-{name}",
        "carrier": "phone",
        "assurance": "verified",
        "started_at": 1,
    }


@pytest.mark.covers("ME-26", "IM-05")
async def test_talk_becomes_facts_that_supersede(school: School) -> None:
    await school.say("My sister Anna lives in Porto and I live in Berlin.")
    await school.say("I am allergic to nuts.")
    await school.work()
    assert await school.held() == [
        "Their sister is called Anna.",
        "They are allergic to nuts.",
        "They live in Berlin.",
    ]
    (source,) = (await school.facts.about(SAM, names=["Anna"], predicates=["lives in"]))[0].sources
    assert source.quote.startswith("My sister Anna lives in Porto")
    await school.say("I moved to Hamburg.")
    await school.work()
    assert await school.held(predicates=["lives in"]) == ["They live in Hamburg."]
    assert len(await school.held(predicates=["lives in"], with_history=True)) == 2
    assert [view.object for view in await school.facts.pinned(SAM)] == ["nuts"]


async def test_a_message_is_learnt_from_once(school: School) -> None:
    message_id = await school.say("I live in Berlin.")
    await school.work()
    before = await school.all_held()
    await school.room.jobs.promise("memory.learn", {"message_ids": [message_id]})
    assert await school.work() == ["memory.learn"]
    assert await school.all_held() == before


async def test_what_the_companion_says_is_never_learnt(school: School) -> None:
    await school.answer("I live in Berlin, and my name is Martin.")
    await school.say("assistant talk: ok", role="import", speaker="user", conversation_id=None)
    await school.say("I live in Rome.", role="import", speaker="Assistant", conversation_id=None)
    await school.work()
    assert await school.all_held() == []


async def test_what_is_only_repeated_is_not_learnt_again(school: School) -> None:
    await school.say("Anna lives in Lisbon.")
    await school.work()
    (known,) = await school.all_held()
    await school.answer("You told me yesterday on the phone: Anna lives in Lisbon.")
    await school.say("So, Anna lives in Lisbon.")
    await school.answer("You live in Porto.")
    await school.say("I live in Porto.")
    await school.work()
    assert await school.all_held() == [known]
    await school.answer("Do you live in Porto?")
    await school.say("Yes, I live in Porto.")
    await school.work()
    assert await school.held() == ["They live in Porto."]


async def test_strangers_teach_nothing_and_guests_only_of_themselves(school: School) -> None:
    await school.say("I live in Berlin.")
    await school.say("I live in Rome.", assurance=Assurance.STRANGER)
    kim = {"speaker": "Kim", "conversation_id": "call-kim"}
    await school.say("I live in Oslo.", **kim)
    await school.say("Sam lives in Paris.", **kim)
    await school.work()
    assert await school.held() == ["They live in Berlin."]
    (view,) = await school.facts.about(SAM, names=["Kim"])
    assert (view.statement, view.said_by) == ("Kim lives in Oslo.", SaidBy.GUEST)


async def test_words_of_an_exchange_that_is_gone_are_nobodys(school: School) -> None:
    await school.say("I live in Berlin.", conversation_id="call-that-was-forgotten")
    await school.work()
    assert await school.all_held() == []


async def test_what_a_guest_brings_in_is_nobodys_word(school: School) -> None:
    await school.say("I live in Berlin.")
    brought = {"role": "import", "conversation_id": None, "assurance": Assurance.CLAIMED}
    for speaker in ("me", "Owner", "Sam"):
        await school.say("I live in Oslo and I am allergic to water.", speaker=speaker, **brought)
    await school.work()
    assert [view.statement for view in await school.all_held()] == ["They live in Berlin."]


@pytest.mark.covers("IM-05")
async def test_an_import_keeps_its_dates(school: School) -> None:
    await school.say("I live in Berlin.")
    old = {
        "role": "import",
        "speaker": "user",
        "conversation_id": None,
        "assurance": Assurance.HELD,
    }
    await school.say("I live in Porto.", said_at=Instant(school.now - 900 * DAY), **old)
    await school.work()
    assert await school.held() == ["They live in Berlin."]
    then = await school.held(at=Instant(school.now - 800 * DAY))
    assert then == ["They live in Porto."]


async def test_what_was_forgotten_meanwhile_is_not_learnt(school: School) -> None:
    message_id = await school.say("I live in Berlin.")

    class Forgetful(RuleReader):
        async def read(self, said: object) -> tuple:  # type: ignore[type-arg]
            async with school.room.database.transaction() as tx:
                await tx.execute(delete(messages).where(messages.c.id == message_id))
            return await super().read(said)  # type: ignore[arg-type]

    compute = Compute(1)
    school.learner = Learner(
        database=school.room.database, facts=school.facts, reader=Forgetful(compute)
    )
    await school.work()
    compute.close()
    assert await school.all_held() == []


async def test_a_lost_lease_leaves_nothing_behind(school: School) -> None:
    message_id = await school.say("I live in Berlin.")

    async def lost(tx: Transaction, result: Mapping[str, object]) -> None:
        raise Unavailable

    with pytest.raises(Unavailable):
        await school.learner.learn([message_id], lost)
    assert await school.all_held() == []
    await school.work()
    assert await school.held() == ["They live in Berlin."]


async def test_what_was_said_before_there_were_facts_is_learnt_from(
    school: School, ledger: Ledger
) -> None:
    await school.say("I live in Berlin.")
    for job in await ledger.list():
        async with school.room.database.transaction() as tx:
            await ledger.cancel(tx, job.id)
    await ledger.promise("upkeep.rebuild", {"projection": "facts"})
    (leased,) = await ledger.lease("test", ["upkeep.rebuild"], 1, 20)
    parts = _Parts(school.room.database, ledger)
    await rebuild(parts, leased, _Ended())  # type: ignore[arg-type]  # all that it stands on
    assert await school.work() == ["memory.learn", "memory.mirror"]
    assert await school.held() == ["They live in Berlin."]


class _Ended:
    """Ends a job that nobody waits for."""

    async def commit(self, tx: Transaction, result: Mapping[str, object]) -> None:
        assert result["made"] == 1


@dataclass
class _Parts:
    """What rebuilding facts stands on."""

    database: Database
    jobs: Ledger


async def test_the_graph_knows_what_holds(school: School) -> None:
    await school.say("My sister Anna lives in Porto.")
    await school.work()
    assert await school.near("Anna") == ["lives in Porto", "sister Sam"]
    assert await _near(school.graph, "Anna") == ["lives in Porto", "sister Sam"]
    await school.say("Anna lives in Lisbon.")
    await school.work()
    assert await school.near("Anna") == ["lives in Lisbon", "sister Sam"]
    assert await _near(school.graph, "Anna") == ["lives in Lisbon", "sister Sam"]


async def test_the_graph_is_told_once_of_all_that_is_learnt_at_once(school: School) -> None:
    said = [
        NewMessage(
            SAM,
            f"Anna likes {what}.",
            "Sam",
            "person",
            Assurance.VERIFIED,
            Instant(school.now - DAY + number * SECOND),
            channel="phone",
            conversation_id="call-sam",
        )
        for number, what in enumerate(("tea", "cheese", "tea", "bread", "cheese", "tea"))
    ]
    async with school.room.database.transaction() as tx:
        await school.room.memory.keep(tx, said)
    assert await school.work() == ["memory.learn", "memory.mirror"]
    told = ["likes bread", *["likes cheese"] * 2, *["likes tea"] * 3]  # by each of the words
    by_tables = await TablesGraph(school.room.database).related(SAM, "Anna", hops=1)
    assert {each.concept.name for each in by_tables} == {"tea", "cheese", "bread"}
    rows = await _relations(school)
    assert sorted(rows) == told


async def _relations(school: School) -> list[str]:
    async with school.room.database.reading() as connection:
        found = await connection.execute(
            select(relations.c.predicate, concepts.c.name).join(
                concepts, concepts.c.id == relations.c.object_id
            )
        )
        return [f"{row.predicate} {row.name}" for row in found]


async def test_a_merge_reaches_every_graph_and_its_undoing_too(
    school: School, database: Database
) -> None:
    await school.say("Anna lives in Porto.")
    await school.say("Hanna lives in Rome.")
    await school.work()
    for graph in (school.graph, TablesGraph(database)):
        assert await _near(graph, "Rome") == ["lives in Hanna"]
    async with database.transaction() as tx:
        merge = await school.facts.merge(tx, Named("Anna"), Named("Hanna"), source=_by_hand(school))
    await school.say("Hanna lives in Oslo.")
    await school.work()
    for graph in (school.graph, TablesGraph(database)):
        assert await _near(graph, "Oslo") == ["lives in Anna"]
        assert await _near(graph, "Rome") == []  # she has moved
    async with database.transaction() as tx:
        await school.facts.unmerge(tx, merge.id, source=_by_hand(school))
    await school.work()
    for graph in (school.graph, TablesGraph(database)):
        assert await _near(graph, "Oslo") == ["lives in Hanna"]
        assert await _near(graph, "Anna") == ["lives in Porto"]


async def test_the_graph_forgets_what_was_never_true(school: School, database: Database) -> None:
    await school.say("Anna lives in Porto.")
    await school.work()
    (fact,) = await school.all_held()
    async with database.transaction() as tx:
        rows = await tx.execute(select(fact_rows.c.id))
        assert [row.id for row in rows] == [fact.id]
        await school.facts.deny(tx, fact.id, source=_by_hand(school))
    await school.work()
    assert await school.near("Anna") == []
    assert await _near(school.graph, "Anna") == []


async def test_the_graph_is_told_once_it_is_there_again(school: School, ledger: Ledger) -> None:
    await school.say("Anna lives in Porto.")
    school.graph.is_away = True
    with pytest.raises(Unavailable):
        await school.work()
    school.graph.is_away = False
    assert await school.near("Anna") == []
    (job,) = [job for job in await ledger.list() if job.name == "memory.mirror"]
    (fact,) = await school.all_held()
    await ledger.promise("memory.mirror", {"fact_ids": [fact.id]})
    await school.work()
    assert await school.near("Anna") == ["lives in Porto"]
    assert job.owner_id == SAM


def _by_hand(school: School) -> FactSource:
    return Told(school.facts, school.room.database, school.now).source()
