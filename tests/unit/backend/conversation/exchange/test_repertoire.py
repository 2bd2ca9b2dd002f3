"""Phrases known by heart: made once, ready at once, and not too many of them."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from backend.conversation.exchange.repertoire import Repertoire, Voices
from backend.conversation.exchange.shelf import Shelf
from backend.conversation.speaking import VoiceLevels
from backend.kernel.audio import Sound
from tests.fakes.clock import FakeClock
from tests.fakes.engines import HummingVoice, TimedVoice
from tests.fakes.speech import FakeVoice


async def sound_of(voice: Repertoire, text: str) -> bytes:
    return b"".join([sound.pcm async for sound in voice.speak(text)])


def written(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


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


async def test_what_was_learnt_costs_nothing_after_a_restart(tmp_path: Path) -> None:
    await Repertoire(FakeVoice(), shelf=Shelf(tmp_path)).learn("Hello.")
    voice = FakeVoice()
    restarted = Repertoire(voice, shelf=Shelf(tmp_path))
    await restarted.learn("Hello.")
    assert voice.spoken == []
    assert await sound_of(restarted, "Hello.")


async def test_another_edition_of_the_voice_learns_anew(tmp_path: Path) -> None:
    await Repertoire(FakeVoice(), shelf=Shelf(tmp_path), edition="1").learn("Hello.")
    voice = FakeVoice()
    await Repertoire(voice, shelf=Shelf(tmp_path), edition="2").learn("Hello.")
    assert voice.spoken == ["Hello."]


async def test_what_recurs_is_learnt_by_itself_and_never_written_down(tmp_path: Path) -> None:
    voice = FakeVoice()
    repertoire = Repertoire(voice, shelf=Shelf(tmp_path))
    for _ in range(5):
        await sound_of(repertoire, "I've noted it.")
        await sound_of(repertoire, "A long sentence that was made for one person alone. " * 3)
    assert voice.spoken.count("I've noted it.") == 3
    assert len(voice.spoken) == 8
    assert written(tmp_path) == []


async def test_a_phrase_that_is_broken_off_is_not_learnt() -> None:
    repertoire = Repertoire(HummingVoice())
    for _ in range(4):
        sounds = repertoire.speak("I've noted it.")
        await anext(sounds)
        await sounds.aclose()
    assert not repertoire.knows("I've noted it.")


async def test_who_stands_in_is_not_learnt_by_heart(tmp_path: Path) -> None:
    usual, other = HummingVoice("usual"), HummingVoice("other")
    usual.pieces_until_failure = 0
    levels = VoiceLevels([usual, other], clock=FakeClock())
    repertoire = Repertoire(levels, shelf=Shelf(tmp_path))
    await repertoire.learn("Hello there.")
    assert not repertoire.knows("Hello there.")
    assert written(tmp_path) == []


async def test_the_times_of_words_are_kept_with_the_sound(tmp_path: Path) -> None:
    levels = VoiceLevels([TimedVoice()], clock=FakeClock())
    await Repertoire(levels, shelf=Shelf(tmp_path)).learn("One moment.")
    again = Repertoire(HummingVoice("timed"), shelf=Shelf(tmp_path), edition=levels.name)
    await again.learn("One moment.")
    (sound,) = [sound async for sound in again.speak("One moment.")]
    assert [(word.text, word.end_ms) for word in sound.words] == [("One", 150), ("moment.", 500)]


async def test_forgetting_leaves_nothing_known() -> None:
    repertoire = Repertoire(FakeVoice())
    await repertoire.learn("Hello Anna.")
    repertoire.forget()
    assert not repertoire.knows("Hello Anna.")


async def test_what_is_forgotten_while_it_is_said_is_not_kept() -> None:
    repertoire = Repertoire(FakeVoice())
    for _ in range(2):
        await sound_of(repertoire, "The code is zorblax.")
    async for _ in repertoire.speak("The code is zorblax."):  # from now on it would be kept
        repertoire.forget()
    assert not repertoire.knows("The code is zorblax.")


def test_a_preferred_voice_is_made_once_and_an_unknown_one_never() -> None:
    made: list[str] = []

    def make(name: str) -> Repertoire | None:
        made.append(name)
        return Repertoire(FakeVoice()) if name.startswith("kokoro") else None

    voices, usual = Voices(make, ("kokoro",)), Repertoire(FakeVoice())
    assert voices.get("kokoro/af_bella", usual) is voices.get("kokoro/af_bella", usual)
    assert voices.get("nobody", usual) is usual
    assert voices.get("", usual) is usual
    assert made == ["kokoro/af_bella", "nobody"]
