"""Finding by meaning: each message's vector lives in the database, an index searches them.

Read in order: `store` (the port), `rows` (the truth), `levels`, `models` (which one is live),
`spaces` (all that belongs to a model), `trial` and `changing` (another model, while all goes on).
"""

from backend.memory.vectors.levels import VectorLevels
from backend.memory.vectors.rows import VectorRows
from backend.memory.vectors.spaces import Maker, Meaning, Space, Spaces
from backend.memory.vectors.store import Hit, VectorIndex, VectorItem

__all__ = [
    "Hit",
    "Maker",
    "Meaning",
    "Space",
    "Spaces",
    "VectorIndex",
    "VectorItem",
    "VectorLevels",
    "VectorRows",
]
