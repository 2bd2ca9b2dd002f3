"""What shared documents promise, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text
from sqlalchemy import select

from backend.documents import DocumentLimits, Documents, Submission, store
from backend.documents.opened import compacted
from backend.documents.schemas.notes import add_note, forget_note, read_notes
from backend.documents.types import StoredUpdate
from backend.kernel.clock import Clock, Instant
from backend.kernel.errors import Invalid, TooLarge
from backend.kernel.ids import Ids, OwnerId
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.platform.database.engine import Database
from backend.platform.database.tables import document_updates, jobs, sticky_notes
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.signals.engines.in_process import InProcessSignals

OWNER = OwnerId("owner-1")
OTHER = OwnerId("owner-2")
ACTOR = Actor(owner_id=OWNER, kind=ActorKind.DEVICE, assurance=Assurance.HELD)


class Process:
    """Documents as one process sees them; several may stand on one database."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, **limits: int) -> None:
        self.database = database
        self.signals = InProcessSignals()
        self.documents = Documents(
            database=database,
            clock=clock,
            ids=ids,
            events=EventLog(self.signals),
            signals=self.signals,
            jobs=Ledger(database, clock, ids, self.signals),
            limits=DocumentLimits(**limits),
        )

    async def note(self, identifier: str, text: str) -> None:
        def change(doc: Doc[Any]) -> None:
            add_note(doc, identifier, text, Instant(1_000_000))

        async with self.database.transaction() as tx:
            await self.documents.edit(tx, OWNER, "notes", ACTOR, change)

    async def texts(self, owner_id: OwnerId = OWNER) -> list[str]:
        return [note.text for note in await self.documents.read_notes(owner_id)]

    async def project(self) -> None:
        for document_id in await self.documents.projected_ids():
            found = await self.documents.projection(document_id)
            async with self.database.transaction() as tx:
                await self.documents.project(tx, found)

    async def compact(self, name: str = "notes") -> None:
        document = await self.documents.enter(OWNER, name)
        whole, kept = await self.documents.snapshot(document.id)
        async with self.database.transaction() as tx:
            assert await self.documents.compact(tx, document.id, whole, kept)


@pytest.fixture
def process(database: Database, clock: Clock, ids: Ids) -> Process:
    return Process(database, clock, ids)


@pytest.fixture
async def second(database: Database, clock: Clock, ids: Ids) -> AsyncIterator[Process]:
    """Another process: its own connections, its own memory."""
    other = Database(database.url, clock=clock)
    yield Process(other, clock, ids)
    await other.stop()


def device() -> tuple[Doc[Any], list[bytes]]:
    """A device's document, and every update that it makes."""
    doc: Doc[Any] = Doc()
    updates: list[bytes] = []
    doc.observe(lambda event: updates.append(event.update))
    return doc, updates


def note_named(name: str, doc: Doc[Any]) -> None:
    add_note(doc, name, name, Instant(1_000_000))


def forget_first(doc: Doc[Any]) -> None:
    forget_note(doc, "1", Instant(2_000_000))


async def rows(database: Database, table: Any) -> list[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(select(table)))


# ── kept together or not at all ──────────────────────────────────────────────────────────────
async def test_an_edit_is_kept_with_the_callers_transaction(process: Process) -> None:
    await process.note("1", "buy oat milk")
    assert await process.texts() == ["buy oat milk"]
    promised = [row.name for row in await rows(process.database, jobs)]
    assert promised == ["documents.project"]


async def test_an_edit_is_gone_with_the_callers_transaction(process: Process) -> None:
    await process.note("1", "stays")

    async def fail_after_the_edit() -> None:
        async with process.database.transaction() as tx:
            await process.documents.edit(
                tx, OWNER, "notes", ACTOR, lambda doc: add_note(doc, "2", "goes", tx.at)
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_the_edit()
    assert await process.texts() == ["stays"]
    await process.note("3", "comes")  # made by the same CRDT client at the clocks that were undone
    assert sorted(await process.texts()) == ["comes", "stays"]
    assert len(await rows(process.database, document_updates)) == 2


async def test_two_edits_in_one_transaction_see_each_other(process: Process) -> None:
    await process.note("0", "there")
    async with process.database.transaction() as tx:
        for name in ("1", "2"):
            await process.documents.edit(tx, OWNER, "notes", ACTOR, partial(note_named, name))
    assert sorted(await process.texts()) == ["1", "2", "there"]


async def test_an_edit_that_changes_nothing_leaves_the_log_without_a_gap(process: Process) -> None:
    async with process.database.transaction() as tx:
        await process.documents.edit(tx, OWNER, "notes", ACTOR, lambda doc: None)
    await process.note("1", "after")
    cursors = [row.cursor for row in await rows(process.database, document_updates)]
    assert cursors == [1, 2]


# ── several processes ────────────────────────────────────────────────────────────────────────
async def test_what_another_process_wrote_is_seen_without_a_signal(
    process: Process, second: Process
) -> None:
    await process.note("1", "from one")
    assert await second.texts() == ["from one"]
    await second.note("2", "from two")
    assert sorted(await process.texts()) == ["from one", "from two"]


async def test_concurrent_edits_from_two_processes_are_all_kept(
    process: Process, second: Process
) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(process.note(f"a{number}", f"a{number}"))
            group.create_task(second.note(f"b{number}", f"b{number}"))
    wanted = sorted([f"a{n}" for n in range(8)] + [f"b{n}" for n in range(8)])
    assert sorted(await process.texts()) == wanted
    assert sorted(await second.texts()) == wanted
    cursors = sorted(row.cursor for row in await rows(process.database, document_updates))
    assert cursors == list(range(1, 17))


async def test_a_process_that_fell_behind_a_compaction_catches_up(
    process: Process, second: Process
) -> None:
    await process.note("1", "early")
    assert await second.texts() == ["early"]
    await process.note("2", "late")
    await process.compact()
    assert await rows(process.database, document_updates) == []
    assert sorted(await second.texts()) == ["early", "late"]


async def test_a_note_that_waits_for_a_forgetting_is_kept(
    process: Process, second: Process
) -> None:
    """Its writer has written before without reading since, and the log has gone meanwhile."""
    await process.note("1", "goes")
    await process.texts()
    await process.note("2", "first")
    async with asyncio.TaskGroup() as group, second.database.transaction() as tx:
        await second.documents.edit(tx, OWNER, "notes", ACTOR, forget_first)
        writing = group.create_task(process.note("3", "second"))
        await asyncio.wait({writing}, timeout=0.3)  # it waits for the document's head
        document_id = (await second.documents.enter(OWNER, "notes")).id
        before = await store.snapshot(tx.connection, document_id)
        lines = await store.log(tx.connection, document_id)
        whole, kept = compacted(before, lines)
        await store.compact(tx, document_id, StoredUpdate(lines[-1].cursor, whole), kept)
    assert sorted(await process.texts()) == ["first", "second"]
    assert sorted(await second.texts()) == ["first", "second"]


async def test_a_devices_edit_behind_a_compaction_brings_its_process_up_to_date(
    process: Process, second: Process
) -> None:
    await process.note("1", "goes")
    document = await process.documents.enter(OWNER, "notes")
    await process.note("2", "first")
    doc, updates = device()
    note_named("typed", doc)
    (update,) = updates
    assert await process.documents.admit(document, update)
    async with second.database.transaction() as tx:
        await second.documents.edit(tx, OWNER, "notes", ACTOR, forget_first)
    await second.compact()
    await process.documents.commit([Submission(document, update, "device:")])
    assert sorted(note.text for note in read_notes(document.doc)) == ["first", "typed"]
    await process.note("3", "second")
    for one in (process, second):
        assert sorted(await one.texts()) == ["first", "second", "typed"]


# ── what devices send ────────────────────────────────────────────────────────────────────────
async def test_a_devices_updates_are_appended_and_read(process: Process) -> None:
    doc, updates = device()
    with doc.transaction():
        doc.get("notes", type=Map)["k"] = Map({"text": Text("typed"), "done": True})
    cursor = await process.documents.append(OWNER, "notes", updates, ACTOR)
    assert cursor == 1
    (note,) = await process.documents.read_notes(OWNER)
    assert (note.text, note.is_done) == ("typed", True)


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x01", b"\xff" * 11, b"\x01\x01\x05\x00\x04\x01\x01", b"hello there", b"\x05\xff\xff"],
)
async def test_garbage_is_refused_and_harms_nothing(process: Process, garbage: bytes) -> None:
    await process.note("1", "whole")
    with pytest.raises(Invalid):
        await process.documents.append(OWNER, "notes", [garbage], ACTOR)
    assert await process.texts() == ["whole"]
    assert len(await rows(process.database, document_updates)) == 1


async def test_the_same_update_twice_is_logged_once(process: Process) -> None:
    doc, updates = device()
    doc.get("list", type=Array).append(1)
    await process.documents.append(OWNER, "plain", updates, ACTOR)
    await process.documents.append(OWNER, "plain", updates, ACTOR)
    assert len(await rows(process.database, document_updates)) == 1


async def test_an_update_waits_for_its_dependency_even_across_a_restart_and_a_compaction(
    process: Process, second: Process
) -> None:
    doc, updates = device()
    items = doc.get("list", type=Array)
    items.append(1)
    items.append(2)
    del items[0]
    first, then, removal = updates
    await process.documents.append(OWNER, "plain", [removal, then], ACTOR)
    await process.compact("plain")
    assert len(await rows(process.database, document_updates)) == 2  # no snapshot can hold them
    await second.documents.append(OWNER, "plain", [first], ACTOR)
    for one in (process, second):
        found, _ = await one.documents.open(OWNER, "plain")
        assert found.get("list", type=Array).to_py() == [2.0]
    await second.compact("plain")
    assert await rows(process.database, document_updates) == []


async def test_an_edit_beyond_the_limit_is_refused(
    database: Database, clock: Clock, ids: Ids
) -> None:
    process = Process(database, clock, ids, update_bytes_max=1_000, document_bytes_max=1_500)
    doc, updates = device()
    for _ in range(2):
        doc.get("text", type=Text).insert(0, "x" * 900)
    with pytest.raises(TooLarge):
        await process.documents.append(OWNER, "plain", [doc.get_update()], ACTOR)
    await process.documents.append(OWNER, "plain", updates[:1], ACTOR)
    with pytest.raises(TooLarge):
        await process.documents.append(OWNER, "plain", updates[1:], ACTOR)


async def test_names_are_resolved_inside_the_owner(process: Process) -> None:
    await process.note("1", "mine")
    assert await process.texts(OTHER) == []
    mine = await process.documents.enter(OWNER, "notes")
    theirs = await process.documents.enter(OTHER, "notes")
    assert mine.id != theirs.id


# ── what stands behind ───────────────────────────────────────────────────────────────────────
async def test_the_rows_follow_the_document(process: Process) -> None:
    await process.note("1", "kept")
    await process.note("2", "removed")
    await process.project()
    assert {row.text for row in await rows(process.database, sticky_notes)} == {"kept", "removed"}

    def change(doc: Doc[Any]) -> None:
        entries = doc.get("notes", type=Map)
        del entries["2"]
        entries["1"]["done"] = True

    async with process.database.transaction() as tx:
        await process.documents.edit(tx, OWNER, "notes", ACTOR, change)
    await process.project()
    (row,) = await rows(process.database, sticky_notes)
    assert (row.text, row.is_done, row.owner_id) == ("kept", True, OWNER)


async def test_a_note_of_a_device_is_cleaned_before_rows_are_made_of_it(
    database: Database, clock: Clock, ids: Ids
) -> None:
    process = Process(database, clock, ids)
    masked = Documents(
        database=database,
        clock=clock,
        ids=ids,
        events=EventLog(process.signals),
        signals=process.signals,
        jobs=Ledger(database, clock, ids, process.signals),
        clean=lambda text: text.replace("dingo55bark", "[password]"),
    )
    await process.note("1", "my password is dingo55bark")
    (document_id,) = await masked.projected_ids()
    found = await masked.projection(document_id)
    assert [note.text for note in found.notes] == ["my password is [password]"]
    async with database.transaction() as tx:
        await masked.project(tx, found)
    (row,) = await rows(database, sticky_notes)
    assert row.text == "my password is [password]"


async def test_an_older_projection_never_overwrites_a_newer_one(process: Process) -> None:
    await process.note("1", "first")
    (document_id,) = await process.documents.projected_ids()
    old = await process.documents.projection(document_id)
    await process.note("2", "second")
    await process.project()
    async with process.database.transaction() as tx:
        assert await process.documents.project(tx, old) == 0
    assert len(await rows(process.database, sticky_notes)) == 2


async def test_one_compaction_is_promised_for_each_snapshot(
    database: Database, clock: Clock, ids: Ids
) -> None:
    process = Process(database, clock, ids, compact_after_updates=5)
    for number in range(8):
        await process.note(str(number), f"note {number}")
    promised = [row for row in await rows(database, jobs) if row.name == "documents.compact"]
    assert len(promised) == 1
    await process.compact()
    assert len(await process.texts()) == 8
    fresh = Process(database, clock, ids)
    assert len(await fresh.texts()) == 8


async def test_notes_of_any_shape_can_be_read(process: Process) -> None:
    def change(doc: Doc[Any]) -> None:
        entries = doc.get("notes", type=Map)
        entries["plain"] = "a plain string"
        entries["odd"] = 5
        entries["empty"] = Map({"text": Text("  ")})
        entries["dated"] = Map({"text": "old", "created_at": float("nan")})

    async with process.database.transaction() as tx:
        await process.documents.edit(tx, OWNER, "notes", ACTOR, change)
    doc, _ = await process.documents.open(OWNER, "notes")
    assert {note.text for note in read_notes(doc)} == {"a plain string", "old"}
