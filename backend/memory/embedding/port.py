"""What turns words into vectors must be able to do."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""One row of length one for each text."""


class Embedder(Protocol):
    """Texts that mean the same lie near each other."""

    @property
    def name(self) -> str:
        """Which model it is; vectors of different models are never compared."""
        ...

    @property
    def dimension(self) -> int:
        """How long each vector is."""
        ...

    async def warm(self) -> None:
        """Load what is heavy, so that the first turn does not wait for it."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text, in order."""
        ...
