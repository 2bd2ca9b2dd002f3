"""What was said and is carried on by nobody is noticed, and carried on: on both databases."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from sqlalchemy import delete, update

from backend.console import Integrity
from backend.kernel.clock import Clock, Instant
from backend.kernel.ids import Ids, MessageId
from backend.kernel.people import Assurance
from backend.memory import Memory, NewMessage
from backend.memory.mirrors import Mirrors
from backend.memory.unfinished import without_vector
from backend.memory.vectors import Space, VectorRows
from backend.memory.vectors.engines.exact import ExactIndex
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.tables import jobs, messages, vectors
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import JobState
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.trust import Trust
from backend.trust.audit import Audit
from tests.contract.memory.conftest import Room
from tests.contract.memory.test_memory import SAM
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.vectors import spaces_of
from workers.upkeep.rebuild import rebuild

MODEL = FakeEmbedder.name


@dataclass
class Parts:
    """What rebuilding stands on."""

    memory: Memory
    mirrors: Mirrors
    database: Database
    jobs: Ledger
    integrity: Integrity

    async def make(self, projection: str) -> int:
        """Do the job, as its worker does it; return how many it promised or made."""
        made: list[int] = []

        class Ending:
            async def commit(self, tx: Transaction, result: Mapping[str, int]) -> None:
                made.append(result["made"])

        await self.jobs.promise("upkeep.rebuild", {"projection": projection})
        (job,) = await self.jobs.lease("test", ["upkeep.rebuild"], 1, 60)
        await rebuild(self, job, Ending())  # type: ignore[arg-type] # all that it stands on
        return made[0]

    async def call_off(self, *names: str) -> None:
        async with self.database.transaction() as tx:
            for job in await self.jobs.list(state=JobState.WAITING):
                if job.name in names:
                    await self.jobs.cancel(tx, job.id)

    async def broken(self) -> dict[str, str]:
        found = await self.integrity.examine()
        return {each.name: each.cure for each in found if not each.ok}

    async def waiting(self) -> list[str]:
        return sorted(job.name for job in await self.jobs.list(state=JobState.WAITING))


@pytest.fixture
def parts(
    room: Room, rows: VectorRows, compute: Compute, clock: Clock, signals: InProcessSignals
) -> Parts:
    index = ExactIndex(database=room.database, rows=rows, compute=compute)
    spaces = spaces_of(room.database, clock, Space(room.embedder, rows, index))
    mirrors = Mirrors(database=room.database, spaces=spaces, has_index=False, graph=None)
    trust = Trust(database=room.database, audit=Audit(events=EventLog(signals)))
    integrity = Integrity(database=room.database, trust=trust, model=MODEL, mirrors=mirrors)
    return Parts(room.memory, mirrors, room.database, room.jobs, integrity)


async def said(parts: Parts, ids: Ids, *texts: str) -> list[MessageId]:
    told = [
        NewMessage(
            SAM, text, "Sam", "person", Assurance.VERIFIED, Instant(7), id=MessageId(ids.new())
        )
        for text in texts
    ]
    async with parts.database.transaction() as tx:
        return await parts.memory.keep(tx, told)


@pytest.mark.covers("QA-06")
async def test_messages_whose_embedding_was_called_off_are_embedded_after_all(
    room: Room, parts: Parts, ids: Ids
) -> None:
    await said(parts, ids, "My sister lives in Porto.", "The boat is red.")
    assert await parts.broken() == {}  # it is on its way
    await parts.call_off("memory.embed")
    assert await parts.broken() == {"vectors agree": "ringback rebuild vectors"}
    assert await parts.make("vectors") == 2
    assert await parts.broken() == {}
    await room.work()
    async with parts.database.reading() as connection:
        assert await without_vector(connection, MODEL) == []


async def test_a_job_for_other_messages_hides_nothing(parts: Parts, ids: Ids) -> None:
    [lost] = await said(parts, ids, "My sister lives in Porto.")
    await parts.call_off("memory.embed")
    await said(parts, ids, "The boat is red.")
    assert "vectors agree" in await parts.broken()
    async with parts.database.reading() as connection:
        assert [each.message_id for each in await without_vector(connection, MODEL)] == [lost]


async def test_whatever_a_filling_looks_for_by_itself_is_not_promised_twice(
    parts: Parts, ids: Ids
) -> None:
    await said(parts, ids, "The boat is red.")
    await parts.call_off("memory.embed")
    await parts.jobs.promise("memory.reembed", {"run": "r1"})
    assert await parts.make("vectors") == 0


@pytest.mark.covers("QA-06")
async def test_what_was_to_be_related_and_learnt_from_is_promised_again(
    parts: Parts, ids: Ids
) -> None:
    await said(parts, ids, "My sister lives in Porto.")
    await parts.call_off("memory.learn")
    async with parts.database.transaction() as tx:  # the other one died
        dead = update(jobs).where(jobs.c.name == "memory.relate")
        await tx.execute(dead.values(state="dead", finished_at=tx.at))
    assert await parts.broken() == {"promises are kept": "ringback rebuild unfinished"}
    assert await parts.make("unfinished") == 2
    assert await parts.broken() == {}
    assert await parts.waiting() == ["memory.embed", "memory.learn", "memory.relate"]


async def test_what_is_gone_needs_no_vector(parts: Parts, ids: Ids) -> None:
    await said(parts, ids, "The boat is red.")
    await parts.call_off("memory.embed")
    async with parts.database.transaction() as tx:
        await tx.execute(delete(vectors))
        await tx.execute(delete(messages))
    assert await parts.make("vectors") == 0
