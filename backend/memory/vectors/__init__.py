"""Finding by meaning: each message's vector lives in the database, an index searches them."""

from backend.memory.vectors.levels import VectorLevels
from backend.memory.vectors.rows import VectorRows
from backend.memory.vectors.store import Hit, VectorIndex, VectorItem

__all__ = ["Hit", "VectorIndex", "VectorItem", "VectorLevels", "VectorRows"]
