"""The face of the room: look through a file, bring it in by a job, and take everything along."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from backend.kernel.clock import DAY, Clock, Instant
from backend.kernel.errors import Busy, Invalid, Missing
from backend.kernel.forgetting import Kind as Gone
from backend.kernel.forgetting import Target
from backend.kernel.ids import Ids, JobId, OwnerId
from backend.memory.porting import opening
from backend.memory.porting.bringing import Bringer
from backend.memory.porting.export import Exporter
from backend.memory.porting.histories import Histories
from backend.memory.porting.spool import Spool, Wish
from backend.memory.porting.standing import CalledOff, Imports, Standing
from backend.memory.porting.types import Found, Kind
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.hiding import is_going
from backend.platform.forgetting.tombstones import gone
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob

JOB = "memory.import"
BULK = -1
KEPT_DAYS = 7  # of an upload whose job did not end
AT_ITS_END = "end"  # the stage in which nothing is left to bring

Ending = Callable[[Transaction, Mapping[str, Any]], Awaitable[None]]  # Any: a job's JSON result
Step = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class PortingParts:
    """What the room stands on."""

    database: Database
    exporter: Exporter
    bringer: Bringer
    histories: Histories
    imports: Imports
    spool: Spool
    jobs: Ledger
    compute: Compute
    clock: Clock
    ids: Ids
    folder: Path  # where files lie while they are worked on, without a name


class Porting:
    """Everything that comes from elsewhere, and everything that is taken along."""

    def __init__(self, parts: PortingParts) -> None:
        self._parts = parts

    @property
    def imports(self) -> Imports:
        """Return the rows of what is on its way in."""
        return self._parts.imports

    @asynccontextmanager
    async def file(self) -> AsyncIterator[BinaryIO]:
        """Open a file that has no name: it is gone with its process, however that ends."""
        with tempfile.TemporaryFile(dir=self._parts.folder) as file:
            yield file

    # ── out ──────────────────────────────────────────────────────────────────────────────────
    async def export(self, owner_id: OwnerId, file: BinaryIO) -> None:
        """Write everything of an owner into a file, with its manifest and checksums."""
        async with self._parts.database.reading() as connection:
            if await is_going(connection, owner_id):
                raise Busy(
                    "Something is being forgotten just now, and would be in it.",
                    cure="ringback forget list shows how far it is; then try again",
                )
        await self._parts.exporter.write(owner_id, file)

    # ── in ───────────────────────────────────────────────────────────────────────────────────
    async def look_through(self, file: BinaryIO, kind: Kind) -> Found:
        """Return what a file would bring, and where it can't be read; nothing is written."""
        return await self._parts.compute.run(
            opening.look_through, file, kind, now=self._parts.clock.now()
        )

    async def start(
        self, owner_id: OwnerId, file: BinaryIO, found: Found, wish: Wish
    ) -> tuple[str, JobId]:
        """Keep a file and promise the job that brings it in; Invalid where it can't be read."""
        parts = self._parts
        if found.problems and not wish.is_lenient:
            first = found.shown[0]
            raise Invalid(
                f"It can't be read in {found.problems} places, first in line {first.line}: "
                f"{first.why}. Nothing was imported.",
                cure="--lenient passes over them; --dry-run lists them",
            )
        is_export = found.kind is Kind.RINGBACK
        if is_export and wish.is_again:
            raise Invalid(
                "What was forgotten here does not come back from an export: in it everything has"
                " its own id, and those are buried for good.",
                cure="leave out --again, and say it anew",
            )
        await parts.jobs.admit(owner_id, "memory", 1)
        import_id = parts.ids.new()
        await self._sweep()
        file.seek(0)
        named = replace(wish, kind=found.kind, lines=found.lines + found.problems)
        span = (None, None) if is_export else (found.first, found.last)
        await parts.imports.begin(owner_id, import_id, span)
        await parts.spool.keep(owner_id, import_id, named, file)
        async with parts.database.transaction() as tx:
            job_id = await parts.jobs.add(
                tx,
                NewJob(
                    name=JOB,
                    payload={"import_id": import_id},
                    key=f"{JOB}:{import_id}",
                    owner_id=owner_id,
                    priority=BULK,
                ),
            )
        return import_id, job_id

    async def run(self, owner_id: OwnerId, import_id: str, *, progress: Step, end: Ending) -> None:
        """Bring a file in: the job `memory.import`. It goes on where the last attempt stood."""
        standing = await self._parts.imports.standing(owner_id, import_id)
        if standing is None:
            await self._called_off(import_id, end)
            return
        try:
            if standing.stage != AT_ITS_END:
                await self._bring(standing, progress)
            await self._end(standing, end)
        except CalledOff:
            await self._called_off(import_id, end)

    async def _bring(self, standing: Standing, progress: Step) -> None:
        parts = self._parts
        async with self.file() as file:
            wish = await parts.spool.fetch(standing.owner_id, standing.import_id, file)
            file.seek(0)
            if wish.kind is Kind.RINGBACK:
                await parts.bringer.bring(standing, file, progress)
            else:
                await parts.histories.bring(standing, wish, file, progress=progress)
        async with parts.imports.step(standing, AT_ITS_END, 0):
            """Nothing is left to bring: the upload may go."""

    async def _end(self, standing: Standing, end: Ending) -> None:
        # The upload goes first: whoever is killed in between leaves no file that nobody names.
        await self._parts.spool.drop(standing.import_id)
        async with self._parts.database.transaction() as tx:
            await self._parts.imports.end(tx, standing)
            await end(tx, standing.brought.result())

    async def _called_off(self, import_id: str, end: Ending) -> None:
        """End the job of an import whose file was forgotten; Missing when nobody has said so."""
        target = Target(Gone.IMPORT, import_id)
        await self._parts.spool.drop(import_id)
        async with self._parts.database.transaction() as tx:
            if not await gone(tx.connection, frozenset({target})):
                raise Missing("What was uploaded is not kept any more.", cure="import it again")
            await end(tx, {"called_off": True})

    async def _sweep(self) -> None:
        before = Instant(self._parts.clock.now() - KEPT_DAYS * DAY)
        await self._parts.spool.sweep(before)
        await self._parts.imports.sweep(before)
