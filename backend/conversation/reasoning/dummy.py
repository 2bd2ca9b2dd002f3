"""Answers everything with the same four sentences, word by word: for a fair race."""

from collections.abc import AsyncIterator

from backend.conversation.reasoning.context import Context
from backend.kernel.clock import Clock

REPLY = (
    "The sea covers most of our planet and holds nearly all of its water. "
    "It keeps the climate mild by storing warmth through the year. "
    "Most of its floor has never been seen by anyone at all. "
    "Shall I tell you about tides next?"
)


class DummyMind:
    """A fair race's mind; chosen by `ringback up --engines dummy` alone."""

    name = "dummy"

    def __init__(self, clock: Clock, *, delay_ms: float = 0.0) -> None:
        self._clock, self._delay_s = clock, delay_ms / 1000

    async def reply(self, context: Context) -> AsyncIterator[str]:
        """Give the reply a word at a time; only the first one takes the declared delay."""
        if self._delay_s:
            await self._clock.sleep(self._delay_s)
        for index, word in enumerate(REPLY.split(" ")):
            yield word if index == 0 else f" {word}"
