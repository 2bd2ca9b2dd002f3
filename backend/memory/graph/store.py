"""What a graph must be able to do."""

from collections.abc import Sequence
from typing import Protocol

from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId
from backend.memory.graph.types import Edge, MessageConcepts, Related, Step

HOPS_MAX = 4


class Graph(Protocol):
    """Answers who belongs to whom. The truth is the relation tables; a server is a projection.

    Raises Unavailable when it can't be reached in time.
    """

    @property
    def name(self) -> str:
        """Return what `doctor` calls it."""
        ...

    async def relate(self, items: Sequence[MessageConcepts]) -> None:
        """Take in what messages say; a second time changes nothing."""
        ...

    async def mirror(self, edges: Sequence[Edge]) -> None:
        """Take in what facts say, since when and until when; a second time changes nothing."""
        ...

    async def related(
        self, owner_id: OwnerId, name: str, *, hops: int = 2, at: Instant | None = None
    ) -> list[Related]:
        """Return the concepts within so many relations of a name, the nearest first.

        What was superseded is walked only when a moment is asked about at which it held.
        """
        ...

    async def path(
        self, owner_id: OwnerId, start: str, *, end: str, at: Instant | None = None
    ) -> list[Step]:
        """Return a shortest way between two names; empty when there is none."""
        ...

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Forget what messages said."""
        ...

    async def known(self, message_ids: Sequence[str]) -> int:
        """Return how many traces of these messages a server still has; 0 where there is none."""
        ...


class GraphServer(Graph, Protocol):
    """A graph that another process keeps."""

    async def check(self) -> None:
        """Prove that it answers; raise Unavailable."""
        ...

    async def count(self) -> int:
        """Return how many relations it knows, of all owners."""
        ...

    async def sources(self, owner_id: OwnerId) -> frozenset[str]:
        """Return the messages and facts from which it knows anything of an owner."""
        ...

    async def close(self) -> None:
        """Close every connection to it."""
        ...
