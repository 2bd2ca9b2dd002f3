"""Finds what falls with a large wish, behind the answer to whoever wished it.

Nothing of it is deleted before all of it is found: it is buried in small transactions, and one more
has it show no more. Whoever takes over from a killed worker finds it again, and buries the rest.
"""

from backend.kernel.forgetting import Kind, Scope
from backend.platform.database.batches import batches
from backend.platform.database.engine import Database
from backend.platform.forgetting import receipts, tombstones
from backend.platform.forgetting.port import Targets
from backend.platform.forgetting.receipts import Receipt
from backend.platform.forgetting.rooms import Rooms
from backend.platform.forgetting.service import Around
from backend.platform.forgetting.tombstones import Grave

BURIED_AT_ONCE = 4_000  # names in one transaction: a tenth of a second
HIDDEN_AT_ONCE = 1_000


class Finding:
    """The beginning of a large wish's job."""

    def __init__(self, *, database: Database, around: Around, rooms: Rooms) -> None:
        self._database, self._around, self._rooms = database, around, rooms

    async def find(self, receipt: Receipt) -> None:
        """Bury all that falls, have it show no more, and delete what would show all the same."""
        assert receipt.wish is not None
        what = self._around.sealed.open_wish(receipt.id, receipt.wish)
        scope = Scope(receipt.owner_id, what)
        async with self._database.reading() as connection:
            found = await self._rooms.closure(connection, scope)
            aliases = await self._rooms.aliases(connection, receipt.owner_id, found)
            unclear = await self._rooms.unclear(connection, scope, found)
        for part in batches(sorted(found | aliases), BURIED_AT_ONCE):
            async with self._database.transaction() as tx:
                await tombstones.bury(tx, _grave(receipt, frozenset(part)))
        await self._take_effect(receipt, scope, found, unclear)
        await self._hide(receipt)

    async def _take_effect(
        self, receipt: Receipt, scope: Scope, found: Targets, unclear: Targets
    ) -> None:
        total = sum(target.kind is Kind.MESSAGE for target in found)
        async with self._database.transaction() as tx:
            await self._rooms.halt(tx, scope)
            spared = await self._rooms.spared(tx.connection, receipt.owner_id, found)
            await tombstones.unbury(tx, receipt.id, spared)
            await receipts.find(tx, receipt.id, total)
            await receipts.leave(tx, receipt.id, unclear)
            await self._around.tell(tx, receipt.owner_id, receipt.id)

    async def _hide(self, receipt: Receipt) -> None:
        async for page in tombstones.pages(self._database, receipt.id, HIDDEN_AT_ONCE):
            async with self._database.transaction() as tx:
                removed = await self._rooms.remove_shown(tx, receipt.owner_id, page)
                await receipts.add_removed(tx, receipt.id, removed)


def _grave(receipt: Receipt, targets: Targets) -> Grave:
    return Grave(receipt.id, receipt.owner_id, receipt.at, receipt.scope, targets)
