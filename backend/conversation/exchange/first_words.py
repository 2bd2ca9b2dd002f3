"""Makes the first phrase of a reply into sound before anybody knows that it will be given."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from backend.conversation.exchange.repertoire import Repertoire
from backend.conversation.speaking import Phrases
from backend.kernel.audio import Sound
from backend.kernel.errors import RingbackError
from backend.llm import INSTANCE, Payer


class FirstWords:
    """Listens to a reply as it is thought; what it makes is heard only if the reply is given."""

    def __init__(
        self, voice: Repertoire, group: asyncio.TaskGroup, *, payer: Payer = INSTANCE
    ) -> None:
        self._voice, self._group, self._payer = voice, group, payer
        self._phrases = Phrases()
        self._making: asyncio.Task[None] | None = None
        self._sounds: list[Sound] = []
        self._has_news = asyncio.Event()
        self._failure: RingbackError | None = None
        self._is_over = False
        self.text = ""  # of the phrase that is being made

    def hear(self, piece: str | None) -> None:
        """Take the next piece of the reply; None is its end."""
        if self._making is not None:
            return
        phrases = self._phrases.flush() if piece is None else self._phrases.feed(piece)
        if phrases:
            self.text = phrases[0].text
            self._making = self._group.create_task(self._make(self.text))

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """Give a phrase's sound: what is made already, then the rest as it comes."""
        if text != self.text:
            async with aclosing(self._voice.speak(text, payer=self._payer)) as sounds:
                async for sound in sounds:
                    yield sound
            return
        given = 0
        while given < len(self._sounds) or not self._is_over:
            if given == len(self._sounds):
                self._has_news.clear()
                await self._has_news.wait()
                continue
            yield self._sounds[given]
            given += 1
        if self._failure is not None:
            raise self._failure

    def drop(self) -> None:
        """Stop: nobody will hear it."""
        if self._making is not None:
            self._making.cancel()

    async def _make(self, text: str) -> None:
        try:
            async with aclosing(self._voice.speak(text, payer=self._payer)) as sounds:
                async for sound in sounds:
                    self._sounds.append(sound)
                    self._has_news.set()
        except RingbackError as failure:
            self._failure = failure  # whoever wants to hear it is told
        finally:
            self._is_over = True
            self._has_news.set()
