"""What every voice does, the fake included."""

import asyncio
import contextlib

import pytest

from backend.conversation.sound import level_dbfs
from backend.conversation.speaking import Voice
from backend.conversation.speaking.engines.espeak import Espeak
from backend.conversation.speaking.engines.piper import Piper
from backend.kernel.audio import Sound
from backend.kernel.errors import TooLarge
from tests.fakes.engines import HummingVoice

pytestmark = pytest.mark.engines

SHORT, LONG = "Good morning.", "Good morning, I have made a note of the oat milk for you today."


@pytest.fixture(params=["humming", "piper", "kokoro", "espeak"])
def voice(request: pytest.FixtureRequest) -> Voice:
    if request.param == "humming":
        return HummingVoice()
    voice: Voice = request.getfixturevalue(request.param)
    return voice


async def said(voice: Voice, text: str) -> list[Sound]:
    return [sound async for sound in voice.speak(text)]


def duration_ms(sounds: list[Sound]) -> int:
    return sum(sound.duration_ms for sound in sounds)


async def test_words_become_sound_that_can_be_heard(voice: Voice) -> None:
    await voice.warm()
    sounds = await said(voice, LONG)
    assert 1_500 < duration_ms(sounds) < 8_000
    assert level_dbfs(b"".join(sound.pcm for sound in sounds)) > -35


async def test_more_words_take_longer(voice: Voice) -> None:
    assert duration_ms(await said(voice, LONG)) > 1.5 * duration_ms(await said(voice, SHORT))


async def test_pieces_are_whole_samples_of_one_rate(voice: Voice) -> None:
    sounds = await said(voice, LONG)
    assert len({sound.rate_hz for sound in sounds}) == 1
    assert all(sound.pcm and len(sound.pcm) % 2 == 0 for sound in sounds)


async def test_a_phrase_that_is_closed_in_the_middle_harms_no_later_one(voice: Voice) -> None:
    begun = voice.speak(LONG)
    await anext(begun)
    await begun.aclose()
    assert duration_ms(await said(voice, SHORT)) > 300


async def test_closing_returns_at_once_and_the_engine_stops_working(voice: Voice) -> None:
    await voice.warm()
    begun = voice.speak(LONG * 20)
    await anext(begun)
    async with asyncio.timeout(5):
        await begun.aclose()
    # Had it gone on with a minute of speech, this would wait for all of it.
    async with asyncio.timeout(10):
        assert await said(voice, SHORT)


async def test_a_cancel_before_the_first_sound_harms_no_later_one(voice: Voice) -> None:
    await voice.warm()
    begun = voice.speak(LONG * 5)
    with contextlib.suppress(TimeoutError):  # the fake has its first sound at once
        async with asyncio.timeout(0):
            await anext(begun)
    await begun.aclose()
    assert duration_ms(await said(voice, SHORT)) > 300


async def test_the_ends_of_words_come_in_order_and_inside_their_sound(voice: Voice) -> None:
    words = []
    for sound in await said(voice, LONG):
        assert all(0 <= word.end_ms <= sound.duration_ms + 1 for word in sound.words)
        words += [word.text for word in sound.words]
    assert words in ([], LONG.split())


async def test_several_calls_speak_at_once_and_each_hears_its_own(voice: Voice) -> None:
    alone = duration_ms(await said(voice, LONG))
    short, long = await asyncio.gather(said(voice, SHORT), said(voice, LONG))
    assert duration_ms(short) < duration_ms(long)
    assert duration_ms(long) == pytest.approx(alone, rel=0.25)  # Piper never says it quite the same


async def test_the_name_says_who_speaks(voice: Voice) -> None:
    assert voice.name


async def test_closing_twice_is_no_mistake(voice: Voice) -> None:
    await said(voice, SHORT)
    await voice.close()
    await voice.close()


async def test_one_long_reply_keeps_nobody_waiting(piper: Piper) -> None:
    await piper.warm()
    done: list[str] = []

    async def speak(name: str, text: str) -> None:
        await said(piper, text)
        done.append(name)

    await asyncio.gather(speak("long", LONG * 10), speak("short", SHORT), speak("other", SHORT))
    assert done[-1] == "long"


async def test_a_text_without_end_is_refused(piper: Piper, espeak: Espeak) -> None:
    for voice in (piper, espeak):
        with pytest.raises(TooLarge):
            await said(voice, "word " * 10_000)
