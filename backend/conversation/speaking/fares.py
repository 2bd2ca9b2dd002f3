"""What a paid voice asks for each phrase, taken out of the day's budget before it speaks."""

from typing import Protocol

from backend.llm import INSTANCE, Budget, Catalogue, Payer, Purchase


class Fare(Protocol):
    """Whoever pays for a voice."""

    async def pay(self, text: str, payer: Payer | None) -> str:
        """Pay for a text; Busy when the money is spent. Return the receipt."""
        ...

    async def refund(self, receipt: str) -> None:
        """Take the money back: not a sound was made."""
        ...


class BudgetFare:
    """The price of one model's speech."""

    def __init__(self, *, budget: Budget, catalogue: Catalogue, provider: str, model: str) -> None:
        self._budget, self._catalogue = budget, catalogue
        self._provider, self._model = provider, model

    async def pay(self, text: str, payer: Payer | None) -> str:
        """Pay for a text, whose price is known beforehand; Busy when the day's money is spent."""
        cost_micros = self._catalogue.speech_micros(self._model, len(text))
        purchase = Purchase(self._provider, self._model, len(text), cost_micros)
        return await self._budget.buy(purchase, payer or INSTANCE)

    async def refund(self, receipt: str) -> None:
        """Take the money back: not a sound was made."""
        await self._budget.refund(receipt)
