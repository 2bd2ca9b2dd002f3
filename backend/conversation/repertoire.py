"""Phrases that recur, kept as ready sound: a greeting must not wait for an engine."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing

from backend.conversation.speaking import Voice
from backend.kernel.audio import Sound

PHRASES_MAX = 128  # some 8 MB of speech


class Repertoire:
    """A voice that knows some phrases by heart; implements `Voice`."""

    def __init__(self, voice: Voice, *, phrases_max: int = PHRASES_MAX) -> None:
        self._voice, self._phrases_max = voice, phrases_max
        self._known: OrderedDict[str, Sound] = OrderedDict()
        self._learning = asyncio.Lock()

    @property
    def name(self) -> str:
        """Name the voice behind it."""
        return self._voice.name

    async def warm(self) -> None:
        """Warm the voice."""
        await self._voice.warm()

    async def close(self) -> None:
        """Close the voice."""
        await self._voice.close()

    def knows(self, text: str) -> bool:
        """Say whether a phrase can be spoken at once."""
        return text in self._known

    async def learn(self, *texts: str) -> None:
        """Prepare phrases; those that are known cost nothing."""
        for text in texts:
            async with self._learning:  # two that want the same phrase make it once
                if text not in self._known:
                    self._keep(text, [sound async for sound in self._voice.speak(text)])

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """Give a phrase's sound, from the store when it is there."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            yield known
            return
        async with aclosing(self._voice.speak(text)) as sounds:
            async for sound in sounds:
                yield sound

    def _keep(self, text: str, sounds: list[Sound]) -> None:
        rates = {sound.rate_hz for sound in sounds}
        if len(rates) != 1:
            return  # silence, or a voice that changed in the middle: better made again
        self._known[text] = Sound(b"".join(sound.pcm for sound in sounds), rates.pop())
        while len(self._known) > self._phrases_max:
            self._known.popitem(last=False)
