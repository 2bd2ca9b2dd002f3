"""Who the companion is: a card with a name, a manner and a greeting."""

from backend.characters.cards import COMPANION, Character

__all__ = ["COMPANION", "Character"]
