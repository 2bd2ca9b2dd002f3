"""What is on the companion's mind: the last day, by weight, the same in every process."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

from backend.kernel.clock import Clock, later
from backend.kernel.ids import Ids, OwnerId
from backend.memory.short_term.packing import unpacked
from backend.memory.short_term.store import TOPIC, ShortTermRows, followed
from backend.memory.short_term.types import WINDOW, Item, Kept, Kind, NewItem, Order
from backend.memory.short_term.weighing import may_count, weight
from backend.platform.cache import Cache, Wanted
from backend.platform.database.transaction import Transaction

SLACK: Final = WINDOW // 24  # a view is read a little longer than it is shown: it may be kept
USED_MAX = 16  # items that one turn may lift


class ShortTerm:
    """Kept with the turn that it came from; weighed when somebody asks."""

    def __init__(self, *, ids: Ids, cache: Cache, clock: Clock) -> None:
        self._rows = ShortTermRows(ids)
        self._cache, self._clock = cache, clock

    async def keep(self, tx: Transaction, items: Sequence[NewItem]) -> None:
        """Have things in mind from this transaction's commit on."""
        await self._rows.add(tx, [item for item in items if item.text.strip()])

    async def recent(
        self,
        owner_id: OwnerId,
        namespace: str = "",
        *,
        limit: int,
        order: Order = Order.WEIGHT,
        conversation_id: str = "",
    ) -> list[Item]:
        """Return what weighs most of the last day; with a conversation named, of that alone."""
        now = self._clock.now()
        edge = later(now, -WINDOW)
        live = [
            (weight(item, now), item)
            for item in await self._live(owner_id, namespace)
            if item.at > edge and conversation_id in {"", item.conversation_id}
        ]
        live.sort(key=lambda pair: (-pair[0], -pair[1].at, pair[1].id))
        shown = [_shown(item, weighs) for weighs, item in live[:limit]]
        if order is Order.TIME:
            shown.sort(key=lambda item: (item.at, item.id))
        return shown

    async def use(
        self, tx: Transaction, owner_id: OwnerId, namespace: str, source_ids: Collection[str]
    ) -> None:
        """Note that a reply was from these: they stay in mind for longer.

        Within the turn's own transaction, and at most once a minute for each item. A view from
        before will do: an item that changed since is left as it is.
        """
        wanted = set(source_ids)
        if not wanted:
            return
        held = self._cache.at_hand(_view_of(owner_id, namespace))
        view = held if isinstance(held, tuple) else await self._live(owner_id, namespace)
        used = [item for item in view if item.source_id in wanted and may_count(item, tx.at)]
        await self._rows.use(tx, owner_id, used[-USED_MAX:])

    async def end(
        self, tx: Transaction, owner_id: OwnerId, kind: Kind, source_ids: Sequence[str]
    ) -> None:
        """Take things off the mind, as tasks that are done."""
        await self._rows.end(tx, owner_id, kind, source_ids)

    async def follow(
        self, tx: Transaction, owner_id: OwnerId, kind: Kind, items: Sequence[NewItem]
    ) -> None:
        """Have exactly these in mind of a kind: what is not there comes, what is over goes."""
        there = await self._rows.sources(tx.connection, owner_id, kind)
        wanted = {item.source_id for item in items}
        await self.end(tx, owner_id, kind, sorted(there - wanted))
        await self.keep(tx, [item for item in items if item.source_id not in there])

    async def _live(self, owner_id: OwnerId, namespace: str) -> tuple[Kept, ...]:
        since = later(self._clock.now(), -WINDOW - SLACK)
        load = partial(self._rows.live, owner_id=owner_id, namespace=namespace, since=since)
        follow = partial(followed, namespace=namespace)
        return await self._cache.get(_view_of(owner_id, namespace), load, follow=follow)


def _view_of(owner_id: OwnerId, namespace: str) -> Wanted:
    return Wanted("short_term", (owner_id, namespace), (TOPIC,), owner_id)


def _shown(item: Kept, weighs: float) -> Item:
    return Item(
        id=item.id,
        kind=item.kind,
        source_id=item.source_id,
        conversation_id=item.conversation_id,
        text=unpacked(item.packed),
        at=item.at,
        weight=round(weighs, 4),
        uses=item.uses,
        stored_bytes=len(item.packed),
    )
