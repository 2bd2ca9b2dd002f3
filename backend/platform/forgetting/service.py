"""Takes up a wish to forget: finds what falls with it and deletes it at once, or begins to.

What one transaction can't bear shows no more from its commit on, and the rows go in small ones
behind it. Of everything, each takes its tombstones along; of years or of somebody who was spoken of
daily, all that falls was found before, while nobody waited, and is buried with the wish.
"""

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.errors import Missing
from backend.kernel.forgetting import Closure, Everything, Kind, Period, Person, Scope
from backend.kernel.ids import Ids, OwnerId
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog
from backend.platform.forgetting import receipts, tombstones
from backend.platform.forgetting.port import Counts, Example, Targets, Whole, added
from backend.platform.forgetting.receipts import Receipt
from backend.platform.forgetting.rooms import Rooms, away
from backend.platform.forgetting.tombstones import Grave, SealedTombstones
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob
from backend.platform.signals.port import Signals

JOB = "upkeep.forget"
EVERYTHING = "everything"
EVICT = "forgotten"  # the topic that tells every process whose words it must not hold any more
EXAMPLES_MAX = 12
AT_ONCE = 500  # things that go in the wish's own transaction, when everything is to go
ALWAYS = Instant(2**62)
ONE_GO = 1_000  # things that a wish for less than everything takes away by itself
SLICE = 250  # of each transaction behind it: a call's turn waits for no more than these


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go, by where it lies, and some of it as its owner knows it."""

    closure: Closure
    counts: Counts
    examples: tuple[Example, ...]
    unreached: frozenset[str] = frozenset()
    unclear: Targets = frozenset()  # what only says a name that several bear: it stays


@dataclass(frozen=True, slots=True)
class Promised:
    """A wish whose end is found by the job that carries it out, and that job."""

    id: str
    job_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the transaction took away, and where its receipt is."""

    id: str
    closure: Closure
    removed: Counts


@dataclass(frozen=True, slots=True)
class Much:
    """What falls with a wish that is too much for one transaction, and its other names."""

    targets: Targets
    aliases: Targets
    unclear: Targets = frozenset()


@dataclass(frozen=True, slots=True)
class Around:
    """What forgetting stands on beside the database."""

    ids: Ids
    events: EventLog
    jobs: Ledger
    signals: Signals
    sealed: SealedTombstones

    async def tell(self, tx: Transaction, owner_id: OwnerId, forgetting_id: str) -> None:
        """Write down that something was forgotten, and have every process let go of it."""
        await self.events.append(
            tx,
            owner_id=owner_id,
            stream=f"owner:{owner_id}",
            kind="memory.forgotten",
            payload={"forgetting_id": forgetting_id},
            actor="companion",
        )
        tx.after_commit(lambda: self.evict(owner_id, forgetting_id))

    def evict(self, owner_id: OwnerId, forgetting_id: str) -> None:
        """Tell every process to let go of what it holds; it may be told more than once."""
        self.signals.publish(EVICT, f"{owner_id} {forgetting_id}")


def evicted(news: str) -> tuple[OwnerId, str]:
    """Return whose words are to be let go of, and for which wish."""
    owner_id, _, forgetting_id = news.partition(" ")
    return OwnerId(owner_id), forgetting_id


class Forgetting:
    """One way to forget for every room, every door and every reason."""

    def __init__(self, *, database: Database, around: Around, rooms: Rooms) -> None:
        self._database, self._around, self._rooms = database, around, rooms

    # ── before ───────────────────────────────────────────────────────────────────────────────
    async def preview(self, scope: Scope) -> Preview:
        """Return all that would go, and change nothing."""
        async with self._database.reading() as connection:
            targets = await self.closure(connection, scope)
            unclear = await self._rooms.unclear(connection, scope, targets)
            found = await self._rooms.traces(connection, scope.owner_id, targets)
            shown = targets
            if isinstance(scope.what, Everything):
                whole = Whole(scope.owner_id, ALWAYS)
                found = added(found, await self._rooms.amounts(connection, whole))
                shown |= await self._rooms.some(connection, whole, AT_ONCE)
            examples = await self._rooms.examples(connection, scope.owner_id, shown, EXAMPLES_MAX)
        outside = await self._rooms.traces_outside(scope.owner_id, shown)
        counts = {name: count for name, count in added(found, outside.counts).items() if count}
        return Preview(Closure(scope, targets), counts, examples, outside.unreached, unclear)

    async def closure(self, connection: AsyncConnection, scope: Scope) -> Targets:
        """Return everything that falls with a wish; of everything, what is few."""
        return await self._rooms.closure(connection, scope)

    async def unclear(self, connection: AsyncConnection, scope: Scope, falls: Targets) -> Targets:
        """Return what only says a name that several bear, of all that does not fall."""
        return await self._rooms.unclear(connection, scope, falls)

    async def is_large(self, scope: Scope) -> bool:
        """Say at a glance whether whoever wishes it would wait for long until all is found."""
        if not isinstance(scope.what, Period | Person):
            return False
        async with self._database.reading() as connection:
            return await self._rooms.weight(connection, scope) > ONE_GO

    async def promise(self, tx: Transaction, scope: Scope, *, actor: str) -> Promised:
        """Take a large wish up: its job finds what falls, and buries all of it at once."""
        assert isinstance(scope.what, Period | Person)
        forgetting_id, told = self._around.ids.new(), receipts.told(scope.what)
        grave = Grave(forgetting_id, scope.owner_id, tx.at, told, frozenset())
        await receipts.begin(tx, grave, actor=actor)
        sealed = self._around.sealed.seal_wish(forgetting_id, scope.what)
        await receipts.wait(tx, forgetting_id, sealed)
        return Promised(forgetting_id, await self._promise(tx, grave))

    async def much(self, scope: Scope) -> Much | None:
        """Return what falls with a wish, where it is too much for one transaction; else None."""
        if not isinstance(scope.what, Period | Person):
            return None
        async with self._database.reading() as connection:
            found = await self.closure(connection, scope)
            if len(found) <= ONE_GO:
                return None
            aliases = await self._rooms.aliases(connection, scope.owner_id, found)
            return Much(found, aliases, await self._rooms.unclear(connection, scope, found))

    # ── the transaction ──────────────────────────────────────────────────────────────────────
    async def forget(
        self, tx: Transaction, scope: Scope, *, actor: str, much: Much | None = None
    ) -> Outcome:
        """Delete all rows of a wish and bury their names, in the caller's transaction.

        What lies outside the database goes by a job that is promised here, and so do the rows that
        are too many for one transaction (`much`, as it was found before). There is no way back.
        """
        await self._rooms.halt(tx, scope)
        if much is None:
            targets = await self.closure(tx.connection, scope)
            unclear = await self._rooms.unclear(tx.connection, scope, targets)
        else:
            unclear = much.unclear
            spared = await self._rooms.spared(tx.connection, scope.owner_id, much.targets)
            targets = much.targets - spared
        if not targets:
            raise Missing("There is nothing like that to forget.")
        grave = Grave(
            id=self._around.ids.new(),
            owner_id=scope.owner_id,
            at=tx.at,
            scope=receipts.told(scope.what),
            targets=targets,
        )
        removed = await self._begin(tx, grave, actor=actor, much=much)
        await receipts.leave(tx, grave.id, unclear)
        await self._tell(tx, grave)
        return Outcome(grave.id, Closure(scope, targets), removed)

    async def _begin(
        self, tx: Transaction, grave: Grave, *, actor: str, much: Much | None = None
    ) -> Counts:
        """Write the wish down, promise the job, and delete what this transaction can bear."""
        await self._promise(tx, grave)
        if much is not None:
            total = sum(target.kind is Kind.MESSAGE for target in grave.targets)
            await receipts.begin(tx, grave, actor=actor, total=total)
            await tombstones.bury(tx, replace(grave, targets=grave.targets | much.aliases))
            removed = await self._rooms.remove_shown(tx, grave.owner_id, grave.targets)
            await receipts.add_removed(tx, grave.id, removed)
            return removed
        if grave.scope.get("what") != EVERYTHING:
            await receipts.begin(tx, grave, actor=actor)
            return await self._bury(tx, grave)
        whole = Whole(grave.owner_id, grave.at)
        await receipts.begin(tx, grave, actor=actor, before=grave.at)
        removed = await self._bury(tx, grave)
        more = await self._rooms.some(tx.connection, whole, AT_ONCE)
        return added(removed, await self._bury(tx, replace(grave, targets=more)))

    async def _bury(self, tx: Transaction, grave: Grave) -> Counts:
        aliases = await self._rooms.aliases(tx.connection, grave.owner_id, grave.targets)
        await tombstones.bury(tx, replace(grave, targets=grave.targets | aliases))
        removed = await self._rooms.remove(tx, grave.owner_id, grave.targets)
        await receipts.add_removed(tx, grave.id, removed)
        return removed

    async def _promise(self, tx: Transaction, grave: Grave) -> str:
        return await self._around.jobs.add(
            tx,
            NewJob(
                name=JOB,
                payload={"forgetting_id": grave.id},
                key=f"{JOB}:{grave.id}:first",
                owner_id=grave.owner_id,
            ),
        )

    async def _tell(self, tx: Transaction, grave: Grave) -> None:
        await self._around.tell(tx, grave.owner_id, grave.id)

    async def slice(self, tx: Transaction, receipt: Receipt) -> int:
        """Bury and delete a little of everything; returns how much, 0 when all of it is gone."""
        assert receipt.before is not None
        whole = Whole(receipt.owner_id, receipt.before)
        targets = await self._rooms.some(tx.connection, whole, SLICE)
        if targets:
            grave = Grave(receipt.id, receipt.owner_id, receipt.at, receipt.scope, targets)
            await self._bury(tx, grave)
        return len(targets)

    # ── when its time is over ────────────────────────────────────────────────────────────────
    async def expire(self, owner_id: OwnerId, targets: Targets) -> int:
        """Delete what was kept long enough; what the owner has pinned stays with its words.

        What lies outside goes first: a crash in between leaves rows that lead to it once more. And
        it goes again behind the rows: a job may have written there meanwhile.
        """
        await self._outside(owner_id, targets)
        async with self._database.transaction() as tx:
            removed = await self._rooms.remove(tx, owner_id, targets, keeps_pinned=True)
        await self._outside(owner_id, targets)
        return sum(removed.values())

    async def _outside(self, owner_id: OwnerId, targets: Targets) -> None:
        reached = await self._rooms.remove_outside(owner_id, targets)
        if reached.unreached:
            raise away(reached.unreached)

    # ── after a restore ──────────────────────────────────────────────────────────────────────
    async def replay(self, tx: Transaction, sealed: SealedTombstones) -> list[Receipt]:
        """Forget again what was forgotten after an archive was made, in the restore's transaction.

        Returns what was replayed: objects that the archive has brought back are to go as well.
        """
        known = await receipts.known(tx.connection)
        begun: dict[str, None] = {}
        async for grave in sealed.read():
            if grave.id in known:
                continue
            if grave.id in begun:
                await self._bury(tx, grave)
            else:
                await self._begin(tx, grave, actor="restore")
                begun[grave.id] = None
        replayed = [await receipts.read(tx.connection, each) for each in begun]
        for receipt in replayed:
            while receipt.before is not None and await self.slice(tx, receipt):
                pass
        return replayed

    # ── receipts ─────────────────────────────────────────────────────────────────────────────
    async def receipt(self, owner_id: OwnerId, forgetting_id: str) -> Receipt:
        """Return what became of a wish."""
        async with self._database.reading() as connection:
            return await receipts.read(connection, forgetting_id, owner_id)

    async def receipts(self, owner_id: OwnerId, limit: int = 50) -> list[Receipt]:
        """Return an owner's newest receipts."""
        async with self._database.reading() as connection:
            return await receipts.listed(connection, owner_id, limit)
