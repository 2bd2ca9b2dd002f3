"""Asks the configured models in their order: who fails before the first word is passed over.

A failure after the first word is raised, because the caller has heard it; whoever joins minds ends
the reply at its last whole sentence then.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, NotConfigured, Refused, RingbackError, Unavailable
from backend.llm.budgets import Budget, Reservation
from backend.llm.catalogue import Price
from backend.llm.port import ChatEvent, ChatModel, ChatRequest, NotCharged, Usage
from backend.platform.resilience import Breaker
from backend.platform.tasks import unbroken

FAILURES_MAX = 3
OPEN_S = 30.0


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long a caller is made to wait."""

    first_token_s: float = 4.0
    reply_s: float = 30.0


@dataclass(frozen=True, slots=True)
class PricedModel:
    """A model and what it costs."""

    chat: ChatModel
    price: Price


@dataclass(slots=True)
class Progress:
    """How far an answer has come; read when it breaks off."""

    reservation: Reservation
    has_begun: bool = False
    usage: Usage | None = None


class ModelRouter:
    """One answer from the first model that gives one."""

    def __init__(
        self,
        models: Sequence[PricedModel],
        *,
        budget: Budget,
        clock: Clock,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._levels = [(model, Breaker(FAILURES_MAX, OPEN_S, clock)) for model in models]
        self._budget, self._clock = budget, clock
        self._deadlines = deadlines or Deadlines()

    @property
    def names(self) -> list[str]:
        """Return the models in order, as provider/model."""
        return [_name(level.chat) for level, _ in self._levels]

    @property
    def left_alone(self) -> list[str]:
        """Name those that are not asked at present, because they failed too often."""
        return [_name(level.chat) for level, breaker in self._levels if breaker.is_refusing]

    async def stream(
        self, request: ChatRequest, answered_by: list[str] | None = None
    ) -> AsyncGenerator[ChatEvent]:
        """Give an answer in pieces; `answered_by` is told the model that gives it.

        Raises when no model began, and when the one that began did not end.
        """
        failure: RingbackError = NotConfigured(
            "No language model is set up.", cure="set ANTHROPIC_API_KEY or OPENAI_API_KEY"
        )
        for model, breaker in self._levels:
            if not breaker.allow():
                failure = Unavailable("The language model failed too often.")
                continue
            try:
                reservation = await self._budget.reserve(model.chat, request, model.price)
            except RingbackError as refusal:
                failure = refusal  # a cheaper one further down may still fit
                continue
            progress = Progress(reservation)
            try:
                async with aclosing(self._answer(model, request, progress, breaker)) as events:
                    async for event in events:
                        if answered_by is not None and not answered_by:
                            answered_by.append(_name(model.chat))
                        yield event
            except RingbackError as broken:
                if progress.has_begun:
                    raise
                failure = broken
            else:
                return
        raise failure

    async def close(self) -> None:
        """Close every model's connections."""
        for model, _ in self._levels:
            await model.chat.close()

    async def _answer(
        self, model: PricedModel, request: ChatRequest, progress: Progress, breaker: Breaker
    ) -> AsyncGenerator[ChatEvent]:
        """Ask one model, within its deadlines; whatever happens, its money is accounted for."""
        refused = False
        until = self._clock.monotonic() + self._deadlines.reply_s
        events = cast(AsyncGenerator[ChatEvent], model.chat.stream(request))
        try:
            async with aclosing(events):
                while (event := await self._next(events, progress, until)) is not None:
                    if isinstance(event, Usage):
                        progress.usage = event
                    else:
                        progress.has_begun = True
                    yield event
            if progress.usage is None or not progress.has_begun:
                raise Unavailable("The model's answer was empty.")
            breaker.success()
        except (Busy, Refused, NotConfigured, NotCharged):
            refused = not progress.has_begun
            breaker.failure()
            raise
        except RingbackError:
            breaker.failure()
            raise
        finally:
            await unbroken(self._account(progress, refused=refused))

    async def _next(
        self, events: AsyncIterator[ChatEvent], progress: Progress, until: float
    ) -> ChatEvent | None:
        left_s = until - self._clock.monotonic()
        wait_s = left_s if progress.has_begun else min(left_s, self._deadlines.first_token_s)
        try:
            async with asyncio.timeout(max(wait_s, 0)):
                return await anext(events, None)
        except TimeoutError:
            raise Unavailable("The model is too slow.") from None

    async def _account(self, progress: Progress, *, refused: bool) -> None:
        if progress.usage is not None:
            await self._budget.settle(progress.reservation, progress.usage)
        elif refused:
            await self._budget.release(progress.reservation)
        else:
            await self._budget.forfeit(progress.reservation)


def _name(chat: ChatModel) -> str:
    return f"{chat.provider}/{chat.model}"
