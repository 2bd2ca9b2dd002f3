"""The face of the room: look through a file, bring it in by a job, and take everything along."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from backend.kernel.clock import DAY, Clock, Instant
from backend.kernel.errors import Invalid
from backend.kernel.forgetting import Kind as Gone
from backend.kernel.forgetting import Target
from backend.kernel.ids import Ids, JobId, OwnerId
from backend.kernel.people import Assurance
from backend.memory.facts.secrets import Handling, scrubbed
from backend.memory.porting import opening
from backend.memory.porting.bringing import Bringer, Brought, next_of, stable_id
from backend.memory.porting.export import Exporter
from backend.memory.porting.spool import Spool, Wish
from backend.memory.porting.types import Found, Kind, Line, Problem
from backend.memory.service import Memory
from backend.memory.types import NewMemory, NewMessage
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.tombstones import gone
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob

BATCH = 100  # lines in one transaction: a call's turn waits for no more than these
JOB = "memory.import"
BULK = -1
KEPT_DAYS = 7  # of an upload whose job did not end
CHANNEL = "import"

Ending = Callable[[Transaction, Mapping[str, Any]], Awaitable[None]]  # Any: a job's JSON result
Step = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class PortingParts:
    """What the room stands on."""

    database: Database
    memory: Memory
    exporter: Exporter
    bringer: Bringer
    spool: Spool
    jobs: Ledger
    compute: Compute
    clock: Clock
    ids: Ids
    folder: Path  # where files lie while they are worked on, without a name
    secrets: Handling = "keep"


class Porting:
    """Everything that comes from elsewhere, and everything that is taken along."""

    def __init__(self, parts: PortingParts) -> None:
        self._parts = parts

    @asynccontextmanager
    async def file(self) -> AsyncIterator[BinaryIO]:
        """Open a file that has no name: it is gone with its process, however that ends."""
        with tempfile.TemporaryFile(dir=self._parts.folder) as file:
            yield file

    # ── out ──────────────────────────────────────────────────────────────────────────────────
    async def export(self, owner_id: OwnerId, file: BinaryIO) -> None:
        """Write everything of an owner into a file, with its manifest and checksums."""
        await self._parts.exporter.write(owner_id, file)

    # ── in ───────────────────────────────────────────────────────────────────────────────────
    async def look_through(self, file: BinaryIO, kind: Kind) -> Found:
        """Return what a file would bring, and where it can't be read; nothing is written."""
        return await self._parts.compute.run(opening.look_through, file, kind)

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
        await parts.jobs.admit(owner_id, "memory", 1)
        import_id = parts.ids.new()
        await parts.spool.sweep(Instant(parts.clock.now() - KEPT_DAYS * DAY))
        file.seek(0)
        named = Wish(found.kind, wish.namespace, wish.is_lenient)
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
        """Bring a file in: the job `memory.import`. A second run goes on where it was cut off."""
        parts = self._parts
        async with self.file() as file:
            wish = await parts.spool.fetch(owner_id, import_id, file)
            file.seek(0)
            if wish.kind is Kind.RINGBACK:
                brought = await parts.bringer.bring(owner_id, import_id, file, progress)
            else:
                brought = await self._bring(owner_id, wish, file, progress)
        async with parts.database.transaction() as tx:
            await end(tx, brought.result())
        await parts.spool.drop(import_id)

    async def _bring(
        self, owner_id: OwnerId, wish: Wish, file: BinaryIO, progress: Step
    ) -> Brought:
        brought, parts = Brought(), self._parts
        size = max(file.seek(0, 2), 1)
        lines = opening.read(file, wish.kind)
        while batch := await parts.compute.run(next_of, lines, BATCH):
            said = [each for each in batch if isinstance(each, Line)]
            brought.passed_over += sum(isinstance(each, Problem) for each in batch)
            async with parts.database.transaction() as tx:
                await self._keep(tx, owner_id, wish.namespace, said=said, brought=brought)
            progress(min(file.tell() / size, 0.99))
        return brought

    async def _keep(
        self,
        tx: Transaction,
        owner_id: OwnerId,
        namespace: str,
        *,
        said: Sequence[Line],
        brought: Brought,
    ) -> None:
        parts = self._parts
        new = [_message(owner_id, namespace, self._clean(line)) for line in said]
        targets = frozenset(Target(Gone.MESSAGE, str(message.id)) for message in new)
        dead = {target.id for target in await gone(tx.connection, targets)}
        alive = [message for message in new if message.id not in dead]
        kept = set(await parts.memory.keep(tx, alive)) if alive else set()
        memories = {line.id for line in said if line.is_memory}
        for message in alive:
            if message.id in kept and message.external_id in memories:
                assert message.id is not None  # it was given one
                await parts.memory.remember(
                    tx,
                    NewMemory(
                        owner_id=owner_id,
                        text=message.text,
                        message_id=message.id,
                        assurance=message.assurance,
                        valid_from=message.said_at,
                        namespace=namespace,
                    ),
                )
        brought.add("messages", len(kept))
        brought.known += len(alive) - len(kept)
        brought.forgotten += len(new) - len(alive)

    def _clean(self, line: Line) -> tuple[Line, str, str]:
        """Return a line with its words, without their secrets where these are not kept."""
        if self._parts.secrets == "keep":
            return line, line.text, line.caption
        return line, scrubbed(line.text).text, scrubbed(line.caption).text


def _message(owner_id: OwnerId, namespace: str, clean: tuple[Line, str, str]) -> NewMessage:
    line, text, caption = clean
    return NewMessage(
        id=stable_id(owner_id, namespace, line.id, line.said_at),
        owner_id=owner_id,
        namespace=namespace,
        text=text,
        caption=caption,
        speaker=line.speaker,
        role="companion" if line.is_machine else "import",
        assurance=Assurance.HELD,
        said_at=line.said_at,
        external_id=line.id,
        session=line.session,
        channel=CHANNEL,
        is_recallable=not line.is_machine,
    )
