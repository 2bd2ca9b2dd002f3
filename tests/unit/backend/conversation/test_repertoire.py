"""Phrases known by heart: made once, ready at once, and not too many of them."""

import asyncio
from collections.abc import AsyncGenerator

from backend.conversation.repertoire import Repertoire
from backend.kernel.audio import Sound
from tests.fakes.speech import FakeVoice


async def sound_of(voice: Repertoire, text: str) -> bytes:
    return b"".join([sound.pcm async for sound in voice.speak(text)])


async def test_a_learnt_phrase_is_made_once() -> None:
    voice = FakeVoice()
    repertoire = Repertoire(voice)
    await asyncio.gather(repertoire.learn("Hello."), repertoire.learn("Hello.", "Bye."))
    assert await sound_of(repertoire, "Hello.")
    assert sorted(voice.spoken) == ["Bye.", "Hello."]
    assert repertoire.knows("Bye.")


async def test_an_unknown_phrase_is_made_and_not_kept() -> None:
    voice = FakeVoice()
    repertoire = Repertoire(voice)
    await sound_of(repertoire, "Something said once.")
    assert not repertoire.knows("Something said once.")


async def test_the_phrase_used_longest_ago_is_forgotten() -> None:
    repertoire = Repertoire(FakeVoice(), phrases_max=2)
    await repertoire.learn("One.", "Two.")
    await sound_of(repertoire, "One.")
    await repertoire.learn("Three.")
    assert [repertoire.knows(text) for text in ("One.", "Two.", "Three.")] == [True, False, True]


class Changing(FakeVoice):
    """A voice whose level changes in the middle of a phrase."""

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        yield Sound(b"\0\0", 22_050)
        yield Sound(b"\0\0", 16_000)


async def test_a_phrase_of_two_voices_is_not_kept() -> None:
    repertoire = Repertoire(Changing())
    await repertoire.learn("Hello.")
    assert not repertoire.knows("Hello.")
