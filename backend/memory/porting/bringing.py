"""Brings our own export back: the same ids, dates, pins, validity, history and sources."""

import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import BinaryIO, Protocol

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects import postgresql, sqlite

from backend.kernel.ids import OwnerId
from backend.kernel.people import Arrival
from backend.memory.facts.service import Facts
from backend.memory.facts.store import Memoir
from backend.memory.porting import archives
from backend.memory.porting.archives import Manifest
from backend.memory.porting.enclosures import ENCLOSURES, Enclosures
from backend.memory.porting.histories import next_of, skip
from backend.memory.porting.homecoming import Homecoming, alive, entry
from backend.memory.porting.standing import Imports, Standing
from backend.memory.porting.tables import COME_BACK, Values
from backend.memory.service import Memory
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.tables import facts, metadata
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob

BATCH = 100  # rows in one transaction: a call's turn waits for no more than these
PEOPLE, SETTLING = "people", "settling"
STAGES = (PEOPLE, *COME_BACK, SETTLING, ENCLOSURES)
PEOPLE_MAX = 500
# Where a fact here stands otherwise than the export says, somebody has worked on it meanwhile.
STANDS = ("valid_to", "retracted_at", "retracted_as", "superseded_by")

Step = Callable[[float], None]


class Residents(Protocol):
    """Knows who is enrolled here, and takes in whom an export names; never with any right."""

    async def meant(self, owner_id: OwnerId, arrivals: Sequence[Arrival]) -> Mapping[str, str]:
        """Return who of these is known here already: their id there → here."""
        ...

    async def take_in(
        self, tx: Transaction, owner_id: OwnerId, arrival: Arrival
    ) -> tuple[int, int]:
        """Add somebody or what they lack; return how many people and how many numbers are new."""
        ...


class Bringer:
    """Writes the rows of an export that was looked through."""

    def __init__(  # noqa: PLR0913 - one of each room that takes something
        self,
        *,
        database: Database,
        memory: Memory,
        facts: Facts,
        residents: Residents,
        enclosures: Enclosures,
        imports: Imports,
        jobs: Ledger,
        compute: Compute,
    ) -> None:
        self._database, self._memory, self._facts = database, memory, facts
        self._residents, self._enclosures = residents, enclosures
        self._imports, self._jobs, self._compute = imports, jobs, compute

    async def bring(self, standing: Standing, file: BinaryIO, progress: Step) -> None:
        """Write everything that is not here; it goes on where an earlier attempt stood."""
        with archives.opened(file) as archive:
            manifest = await self._compute.run(archives.manifest_of, archive)
            begun = STAGES.index(standing.stage) if standing.stage in STAGES else 0
            arrivals = await self._compute.run(_arrivals, archive, manifest.owner_id)
            if begun == 0:
                await self._people(standing, arrivals)
            coming = await self._coming(standing, manifest, arrivals)
            sizes = [_rows_of(manifest, name) for name in STAGES]
            for at in range(max(begun, 1), len(STAGES)):
                told = _Told(progress, sum(sizes[:at]), max(sum(sizes), 1))
                await self._stage(standing, archive, STAGES[at], coming=coming, told=told)

    async def _stage(
        self,
        standing: Standing,
        archive: zipfile.ZipFile,
        name: str,
        *,
        coming: Homecoming,
        told: "_Told",
    ) -> None:
        if name == SETTLING:
            await self._settle(standing, archive)
        elif name == ENCLOSURES:
            manifest = await self._compute.run(archives.manifest_of, archive)
            paths = sorted(path for path in manifest.files if archives.is_enclosure(path))
            for path in paths[standing.begun(name) :]:
                await self._enclosures.bring(standing, archive, path)
        else:
            await self._table(standing, archive, name, coming=coming, told=told)

    # ── people ───────────────────────────────────────────────────────────────────────────────
    async def _people(self, standing: Standing, arrivals: Sequence[Arrival]) -> None:
        for arrival in arrivals[standing.begun(PEOPLE) :]:
            async with self._imports.step(standing, PEOPLE, 1) as tx:
                people, numbers = await self._residents.take_in(tx, standing.owner_id, arrival)
                standing.brought.add("people", people)
                standing.brought.unconfirmed += numbers

    async def _coming(
        self, standing: Standing, manifest: Manifest, arrivals: Sequence[Arrival]
    ) -> Homecoming:
        known = await self._residents.meant(standing.owner_id, arrivals)
        here = dict(known) | {manifest.owner_id: str(standing.owner_id)}
        return Homecoming(manifest.owner_id, standing.owner_id, standing.import_id, here)

    # ── rows ─────────────────────────────────────────────────────────────────────────────────
    async def _table(
        self,
        standing: Standing,
        archive: zipfile.ZipFile,
        name: str,
        *,
        coming: Homecoming,
        told: "_Told",
    ) -> None:
        rows, begun = archives.rows(archive, name), standing.begun(name)
        await self._compute.run(skip, rows, begun)
        told.more(begun)
        while batch := await self._compute.run(next_of, rows, BATCH):
            async with self._imports.step(standing, name, len(batch)) as tx:
                new = await self._write(
                    tx, standing, name, [coming.row(name, row) for row in batch]
                )
                await self._follow(tx, coming, name, new)
            told.more(len(batch))

    async def _write(
        self, tx: Transaction, standing: Standing, name: str, rows: Sequence[Values]
    ) -> list[Values]:
        """Write what may come and is not here; return it."""
        table, brought = metadata.tables[name], standing.brought
        key = next(iter(table.primary_key.columns))
        may_come = await alive(tx, name, rows)
        brought.forgotten += len(rows) - len(may_come)
        query = select(key).where(key.in_([row[key.name] for row in may_come]))
        there = set((await tx.execute(query)).scalars())
        new = [row for row in may_come if row[key.name] not in there]
        if new:
            insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
            await tx.execute(insert(table).on_conflict_do_nothing(), new)
            mine = query.where(table.c.owner_id == standing.owner_id)
            written = set((await tx.execute(mine)).scalars()) - there
            new = [row for row in new if row[key.name] in written]
        brought.add(name, len(new))
        brought.known += len(may_come) - len(new)
        return new

    async def _follow(
        self, tx: Transaction, coming: Homecoming, name: str, new: Sequence[Values]
    ) -> None:
        """Promise what follows from new rows, in the transaction that writes them."""
        if name == "messages" and new:
            entries = [entry(row) for row in new if row["is_recallable"]]
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

    # ── facts that meet ──────────────────────────────────────────────────────────────────────
    async def _settle(self, standing: Standing, archive: zipfile.ZipFile) -> None:
        """Work out together what is held here and what has come; a second time it is the same."""
        met: set[tuple[str, str]] = set()
        come = await self._compute.run(_ids, archives.rows(archive, "facts"))
        rows = archives.rows(archive, "facts")
        while batch := await self._compute.run(next_of, rows, BATCH):
            met |= await self._met(standing.owner_id, batch, come)
        for namespace in sorted({namespace for namespace, _ in met}):
            names = iter(sorted(key for space, key in met if space == namespace))
            while some := next_of(names, BATCH):
                async with self._imports.step(standing, SETTLING, 0) as tx:
                    memoir = Memoir(standing.owner_id, namespace)
                    await self._facts.work_out(tx, memoir, set(some))

    async def _met(
        self, owner_id: OwnerId, batch: Sequence[Values], come: frozenset[str]
    ) -> set[tuple[str, str]]:
        """Return of whom something else is held here, or something was worked out meanwhile."""
        spaces = {row["namespace"] for row in batch}
        query = select(facts).where(
            facts.c.owner_id == owner_id,
            facts.c.subject_key.in_({row["subject_key"] for row in batch}),
            facts.c.learnt_at.is_not(None),
        )
        async with self._database.reading() as connection:
            held = (await connection.execute(query)).mappings().all()
        given = {row["id"]: row for row in batch}
        return {
            (row["namespace"], row["subject_key"])
            for row in held
            if row["namespace"] in spaces and _differs(row, given.get(row["id"]), come)
        }


class _Told:
    """Tells how far all of it is."""

    def __init__(self, progress: Step, done: int, total: int) -> None:
        self._progress, self._done, self._total = progress, done, total

    def more(self, count: int) -> None:
        self._done += count
        self._progress(min(self._done / self._total, 0.99))


def _rows_of(manifest: Manifest, name: str) -> int:
    rows = manifest.files.get(f"data/{name}.jsonl", {}).get("rows", 0)
    return rows if isinstance(rows, int) else 0


def _arrivals(archive: zipfile.ZipFile, before: str) -> list[Arrival]:
    numbers: dict[str, list[str]] = defaultdict(list)
    for row in archives.rows(archive, "numbers"):
        numbers[row["person_id"]].append(row["number"])
    rows = islice(archives.rows(archive, PEOPLE), PEOPLE_MAX)
    return [
        Arrival(
            id=row["id"],
            name=row["name"],
            role=row["role"],
            zone=row["zone"],
            voice=row["voice"],
            numbers=tuple(numbers[row["id"]]),
            recording_consent=row["recording_consent"],
            is_self=row["id"] == before,
        )
        for row in rows
    ]


def _ids(rows: Iterator[Values]) -> frozenset[str]:
    return frozenset(row["id"] for row in rows)


def _differs(held: RowMapping, given: Values | None, come: frozenset[str]) -> bool:
    if given is None:
        return held["id"] not in come
    return any(held[name] != given[name] for name in STANDS)
