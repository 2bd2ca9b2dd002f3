"""Two graphs in order: a server that mirrors the truth, and the relation tables behind it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from backend.kernel.clock import Instant
from backend.kernel.errors import Unavailable
from backend.kernel.ids import OwnerId
from backend.memory.graph.store import Graph
from backend.memory.graph.types import Edge, MessageConcepts, Related, Step
from backend.platform.resilience import Breaker

Found = TypeVar("Found")


class GraphLevels:
    """Asks the first graph; while it is away, the last, which needs only the database."""

    def __init__(self, first: Graph, last: Graph, *, breaker: Breaker) -> None:
        self._first, self._last, self._breaker = first, last, breaker

    @property
    def name(self) -> str:
        """Return the name of the graph that is in use."""
        return self._last.name if self._breaker.is_open else self._first.name

    async def relate(self, items: Sequence[MessageConcepts]) -> None:
        """Write to the first; when it is away the job that writes is tried again.

        Through the breaker: workers have other things to do than to wait for it one by one.
        """
        await self._breaker.call(lambda: self._first.relate(items))

    async def mirror(self, edges: Sequence[Edge]) -> None:
        """Write to the first, as `relate` does."""
        await self._breaker.call(lambda: self._first.mirror(edges))

    async def related(
        self, owner_id: OwnerId, name: str, *, hops: int = 2, at: Instant | None = None
    ) -> list[Related]:
        """Ask the first graph, else the last."""
        return await self._asked(lambda graph: graph.related(owner_id, name, hops=hops, at=at))

    async def path(
        self, owner_id: OwnerId, start: str, *, end: str, at: Instant | None = None
    ) -> list[Step]:
        """Ask the first graph, else the last."""
        return await self._asked(lambda graph: graph.path(owner_id, start, end=end, at=at))

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Forget in both."""
        await self._first.delete(message_ids)
        await self._last.delete(message_ids)

    async def known(self, message_ids: Sequence[str]) -> int:
        """Look in both."""
        return await self._first.known(message_ids) + await self._last.known(message_ids)

    async def _asked(self, ask: Callable[[Graph], Awaitable[Found]]) -> Found:
        if self._breaker.allow():
            try:
                found = await ask(self._first)
            except Unavailable:
                self._breaker.failure()
            else:
                self._breaker.success()
                return found
        return await ask(self._last)
