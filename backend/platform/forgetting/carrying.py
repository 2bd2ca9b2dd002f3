"""Carries a wish to forget to its end: the job behind it, which may be killed at any step.

It deletes what the wish's transaction has left, then what lies outside the database, and looks
everywhere whether anything remains. All of it in bounded parts, and each may be done twice.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.kernel.clock import SECOND, Instant, later
from backend.kernel.errors import Busy
from backend.platform.database import search_merging
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting import receipts, tombstones
from backend.platform.forgetting.finding import Finding
from backend.platform.forgetting.port import Counts, Targets, Whole, added
from backend.platform.forgetting.receipts import Receipt, State
from backend.platform.forgetting.rooms import Reached, Rooms, away
from backend.platform.forgetting.service import JOB, SLICE, Around, Forgetting
from backend.platform.forgetting.tombstones import Grave
from backend.platform.jobs.types import NewJob

SLICES_MAX = 200  # of one job: then others get their turn, and a new lease begins
# A worker that was killed between its write to a server and its look at the truth leaves something
# there that only its successor's successor could know of. By then its lease (20 s) and the longest
# write (15 s) are over, and so is the model's time before it.
AGAIN_S = 90.0

Ending = Callable[[Transaction, Mapping[str, Any]], Awaitable[None]]  # Any: a job's JSON result
"""Ends the job in the handler's own transaction; raises when the lease was lost."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found at a look."""

    scanned: Counts
    removed: Counts
    unreached: frozenset[str]


def untold(fraction: float) -> None:
    """Tell nobody how far it is."""


class Carrying:
    """The job `upkeep.forget`."""

    def __init__(
        self, *, database: Database, around: Around, rooms: Rooms, forgetting: Forgetting
    ) -> None:
        self._database, self._around, self._rooms = database, around, rooms
        self._forgetting = forgetting
        self._finding = Finding(database=database, around=around, rooms=rooms)

    async def carry_out(self, forgetting_id: str, end: Ending, progress: Progress = untold) -> None:
        """Go on wherever it stands. What a turn or a job has still written meanwhile goes too."""
        receipt = await self._receipt(forgetting_id)
        if receipt.wish is not None:
            await self._finding.find(receipt)
            receipt = await self._receipt(forgetting_id)
        if receipt.before is not None:
            await self._around.sealed.keep(_grave(receipt, tombstones.of_user(receipt.owner_id)))
            await self._weigh(receipt, receipt.before)
            if not await self._empty(receipt, progress):
                await self._go_on(forgetting_id, end)
                return
        if receipt.reached is None:  # else it was done before the first was deleted
            await self._seal(receipt)
        if receipt.is_much and not await self._follow(receipt, progress):
            await self._go_on(forgetting_id, end)
            return
        await self._remove_late(receipt)
        self._around.evict(receipt.owner_id, receipt.id)
        outside = await self._remove_outside(receipt)
        await search_merging.merge(self._database)
        await self._database.wipe()
        looked = await self._look(receipt, outside)
        await self._end(receipt, looked, end)

    async def _weigh(self, receipt: Receipt, before: Instant) -> None:
        if receipt.total:
            return
        async with self._database.reading() as connection:
            whole = Whole(receipt.owner_id, before)
            left = (await self._rooms.amounts(connection, whole)).get(receipts.MESSAGES, 0)
        async with self._database.transaction() as tx:
            await receipts.weigh(tx, receipt.id, left)

    async def _empty(self, receipt: Receipt, progress: Progress) -> bool:
        """Delete everything in small transactions; say whether none is left."""
        for _ in range(SLICES_MAX):
            async with self._database.transaction() as tx:
                count = await self._forgetting.slice(tx, receipt)
            if not count:
                return True
            progress((await self._receipt(receipt.id)).progress)
        return False

    async def _follow(self, receipt: Receipt, progress: Progress) -> bool:
        """Delete what was buried with the wish in small transactions; say whether none is left."""
        taken = 0
        async for page in tombstones.pages(self._database, receipt.id, SLICE, receipt.reached):
            async with self._database.transaction() as tx:
                removed = await self._rooms.remove(tx, receipt.owner_id, page)
                await receipts.add_removed(tx, receipt.id, removed)
                await receipts.reach(tx, receipt.id, max(page))
            progress((await self._receipt(receipt.id)).progress)
            taken += 1
            if taken == SLICES_MAX:
                return False
        return True

    async def _go_on(self, forgetting_id: str, end: Ending) -> None:
        """Promise the next part in the transaction that ends this one."""
        async with self._database.transaction() as tx:
            receipt = await receipts.read(tx.connection, forgetting_id)
            gone = sum(receipt.removed.values())
            await self._promise(tx, receipt, moment=f"behind {gone}")
            await end(tx, {"forgetting_id": forgetting_id, "progress": receipt.progress})

    async def _seal(self, receipt: Receipt) -> None:
        async for page in self._pages(receipt):
            await self._around.sealed.keep(_grave(receipt, page))

    async def _remove_late(self, receipt: Receipt) -> None:
        async for page in self._pages(receipt):
            await self._remove(receipt, page)

    async def _remove(self, receipt: Receipt, page: Targets) -> None:
        """Delete what is there of a page."""
        async with self._database.reading() as connection:
            found = await self._rooms.traces(connection, receipt.owner_id, page)
        if not any(found.values()):  # nearly always: nobody who writes waits for that
            return
        async with self._database.transaction() as tx:
            removed = await self._rooms.remove(tx, receipt.owner_id, page)
            await receipts.add_removed(tx, receipt.id, removed)

    async def _remove_outside(self, receipt: Receipt) -> Reached:
        counts, unreached = dict[str, int](), set[str]()
        async for page in self._pages(receipt):
            part = await self._rooms.remove_outside(receipt.owner_id, page)
            counts = added(counts, part.counts)
            unreached |= part.unreached
        return Reached(counts, frozenset(unreached))

    async def _look(self, receipt: Receipt, outside: Reached) -> Looked:
        """Look in the database and in whatever answers; what is away is named."""
        scanned, unreached = dict[str, int](), set(outside.unreached)
        async for page in self._pages(receipt):
            async with self._database.reading() as connection:
                inside = await self._rooms.traces(connection, receipt.owner_id, page)
            beside = await self._rooms.traces_outside(receipt.owner_id, page)
            scanned = added(scanned, inside, beside.counts)
            unreached |= beside.unreached
        return Looked(scanned, outside.counts, frozenset(unreached))

    async def _end(self, receipt: Receipt, looked: Looked, end: Ending) -> None:
        async with self._database.transaction() as tx:
            await receipts.add_removed(tx, receipt.id, looked.removed)
            is_done = await receipts.look(tx, receipt.id, looked.scanned, looked.unreached)
            if is_done:
                if receipt.state is not State.DONE:
                    await self._promise(tx, receipt, moment="again", after_s=AGAIN_S)
                result = {"forgetting_id": receipt.id, "scanned": len(looked.scanned)}
                await end(tx, result)
        if looked.unreached:
            raise away(looked.unreached)
        if not is_done:
            left = ", ".join(
                f"{count} in {name}" for name, count in looked.scanned.items() if count
            )
            raise Busy(f"Traces are still there ({left}); it is tried again.")

    async def _promise(
        self, tx: Transaction, receipt: Receipt, *, moment: str, after_s: float = 0.0
    ) -> None:
        job = NewJob(
            name=JOB,
            payload={"forgetting_id": receipt.id},
            key=f"{JOB}:{receipt.id}:{moment}",
            owner_id=receipt.owner_id,
            not_before=later(tx.at, int(after_s * SECOND)) if after_s else None,
        )
        await self._around.jobs.add(tx, job)

    def _pages(self, receipt: Receipt) -> AsyncIterator[Targets]:
        return tombstones.pages(self._database, receipt.id)

    async def _receipt(self, forgetting_id: str) -> Receipt:
        async with self._database.reading() as connection:
            return await receipts.read(connection, forgetting_id)


def _grave(receipt: Receipt, targets: Targets) -> Grave:
    return Grave(receipt.id, receipt.owner_id, receipt.at, receipt.scope, targets)
