"""An embedder that knows words only: texts with the same words are near."""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.kernel.errors import Unavailable
from backend.memory.recall.words import content_words


class FakeEmbedder:
    """One direction for each word; can be told to fail."""

    name = "fake"
    dimension = 64

    def __init__(self) -> None:
        self.is_away = False
        self.texts: list[str] = []

    async def warm(self) -> None:
        pass

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.is_away:
            raise Unavailable
        self.texts.extend(texts)
        return np.stack([self.vector(text) for text in texts])

    def vector(self, text: str) -> NDArray[np.float32]:
        row = np.full(self.dimension, 1e-3, dtype=np.float32)
        for word in content_words(text):
            row[zlib.crc32(word.encode()) % self.dimension] += 1.0
        return (row / np.linalg.norm(row)).astype(np.float32)
