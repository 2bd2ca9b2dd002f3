"""What a comparison of the projections with the truth finds and heals, on both databases."""

from pathlib import Path

import pytest
from sqlalchemy import delete, insert, text, update

from backend.console import Integrity, Nightly
from backend.kernel.clock import Clock
from backend.memory.healing import Healing
from backend.platform.database import search
from backend.platform.database.engine import Database
from backend.platform.database.tables import (
    events,
    facts,
    mentions,
    messages,
    stream_heads,
    vector_models,
    vectors,
)
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import JobState, NewJob
from backend.platform.objects.engines.folder import FolderObjects
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.trust import Trust
from backend.trust.audit import Audit

MODEL = "a model"


@pytest.fixture
async def integrity(database: Database, signals: InProcessSignals, tmp_path: Path) -> Integrity:
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
    objects = FolderObjects(tmp_path / "objects")
    await objects.start()
    return Integrity(database=database, trust=trust, model=MODEL, objects=objects)


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


async def test_full_text_that_knows_a_message_that_is_gone_is_found(
    integrity: Integrity, database: Database
) -> None:
    async with database.transaction() as tx:
        await search.index(tx, "gone", "o1", "", "what nobody said")
    assert await broken(integrity) == ["full text agrees"]


async def test_full_text_that_is_lost_is_found_and_stops_nothing_else(
    integrity: Integrity, database: Database
) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("DROP TABLE message_search"))
    findings = {found.name: found for found in await integrity.examine()}
    assert not findings["full text agrees"].ok
    assert findings["full text agrees"].cure == "ringback rebuild search"
    assert sum(not found.ok for found in findings.values()) == 1


async def test_a_vector_that_belongs_to_no_message_is_found(
    integrity: Integrity, database: Database
) -> None:
    stray = {"message_id": "gone", "model": MODEL, "owner_id": "o1", "namespace": ""}
    async with database.transaction() as tx:
        await tx.execute(insert(vectors).values(**stray, dimension=1, vector=b"\0\0"))
    assert await broken(integrity) == ["vectors agree"]


async def test_vectors_are_those_of_the_live_model(
    integrity: Integrity, database: Database
) -> None:
    live = {"model": "another", "dimension": 1, "state": "live", "changed_at": 1}
    async with database.transaction() as tx:
        await tx.execute(insert(vector_models).values(**live))
    assert await broken(integrity) == ["vectors agree"]


async def test_an_edge_that_hangs_in_the_air_is_found(
    integrity: Integrity, database: Database
) -> None:
    edge = {"concept_id": "c1", "message_id": "m1", "owner_id": "o1", "weight": 1.0}
    async with database.transaction() as tx:
        await tx.execute(insert(mentions).values(**edge))
    assert await broken(integrity) == ["graph agrees"]


async def test_a_fact_that_is_known_from_nothing_is_found(
    integrity: Integrity, database: Database
) -> None:
    async with database.transaction() as tx:
        await tx.execute(insert(facts).values(**fact()))
    assert await broken(integrity) == ["facts have sources"]


async def test_a_message_whose_exchange_is_gone_is_found(
    integrity: Integrity, database: Database
) -> None:
    async with database.transaction() as tx:
        await tx.execute(update(messages).values(conversation_id="gone"))
    assert await broken(integrity) == ["messages have their exchange"]


async def test_an_event_behind_the_end_of_its_stream_is_found(
    integrity: Integrity, database: Database
) -> None:
    event = {"stream": "s", "cursor": 7, "owner_id": "o1", "kind": "k", "version": 1, "at": 1}
    async with database.transaction() as tx:
        await tx.execute(insert(stream_heads).values(stream="s", cursor=6))
        await tx.execute(insert(events).values(**event, actor="", payload={}))
    assert await broken(integrity) == ["events are in order"]


async def test_sound_that_belongs_to_no_call_is_found(integrity: Integrity) -> None:
    objects = integrity._objects
    assert objects is not None
    await objects.put("recordings/nobody/0", b"hush")
    assert await broken(integrity) == ["recordings agree"]


# ── every night ──────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def nightly(integrity: Integrity, database: Database, ledger: Ledger, clock: Clock) -> Nightly:
    repairs = Healing(database=database, jobs=ledger, clock=clock)
    return Nightly(integrity=integrity, database=database, ledger=ledger, repairs=repairs)


async def night(nightly: Nightly, database: Database, ledger: Ledger, job: NewJob) -> None:
    """Do the nightly job, as its worker does it."""
    async with database.transaction() as tx:
        await ledger.add(tx, job)
    (held,) = await ledger.lease("a worker", ["upkeep.check"], 1, 60)
    examined = await nightly.look()
    async with database.transaction() as tx:
        await ledger.complete(tx, held, await nightly.conclude(tx, held, examined))


async def names(ledger: Ledger) -> list[str]:
    rows = await ledger.list(state=JobState.WAITING)
    return sorted(row.name for row in rows)


@pytest.mark.covers("QA-06")
async def test_a_night_on_which_all_agrees_is_well_and_promises_nothing(
    nightly: Nightly, database: Database, ledger: Ledger
) -> None:
    assert (await nightly.check()).ok
    await night(nightly, database, ledger, NewJob("upkeep.check", {}, key="one"))
    assert (await nightly.check()).detail == "everything agrees"
    assert await names(ledger) == []


@pytest.mark.covers("QA-06")
async def test_what_does_not_agree_is_made_anew_once_and_looked_at_again(
    nightly: Nightly, database: Database, ledger: Ledger
) -> None:
    async with database.transaction() as tx:
        await search.remove(tx, ["m1"])
    await night(nightly, database, ledger, NewJob("upkeep.check", {}, key="one"))
    told = await nightly.check()
    assert not told.ok
    assert "full text agrees" in told.detail
    assert told.cure == "ringback rebuild search"
    assert await names(ledger) == ["upkeep.check", "upkeep.rebuild"]
    # The repair did not help: it is not tried for ever.
    await night(nightly, database, ledger, NewJob("upkeep.check", {}, key="two:again"))
    assert await names(ledger) == ["upkeep.check", "upkeep.rebuild"]
    async with database.transaction() as tx:
        await search.index(tx, "m1", "o1", "", "the key is under the mat")
    await night(nightly, database, ledger, NewJob("upkeep.check", {}, key="three:again"))
    assert (await nightly.check()).ok


def fact() -> dict[str, object]:
    words = ("namespace", "subject", "subject_key", "predicate", "slot", "object", "object_key")
    told = ("statement", "said_by", "assurance", "reader")
    return {
        **dict.fromkeys((*words, *told), "x"),
        "id": "f1",
        "owner_id": "o1",
        "confidence": 1.0,
        "valid_from": 1,
        "learnt_at": 1,
    }
