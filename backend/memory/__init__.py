"""What the companion knows: everything that was said to it, kept, found again and related.

`archive` keeps the words, `embedding` and `vectors` find them by meaning, `graph` relates what they
name, `recall` joins it all into one search; `service.Memory` is the face of the room.
"""

from backend.memory.graph.extraction import extract_concepts
from backend.memory.service import Memory, MemoryParts
from backend.memory.types import (
    ImportedTurn,
    MessageSource,
    NewMemory,
    NewMessage,
    Recollection,
    Remembered,
)

__all__ = [
    "ImportedTurn",
    "Memory",
    "MemoryParts",
    "MessageSource",
    "NewMemory",
    "NewMessage",
    "Recollection",
    "Remembered",
    "extract_concepts",
]
