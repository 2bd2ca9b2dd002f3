"""A mind that answers what a test says, and shows what it was asked."""

import asyncio
from collections.abc import AsyncIterator

from backend.conversation.reasoning import Context
from backend.kernel.errors import Unavailable


class FakeMind:
    """Gives its reply word by word; can be told to wait or to fail."""

    name = "fake"

    def __init__(self, reply: str = "That is good to know, thank you.") -> None:
        self.words = reply
        self.contexts: list[Context] = []
        self.is_away = False
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.was_closed = False

    async def reply(self, context: Context) -> AsyncIterator[str]:
        self.contexts.append(context)
        if self.is_away:
            raise Unavailable
        await self.may_answer.wait()
        try:
            for index, word in enumerate(self.words.split(" ")):
                yield word if index == 0 else f" {word}"
        finally:
            self.was_closed = True
