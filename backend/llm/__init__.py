"""Which model thinks: two adapters on the makers' packages, a router, and a budget that is hard."""

from backend.llm.budgets import INSTANCE, Budget, Payer, Purchase
from backend.llm.catalogue import Catalogue, Entry, Price
from backend.llm.port import ChatEvent, ChatMessage, ChatModel, ChatRequest, Token, Usage
from backend.llm.router import Deadlines, ModelRouter, PricedModel

__all__ = [
    "INSTANCE",
    "Budget",
    "Catalogue",
    "ChatEvent",
    "ChatMessage",
    "ChatModel",
    "ChatRequest",
    "Deadlines",
    "Entry",
    "ModelRouter",
    "Payer",
    "Price",
    "PricedModel",
    "Purchase",
    "Token",
    "Usage",
]
