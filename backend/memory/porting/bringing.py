"""Brings our own export back: the same ids, dates, pins, validity, history and sources."""

import json
import uuid
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO, TypeVar

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from backend.documents import Documents
from backend.kernel.forgetting import Target
from backend.kernel.ids import MessageId, OwnerId
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.memory.facts.service import Facts
from backend.memory.facts.store import Memoir
from backend.memory.porting import archives
from backend.memory.porting.export import Recordings
from backend.memory.porting.tables import COME_BACK, FORGOTTEN_BY, Values
from backend.memory.service import Memory
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.search import Entry
from backend.platform.database.tables import conversations, facts, metadata
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.tombstones import gone
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob

BATCH = 100  # rows in one transaction: a call's turn waits for no more than these
PIECE_BYTES = 1 << 20
WAV_HEAD_BYTES = 58  # as our recorder writes it
Step = Callable[[float], None]
One = TypeVar("One")


@dataclass(slots=True)
class Brought:
    """What became of an import; counts only."""

    added: dict[str, int] = field(default_factory=dict)
    known: int = 0  # was here before
    forgotten: int = 0  # was forgotten here, and stays so
    passed_over: int = 0  # could not be read

    def add(self, name: str, count: int) -> None:
        """Count what was written."""
        self.added[name] = self.added.get(name, 0) + count

    def result(self) -> dict[str, Any]:  # Any: JSON
        """Return it as a job's result."""
        return {
            "added": {name: count for name, count in self.added.items() if count},
            "known": self.known,
            "forgotten": self.forgotten,
            "passed_over": self.passed_over,
        }


@dataclass(frozen=True, slots=True)
class Homecoming:
    """Whose archive it was, and whose memory it comes into."""

    before: str
    owner_id: OwnerId
    import_id: str

    def row(self, name: str, given: Values) -> Values:
        """Return a row as it is written here."""
        row = given | {"owner_id": self.owner_id}
        if row.get("person_id") == self.before:
            row["person_id"] = str(self.owner_id)
        if "actor" in row:
            row["actor"] = row["actor"].replace(self.before, self.owner_id)
        if name == "conversations":
            ended_at = row["ended_at"] if row.get("ended_at") is not None else row["started_at"]
            # Nobody holds its line, and its sound follows.
            row |= {"carried_by": "", "carried_at": 0, "recording": "", "ended_at": ended_at}
        return row


class Bringer:
    """Writes the rows of an export that was looked through."""

    def __init__(  # noqa: PLR0913 - one of each room that takes something
        self,
        *,
        database: Database,
        memory: Memory,
        facts: Facts,
        documents: Documents,
        recordings: Recordings,
        jobs: Ledger,
        compute: Compute,
    ) -> None:
        self._database, self._memory, self._facts = database, memory, facts
        self._documents, self._recordings = documents, recordings
        self._jobs, self._compute = jobs, compute

    async def bring(
        self, owner_id: OwnerId, import_id: str, file: BinaryIO, progress: Step
    ) -> Brought:
        """Write everything that is not here; again it changes nothing."""
        brought = Brought()
        with archives.opened(file) as archive:
            manifest = await self._compute.run(archives.manifest_of, archive)
            coming = Homecoming(manifest.owner_id, owner_id, import_id)
            total = sum(int(each.get("rows", 0)) for each in manifest.files.values()) or 1
            met: set[tuple[str, str]] = set()
            done = 0
            for name in COME_BACK:
                rows = archives.rows(archive, name)
                while batch := await self._compute.run(next_of, rows, BATCH):
                    async with self._database.transaction() as tx:
                        met |= await self._met(tx, owner_id, name, batch)
                        await self._write(tx, coming, name, batch=batch, brought=brought)
                    done += len(batch)
                    progress(min(done / total, 0.99))
            await self._settle(owner_id, met)
            for path in manifest.files:
                if path.endswith(".yjs"):
                    await self._document(owner_id, archive, path, brought)
                elif path.endswith(".wav"):
                    await self._recording(owner_id, archive, path, brought)
        return brought

    async def _write(
        self,
        tx: Transaction,
        coming: Homecoming,
        name: str,
        *,
        batch: Sequence[Values],
        brought: Brought,
    ) -> None:
        table = metadata.tables[name]
        key = next(iter(table.primary_key.columns))
        rows = [coming.row(name, row) for row in batch]
        alive = await _alive(tx, name, rows)
        brought.forgotten += len(rows) - len(alive)
        query = select(key).where(key.in_([row[key.name] for row in alive]))
        there = set((await tx.execute(query)).scalars())
        new = [row for row in alive if row[key.name] not in there]
        if new:
            insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
            await tx.execute(insert(table).on_conflict_do_nothing(), new)
            mine = query.where(table.c.owner_id == coming.owner_id)
            written = set((await tx.execute(mine)).scalars()) - there
            new = [row for row in new if row[key.name] in written]
        brought.add(name, len(new))
        brought.known += len(alive) - len(new)
        if name == "messages" and new:
            entries = [_entry(row) for row in new if row["is_recallable"]]
            await self._memory.adopt(tx, coming.owner_id, entries)
        elif name == "facts" and new:
            fact_ids = [row["id"] for row in new]
            await self._jobs.add(
                tx,
                NewJob(
                    name="memory.mirror",
                    payload={"fact_ids": fact_ids},
                    key=f"memory.mirror:{coming.import_id}:{fact_ids[0]}",
                    owner_id=coming.owner_id,
                    priority=-1,
                ),
            )

    async def _met(
        self, tx: Transaction, owner_id: OwnerId, name: str, batch: Sequence[Values]
    ) -> set[tuple[str, str]]:
        """Return of whom something else is held here: the two are worked out together."""
        if name != "facts":
            return set()
        keys, ids = {row["subject_key"] for row in batch}, {row["id"] for row in batch}
        query = select(facts.c.namespace, facts.c.subject_key).where(
            facts.c.owner_id == owner_id,
            facts.c.subject_key.in_(keys),
            facts.c.id.not_in(ids),
            facts.c.learnt_at.is_not(None),
        )
        spaces = {row["namespace"] for row in batch}
        rows = await tx.execute(query.distinct())
        return {(row.namespace, row.subject_key) for row in rows if row.namespace in spaces}

    async def _settle(self, owner_id: OwnerId, met: set[tuple[str, str]]) -> None:
        for namespace in sorted({namespace for namespace, _ in met}):
            names = {key for space, key in met if space == namespace}
            async with self._database.transaction() as tx:
                await self._facts.work_out(tx, Memoir(owner_id, namespace), names)

    async def _document(
        self, owner_id: OwnerId, archive: zipfile.ZipFile, path: str, brought: Brought
    ) -> None:
        told = await self._compute.run(_json, archive, path.removesuffix(".yjs") + ".json")
        update = await self._compute.run(archive.read, path)
        # The owner themselves, whichever way the file came: a merge of edits, as a device sends it.
        actor = Actor(owner_id, ActorKind.API, Assurance.HELD)
        await self._documents.append(owner_id, str(told.get("name", "notes")), [update], actor)
        brought.add("documents", 1)

    async def _recording(
        self, owner_id: OwnerId, archive: zipfile.ZipFile, path: str, brought: Brought
    ) -> None:
        conversation_id = path.removeprefix("recordings/").removesuffix(".wav")
        query = select(func.count()).where(
            conversations.c.id == conversation_id,
            conversations.c.owner_id == owner_id,
            conversations.c.recording == "",
        )
        async with self._database.reading() as connection:
            if not (await connection.execute(query)).scalar_one():
                return  # it is here, or its call is not ours
        sound = _sound(archive, path, self._compute)
        key = await self._recordings.keep(conversation_id, sound)
        async with self._database.transaction() as tx:
            await tx.execute(
                conversations.update()
                .where(conversations.c.id == conversation_id, conversations.c.owner_id == owner_id)
                .values(recording=key)
            )
        brought.add("recordings", 1)


def next_of(iterator: Iterator[One], count: int) -> list[One]:
    """Return what comes next, at most so many."""
    return list(islice(iterator, count))


def stable_id(owner_id: str, namespace: str, external_id: str, said_at: int) -> MessageId:
    """Return the id that a message from elsewhere always has here: its time and its name's hash.

    So what was forgotten is known again when the same file comes once more.
    """
    named = uuid.uuid5(uuid.NAMESPACE_URL, f"ringback:{owner_id}\n{namespace}\n{external_id}")
    millis = min(max(said_at // 1000, 0), (1 << 48) - 1)
    low = named.int & ((1 << 62) - 1)
    middle = (named.int >> 64) & 0xFFF
    return MessageId(str(uuid.UUID(int=millis << 80 | 7 << 76 | middle << 64 | 2 << 62 | low)))


async def _alive(tx: Transaction, name: str, rows: Sequence[Values]) -> list[Values]:
    """Leave out what was forgotten here."""
    targets = {id(row): _targets(name, row) for row in rows}
    dead = await gone(tx.connection, frozenset().union(*targets.values()))
    return [row for row in rows if not targets[id(row)] & dead]


def _targets(name: str, row: Values) -> frozenset[Target]:
    return frozenset(
        Target(kind, row[column]) for column, kind in FORGOTTEN_BY[name].items() if row.get(column)
    )


def _entry(row: Values) -> Entry:
    text = f"{row['text']} {row['caption']}".strip()
    return Entry(row["id"], row["owner_id"], row["namespace"], text)


def _json(archive: zipfile.ZipFile, path: str) -> dict[str, Any]:  # Any: JSON
    told = json.loads(archive.read(path))
    return told if isinstance(told, dict) else {}


async def _sound(archive: zipfile.ZipFile, path: str, compute: Compute) -> AsyncIterator[bytes]:
    """Yield a recording's samples, without the head that its file has."""
    with archive.open(path) as stream:
        await compute.run(stream.read, WAV_HEAD_BYTES)
        while piece := await compute.run(stream.read, PIECE_BYTES):
            yield piece
