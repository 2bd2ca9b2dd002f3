"""Forgets: finds what falls with a wish, deletes it at once, and looks that nothing is left."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.errors import Busy, Missing
from backend.kernel.forgetting import Closure, Everything, Kind, Scope, Target
from backend.kernel.ids import Ids, OwnerId
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog
from backend.platform.forgetting import receipts, tombstones
from backend.platform.forgetting.port import Counts, Example, Forgettable, Targets, added
from backend.platform.forgetting.receipts import Receipt
from backend.platform.forgetting.tombstones import Grave, SealedTombstones
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob
from backend.platform.signals.port import Signals

JOB = "upkeep.forget"
EVICT = "forgotten"  # the topic that tells every process whose words it must not hold any more
EXAMPLES_MAX = 12
ROUNDS_MAX = 50

Ending = Callable[[Transaction, Mapping[str, Any]], Awaitable[None]]  # Any: a job's JSON result
"""Ends the job in the handler's own transaction; raises when the lease was lost."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go, by where it lies, and some of it as its owner knows it."""

    closure: Closure
    counts: Counts
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the transaction took away, and where its receipt is."""

    id: str
    closure: Closure
    removed: Counts


@dataclass(frozen=True, slots=True)
class Around:
    """What forgetting stands on beside the database."""

    ids: Ids
    events: EventLog
    jobs: Ledger
    signals: Signals
    sealed: SealedTombstones


class Forgetting:
    """One way to forget for every room, every door and every reason."""

    def __init__(
        self, *, database: Database, around: Around, forgettables: Sequence[Forgettable]
    ) -> None:
        self._database, self._around = database, around
        self._forgettables = tuple(forgettables)

    # ── before ───────────────────────────────────────────────────────────────────────────────
    async def preview(self, scope: Scope) -> Preview:
        """Return all that would go, and change nothing."""
        async with self._database.reading() as connection:
            targets = await self.closure(connection, scope)
            counts = await self._traces(connection, scope.owner_id, targets)
            examples: list[Example] = []
            for each in self._forgettables:
                room = EXAMPLES_MAX - len(examples)
                if room > 0:
                    examples += await each.examples(connection, scope.owner_id, targets, room)
        outside = await self._traces_outside(scope.owner_id, targets)
        found = {name: count for name, count in added(counts, outside).items() if count}
        return Preview(Closure(scope, targets), found, tuple(examples))

    async def closure(self, connection: AsyncConnection, scope: Scope) -> Targets:
        """Return everything that falls with a wish."""
        if isinstance(scope.what, Everything):  # whatever there is falls of itself
            user = frozenset({Target(Kind.USER, scope.owner_id)})
            return await self._round(connection, scope, user)
        known: Targets = frozenset()
        for _ in range(ROUNDS_MAX):
            found = await self._round(connection, scope, known)
            if found == known:
                return known
            known = found
        raise Busy("What falls with this finds no end.", cure="forget a smaller part of it first")

    async def _round(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        for each in self._forgettables:
            known |= await each.closure(connection, scope, known)
        return known

    # ── the transaction ──────────────────────────────────────────────────────────────────────
    async def forget(self, tx: Transaction, scope: Scope, *, actor: str) -> Outcome:
        """Delete all rows of a wish and bury their names, in the caller's transaction.

        What lies outside the database goes by a job that is promised here. There is no way back.
        """
        for each in self._forgettables:
            await each.halt(tx, scope)
        targets = await self.closure(tx.connection, scope)
        if not targets:
            raise Missing("There is nothing like that to forget.")
        grave = Grave(
            id=self._around.ids.new(),
            owner_id=scope.owner_id,
            at=tx.at,
            scope=receipts.told(scope.what),
            targets=targets,
        )
        removed = await self._bury(tx, grave, actor=actor)
        await self._tell(tx, grave)
        return Outcome(grave.id, Closure(scope, targets), removed)

    async def _bury(self, tx: Transaction, grave: Grave, *, actor: str) -> Counts:
        await receipts.begin(tx, grave, actor=actor)
        await tombstones.bury(tx, grave)
        removed = await self._remove(tx, grave.owner_id, grave.targets)
        await receipts.add_removed(tx, grave.id, removed)
        await self._promise(tx, grave, moment="first")
        return removed

    async def _remove(self, tx: Transaction, owner_id: OwnerId, targets: Targets) -> Counts:
        return added(*[await each.forget(tx, owner_id, targets) for each in self._forgettables])

    async def _promise(self, tx: Transaction, grave: Grave, *, moment: str) -> None:
        await self._around.jobs.add(
            tx,
            NewJob(
                name=JOB,
                payload={"forgetting_id": grave.id},
                key=f"{JOB}:{grave.id}:{moment}",
                owner_id=grave.owner_id,
            ),
        )

    async def _tell(self, tx: Transaction, grave: Grave) -> None:
        await self._around.events.append(
            tx,
            owner_id=grave.owner_id,
            stream=f"owner:{grave.owner_id}",
            kind="memory.forgotten",
            payload={"forgetting_id": grave.id},
            actor="companion",
        )
        tx.after_commit(lambda: self._around.signals.publish(EVICT, grave.owner_id))

    # ── the job ──────────────────────────────────────────────────────────────────────────────
    async def carry_out(self, forgetting_id: str, end: Ending) -> None:
        """Delete what lies outside the database, then look everywhere whether anything is left.

        Every step may be done twice. What a turn or a job has still written meanwhile goes too.
        """
        async with self._database.reading() as connection:
            receipt = await receipts.read(connection, forgetting_id)
            targets = await tombstones.buried(connection, forgetting_id)
        owner_id = receipt.owner_id
        await self._around.sealed.keep(
            Grave(receipt.id, owner_id, receipt.at, receipt.scope, targets)
        )
        async with self._database.transaction() as tx:
            late = await self._remove(tx, owner_id, targets)
            await receipts.add_removed(tx, forgetting_id, late)
        self._around.signals.publish(EVICT, owner_id)
        outside = [await each.forget_outside(owner_id, targets) for each in self._forgettables]
        await self._database.wipe()
        scanned = await self._scan(owner_id, targets)
        async with self._database.transaction() as tx:
            await receipts.add_removed(tx, forgetting_id, added(*outside))
            left = await receipts.look(tx, forgetting_id, scanned)
            if not left:
                await end(tx, {"forgetting_id": forgetting_id, "scanned": len(scanned)})
        if left:
            raise Busy(f"{left} traces are still there; it is tried again.")

    async def _scan(self, owner_id: OwnerId, targets: Targets) -> Counts:
        async with self._database.reading() as connection:
            inside = await self._traces(connection, owner_id, targets)
        return added(inside, await self._traces_outside(owner_id, targets))

    async def _traces(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Counts:
        found = [await each.traces(connection, owner_id, targets) for each in self._forgettables]
        return added(*found)

    async def _traces_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        found = [await each.traces_outside(owner_id, targets) for each in self._forgettables]
        return added(*found)

    # ── when its time is over ────────────────────────────────────────────────────────────────
    async def expire(self, owner_id: OwnerId, targets: Targets) -> int:
        """Delete what was kept long enough; what the owner has pinned stays with its words.

        What lies outside goes first: a crash in between leaves rows that lead to it once more.
        """
        for each in self._forgettables:
            await each.forget_outside(owner_id, targets)
        async with self._database.transaction() as tx:
            parts = [
                await each.forget(tx, owner_id, targets, keeps_pinned=True)
                for each in self._forgettables
            ]
        return sum(added(*parts).values())

    # ── after a restore ──────────────────────────────────────────────────────────────────────
    async def replay(self, tx: Transaction, sealed: SealedTombstones) -> list[Grave]:
        """Forget again what was forgotten after an archive was made, in the restore's transaction.

        Returns what was replayed: objects that the archive has brought back are to go as well.
        """
        known = await receipts.known(tx.connection)
        graves = [grave for grave in await sealed.read() if grave.id not in known]
        return [await self._replay(tx, grave) for grave in graves]

    async def _replay(self, tx: Transaction, grave: Grave) -> Grave:
        targets = grave.targets
        if Target(Kind.USER, grave.owner_id) in targets:
            # All of an older archive is older than the wish: also what was gone by then.
            targets |= await self.closure(tx.connection, Scope(grave.owner_id, Everything()))
        again = Grave(grave.id, grave.owner_id, grave.at, grave.scope, targets)
        await self._bury(tx, again, actor="restore")
        return again

    async def forget_outside(self, grave: Grave) -> None:
        """Delete what lies outside the database of one forgetting; the job does it once more."""
        for each in self._forgettables:
            await each.forget_outside(grave.owner_id, grave.targets)

    # ── receipts ─────────────────────────────────────────────────────────────────────────────
    async def receipt(self, owner_id: OwnerId, forgetting_id: str) -> Receipt:
        """Return what became of a wish."""
        async with self._database.reading() as connection:
            return await receipts.read(connection, forgetting_id, owner_id)

    async def receipts(self, owner_id: OwnerId, limit: int = 50) -> list[Receipt]:
        """Return an owner's newest receipts."""
        async with self._database.reading() as connection:
            return await receipts.listed(connection, owner_id, limit)
