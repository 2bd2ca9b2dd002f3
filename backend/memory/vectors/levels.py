"""Two indexes in order: a server that searches for many processes, and exact search behind it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from backend.kernel.errors import Unavailable
from backend.kernel.ids import OwnerId
from backend.memory.vectors.store import Hit, Vector, VectorIndex, VectorItem
from backend.platform.resilience import Breaker


class VectorLevels:
    """Searches the first index; while it is away, the second, which needs only the database."""

    def __init__(
        self,
        first: VectorIndex,
        last: VectorIndex,
        *,
        breaker: Breaker,
        on_damage: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._first, self._last, self._breaker = first, last, breaker
        self._on_damage = on_damage

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
                if len(hits) >= limit:
                    return hits
                return await self._complete(hits, owner_id, vector, namespace, limit)
        return await self._last.search(owner_id, vector, namespace=namespace, limit=limit)

    async def _complete(
        self, hits: list[Hit], owner_id: OwnerId, vector: Vector, namespace: str, limit: int
    ) -> list[Hit]:
        """Compare an answer that holds all it knows with the truth: it may have lost something."""
        exact = await self._last.search(owner_id, vector, namespace=namespace, limit=limit)
        found = {hit.message_id for hit in hits}
        if all(hit.message_id in found for hit in exact):
            return hits
        with suppress(Unavailable):  # gone since: then it is found to be away
            if self._on_damage and await self._first.count() < await self._last.count():
                await self._on_damage("vectors")
        return exact

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Forget in both."""
        await self._first.delete(message_ids)
        await self._last.delete(message_ids)

    async def known(self, message_ids: Sequence[str]) -> int:
        """Look in both."""
        return await self._first.known(message_ids) + await self._last.known(message_ids)

    async def count(self) -> int:
        """Count what the first one knows."""
        return await self._first.count()

    async def clear(self) -> None:
        """Forget everything of this model in both."""
        await self._first.clear()
        await self._last.clear()
