"""Vectors without weights: hashed words and their parts. It finds spellings, not meanings."""

import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

from backend.memory.embedding.port import Vectors

DIMENSION = 384
PART_SIZES = (3, 4)
WORD_WEIGHT = 2.0  # a whole word says more than its parts
WORD = re.compile(r"\w+")
LETTERS_MAX = 20_000


class Hashed:
    """Always there, on any machine."""

    name = "hashed-1"
    dimension = DIMENSION

    async def warm(self) -> None:
        """Do nothing: there is nothing to load."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text, in order."""
        return np.stack([_vector(text) for text in texts]) if texts else _none()


def _none() -> Vectors:
    return np.zeros((0, DIMENSION), np.float32)


def _vector(text: str) -> Vectors:
    vector = np.zeros(DIMENSION, np.float32)
    counts: Counter[str] = Counter()
    plain = unicodedata.normalize("NFKD", text[:LETTERS_MAX]).casefold()
    for word in WORD.findall(plain):
        counts[f"={word}"] += 1
        marked = f"^{word}$"
        for size in PART_SIZES:
            counts.update(marked[at : at + size] for at in range(len(marked) - size + 1))
    for feature, count in counts.items():
        code = zlib.crc32(feature.encode())
        weight = (WORD_WEIGHT if feature.startswith("=") else 1.0) * (1 + math.log(count))
        # One bit of the hash chooses the sign, so that collisions cancel out on average.
        vector[(code >> 1) % DIMENSION] += weight if code & 1 else -weight
    length = float(np.linalg.norm(vector))
    if not length:
        vector[0] = length = 1.0
    return vector / np.float32(length)
