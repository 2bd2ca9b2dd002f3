"""Two indexes in order: a server that searches for many processes, and exact search behind it."""

from collections.abc import Sequence

from backend.kernel.errors import Unavailable
from backend.kernel.ids import OwnerId
from backend.memory.vectors.store import Hit, Vector, VectorIndex, VectorItem
from backend.platform.resilience import Breaker


class VectorLevels:
    """Searches the first index; while it is away, the second, which needs only the database."""

    def __init__(self, first: VectorIndex, last: VectorIndex, *, breaker: Breaker) -> None:
        self._first, self._last, self._breaker = first, last, breaker

    @property
    def name(self) -> str:
        """Return the name of the index that is in use."""
        return self._last.name if self._breaker.is_open else self._first.name

    async def upsert(self, items: Sequence[VectorItem]) -> None:
        """Write to the first; when it is away the job that writes is tried again.

        Through the breaker: workers have other things to do than to wait for it one by one.
        """
        await self._breaker.call(lambda: self._first.upsert(items))

    async def search(
        self, owner_id: OwnerId, vector: Vector, *, namespace: str, limit: int
    ) -> list[Hit]:
        """Ask the first index, else the last."""
        if self._breaker.allow():
            try:
                hits = await self._first.search(owner_id, vector, namespace=namespace, limit=limit)
            except Unavailable:
                self._breaker.failure()
            else:
                self._breaker.success()
                return hits
        return await self._last.search(owner_id, vector, namespace=namespace, limit=limit)

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Forget in both."""
        await self._first.delete(message_ids)
        await self._last.delete(message_ids)

    async def count(self) -> int:
        """Count what the first one knows."""
        return await self._first.count()
