"""What a paid pair of ears asks for each utterance, taken out of the day's budget before it."""

from typing import Protocol

from backend.kernel.speech import Utterance
from backend.llm import INSTANCE, Budget, Catalogue, Payer, Purchase


class Fare(Protocol):
    """Pays for one utterance, and takes the money back when nothing was done for it."""

    async def pay(self, utterance: Utterance, payer: Payer | None) -> str:
        """Pay, and return the receipt; Busy when the day's money is spent."""
        ...

    async def refund(self, receipt: str) -> None:
        """Take the money back."""
        ...


class BudgetFare:
    """The price of one model, out of the budget that language models share."""

    def __init__(self, *, budget: Budget, catalogue: Catalogue, provider: str, model: str) -> None:
        self._budget, self._catalogue = budget, catalogue
        self._provider, self._model = provider, model

    async def pay(self, utterance: Utterance, payer: Payer | None) -> str:
        """Pay for the length of an utterance, which is known beforehand."""
        duration_ms = len(utterance.pcm) // 32
        cost_micros = self._catalogue.hearing_micros(self._model, duration_ms)
        purchase = Purchase(self._provider, self._model, duration_ms, cost_micros)
        return await self._budget.buy(purchase, payer or INSTANCE)

    async def refund(self, receipt: str) -> None:
        """Take the money back: not a word came."""
        await self._budget.refund(receipt)
