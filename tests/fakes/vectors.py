"""A vector index in a dictionary, and the spaces of models that a test has at hand."""

from collections.abc import Sequence
from functools import partial

from backend.kernel.clock import Clock
from backend.kernel.errors import Unavailable
from backend.kernel.ids import OwnerId
from backend.memory.vectors.spaces import Maker, Space, Spaces
from backend.memory.vectors.store import Hit, Vector, VectorItem
from backend.platform.database.engine import Database


def spaces_of(database: Database, clock: Clock, *spaces: Space, fallback: str = "") -> Spaces:
    """The spaces of these models; the first is the one that the settings want."""
    makers = {space.model: Maker(space.model, partial(_itself, space)) for space in spaces}
    return Spaces(
        database=database,
        clock=clock,
        makers=makers,
        wanted=spaces[0].model,
        fallback=fallback,
    )


def _itself(space: Space) -> Space:
    return space


class FakeVectorIndex:
    """Compares with everything; can be told to be away."""

    name = "fake"

    def __init__(self) -> None:
        self.items: dict[str, VectorItem] = {}
        self.is_away = False

    async def upsert(self, items: Sequence[VectorItem]) -> None:
        self._answer()
        self.items.update({item.message_id: item for item in items})

    async def search(
        self, owner_id: OwnerId, vector: Vector, *, namespace: str, limit: int
    ) -> list[Hit]:
        self._answer()
        hits = [
            Hit(item.message_id, float(item.vector @ vector))
            for item in self.items.values()
            if (item.owner_id, item.namespace) == (owner_id, namespace)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.message_id))[:limit]

    async def delete(self, message_ids: Sequence[str]) -> None:
        self._answer()
        for message_id in message_ids:
            self.items.pop(message_id, None)

    async def known(self, message_ids: Sequence[str]) -> int:
        self._answer()
        return sum(message_id in self.items for message_id in message_ids)

    async def count(self) -> int:
        self._answer()
        return len(self.items)

    async def clear(self) -> None:
        self._answer()
        self.items.clear()

    def _answer(self) -> None:
        if self.is_away:
            raise Unavailable
