"""What an index of vectors must be able to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backend.kernel.ids import OwnerId

Vector = NDArray[np.float32]  # of unit length


@dataclass(frozen=True, slots=True, eq=False)
class VectorItem:
    """One message's meaning."""

    message_id: str
    owner_id: OwnerId
    namespace: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that is near in meaning."""

    message_id: str
    score: float  # the cosine: 1 is the same


class VectorIndex(Protocol):
    """Searches the vectors of one model. The truth is the table `vectors`; this is a projection.

    Raises Unavailable when it can't be reached in time.
    """

    @property
    def name(self) -> str:
        """Return what `doctor` calls it."""
        ...

    async def upsert(self, items: Sequence[VectorItem]) -> None:
        """Make items findable; a second time changes nothing."""
        ...

    async def search(
        self, owner_id: OwnerId, vector: Vector, *, namespace: str, limit: int
    ) -> list[Hit]:
        """Return the nearest of one owner's messages in a namespace, the nearest first."""
        ...

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Forget messages; those that it does not know are no error."""
        ...

    async def known(self, message_ids: Sequence[str]) -> int:
        """Return how many traces of these messages it still has."""
        ...

    async def count(self) -> int:
        """Return how many messages it knows, of all owners."""
        ...

    async def clear(self) -> None:
        """Forget everything of this model, and that there was something."""
        ...
