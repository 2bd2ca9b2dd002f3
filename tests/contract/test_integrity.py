"""What an examination of the projections finds, on both databases."""

import pytest
from sqlalchemy import delete, insert

from backend.console.integrity import Integrity
from backend.platform.database import search
from backend.platform.database.engine import Database
from backend.platform.database.tables import messages, vectors
from backend.platform.events import EventLog
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.trust import Trust
from backend.trust.audit import Audit

MODEL = "a model"


@pytest.fixture
async def integrity(database: Database, signals: InProcessSignals) -> Integrity:
    trust = Trust(database=database, audit=Audit(events=EventLog(signals)))
    async with database.transaction() as tx:
        await tx.execute(
            insert(messages).values(
                id="m1",
                owner_id="o1",
                namespace="",
                speaker="Sam",
                role="person",
                text="the key is under the mat",
                assurance="held",
                is_recallable=True,
                said_at=1,
                learnt_at=1,
            )
        )
        await search.index(tx, "m1", "o1", "", "the key is under the mat")
        vector = {"message_id": "m1", "model": MODEL, "owner_id": "o1", "namespace": ""}
        await tx.execute(insert(vectors).values(**vector, dimension=1, vector=b"\0\0"))
    return Integrity(database=database, trust=trust, model=MODEL)


async def broken(integrity: Integrity) -> list[str]:
    return [finding.name for finding in await integrity.examine() if not finding.ok]


async def test_projections_that_agree_are_well(integrity: Integrity) -> None:
    assert await broken(integrity) == []


async def test_a_message_that_full_text_lost_is_found_missing(
    integrity: Integrity, database: Database
) -> None:
    async with database.transaction() as tx:
        await search.remove(tx, ["m1"])
    assert await broken(integrity) == ["full text agrees"]


async def test_a_message_without_a_vector_and_without_a_job_is_found(
    integrity: Integrity, database: Database
) -> None:
    async with database.transaction() as tx:
        await tx.execute(delete(vectors))
    assert await broken(integrity) == ["vectors agree"]
