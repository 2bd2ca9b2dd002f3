"""What memory forgets: the words, what is believed because of them, and the names in them."""

from backend.memory.forgetting.arriving import Arriving
from backend.memory.forgetting.believed import BelievedFacts
from backend.memory.forgetting.names import Names
from backend.memory.forgetting.words import Words

__all__ = ["Arriving", "BelievedFacts", "Names", "Words"]
