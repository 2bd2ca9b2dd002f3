"""Phrases that recur, kept as ready sound: a greeting must not wait for an engine."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing

from backend.conversation.exchange.shelf import Shelf
from backend.conversation.speaking import Voice, VoiceLevels
from backend.kernel.audio import Sound, WordEnd
from backend.llm import Payer

PHRASES_MAX = 128  # some 8 MB of speech
# Whatever is said again and again is learnt as well, for as long as the process lives: what comes
# out of a conversation never reaches the disk.
RECURS_AFTER = 3
RECURRING_LETTERS_MAX = 80
COUNTED_MAX = 512
VOICES_MAX = 32


class Repertoire:
    """A voice that knows some phrases by heart; implements `Voice`."""

    def __init__(
        self,
        voice: Voice,
        *,
        phrases_max: int = PHRASES_MAX,
        shelf: Shelf | None = None,
        edition: str = "",
    ) -> None:
        self._voice, self._phrases_max, self._shelf = voice, phrases_max, shelf
        self._edition = edition or voice.name  # of the voice: another one sounds otherwise
        self._usual = voice.name  # who stands in for it is never learnt by heart
        self._known: OrderedDict[str, Sound] = OrderedDict()
        self._heard: Counter[str] = Counter()
        self._learning = asyncio.Lock()
        self._is_warm = False
        self._age = 0  # how often everything was forgotten

    @property
    def name(self) -> str:
        """Name the voice behind it."""
        return self._voice.name

    async def warm(self) -> None:
        """Warm the voice."""
        await self._voice.warm()
        self._is_warm = True

    async def close(self) -> None:
        """Close the voice."""
        await self._voice.close()

    def knows(self, text: str) -> bool:
        """Say whether a phrase can be spoken at once."""
        return text in self._known

    async def learn(self, *texts: str) -> None:
        """Prepare phrases of our own; what is known costs nothing, not even after a restart."""
        for text in texts:
            async with self._learning:  # two that want the same phrase make it once
                if text not in self._known and not await self._found(text):
                    if not self._is_warm:  # nobody waits yet: loading is no failure of a voice
                        await self.warm()
                    age = self._age
                    sounds = [sound async for sound in self._voice.speak(text)]
                    if age == self._age and self._keep(text, sounds) and self._shelf is not None:
                        await asyncio.to_thread(
                            self._shelf.keep, self._edition, text, self._known[text]
                        )
                        if age != self._age:  # it was cleared while this was on its way there
                            await asyncio.to_thread(self._shelf.clear)

    async def speak(self, text: str, *, payer: Payer | None = None) -> AsyncGenerator[Sound, None]:
        """Give a phrase's sound, from the store when it is there."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            yield known
            return
        made: list[Sound] | None = [] if self._recurs(text) else None
        age = self._age
        async with aclosing(self._made(text, payer)) as sounds:
            async for sound in sounds:
                if made is not None:
                    made.append(sound)
                yield sound
        if made is not None and age == self._age:  # what was forgotten while it was said is gone
            self._keep(text, made)

    def forget(self) -> None:
        """Forget all phrases of this voice; what lies on the shelf is cleared there."""
        self._age += 1
        self._known.clear()
        self._heard.clear()

    def _made(self, text: str, payer: Payer | None) -> AsyncGenerator[Sound, None]:
        if isinstance(self._voice, VoiceLevels):  # only levels may cost money
            return self._voice.speak(text, payer=payer)
        return self._voice.speak(text)

    async def _found(self, text: str) -> bool:
        if self._shelf is None:
            return False
        found = await asyncio.to_thread(self._shelf.find, self._edition, text)
        return found is not None and self._keep(text, [found])

    def _recurs(self, text: str) -> bool:
        """Say whether this is worth keeping, now that it is said once more."""
        if len(text) > RECURRING_LETTERS_MAX:
            return False
        self._heard[text] += 1
        if len(self._heard) > COUNTED_MAX:  # those that were said once make room
            self._heard = Counter({each: n for each, n in self._heard.items() if n > 1})
            if len(self._heard) > COUNTED_MAX:
                self._heard.clear()
        return self._heard[text] >= RECURS_AFTER

    def _keep(self, text: str, sounds: Sequence[Sound]) -> bool:
        rates = {sound.rate_hz for sound in sounds}
        # Silence, a voice that changed in the middle, or one that stood in: better made again.
        makers = {sound.engine for sound in sounds} - {"", self._usual}
        if len(rates) != 1 or makers:
            return False
        self._known[text] = _joined(sounds, rates.pop())
        while len(self._known) > self._phrases_max:
            self._known.popitem(last=False)
        return True


class Voices(Mapping[str, Repertoire]):
    """The voices that somebody may prefer, as NAME or NAME/VOICE; made when first asked for."""

    def __init__(self, make: Callable[[str], Repertoire | None], names: Sequence[str] = ()) -> None:
        self._make, self._names = make, tuple(names)
        self._made: OrderedDict[str, Repertoire] = OrderedDict()

    def __getitem__(self, name: str) -> Repertoire:
        made = self._made.get(name) or (self._make(name) if name else None)
        if made is None:
            raise KeyError(name)
        self._made[name] = made
        self._made.move_to_end(name)
        if len(self._made) > VOICES_MAX:
            self._made.popitem(last=False)
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def forget(self) -> None:
        """Forget all phrases of every voice that was made."""
        for voice in self._made.values():
            voice.forget()


def _joined(sounds: Sequence[Sound], rate_hz: int) -> Sound:
    words: list[WordEnd] = []
    passed_ms = 0.0
    for sound in sounds:
        words += [WordEnd(word.text, round(passed_ms) + word.end_ms) for word in sound.words]
        passed_ms += len(sound.pcm) * 500 / rate_hz
    return Sound(b"".join(sound.pcm for sound in sounds), rate_hz, tuple(words))
