"""What the companion knows: everything that was said to it, kept, found again and related.

`archive` keeps the words, `embedding` and `vectors` find them by meaning, `graph` relates what they
name, `short_term` has the last day in mind, `recall` joins it all into one search;
`service.Memory` is the face of the room.
"""

from backend.memory.graph.extraction import extract_concepts
from backend.memory.service import Memory, MemoryParts
from backend.memory.short_term import Item, Kind, NewItem, Order
from backend.memory.short_term.notes import follow_notes
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
    "Item",
    "Kind",
    "Memory",
    "MemoryParts",
    "MessageSource",
    "NewItem",
    "NewMemory",
    "NewMessage",
    "Order",
    "Recollection",
    "Remembered",
    "extract_concepts",
    "follow_notes",
]
