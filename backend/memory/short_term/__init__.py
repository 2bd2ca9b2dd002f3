"""Short-term memory: what was said, is open, was settled and came of it in the last 24 hours.

Rows in the database, written with the turn that they came from: a process that is killed forgets
nothing, and all processes have the same in mind. Weights are worked out when they are read.
"""

from backend.memory.short_term.service import ShortTerm
from backend.memory.short_term.types import Item, Kind, NewItem, Order

__all__ = ["Item", "Kind", "NewItem", "Order", "ShortTerm"]
