"""When a voice fails, the next one goes on."""

import pytest

from backend.conversation.speaking import VoiceLevels
from backend.kernel.errors import NotConfigured, Unavailable
from tests.fakes.clock import FakeClock
from tests.fakes.engines import HummingVoice

TEXT = "First sentence here. Second sentence here."


async def said(voice: VoiceLevels, text: str = TEXT) -> list[int]:
    return [sound.rate_hz async for sound in voice.speak(text)]


async def test_the_first_voice_speaks_sentence_by_sentence() -> None:
    first, second = HummingVoice(), HummingVoice()
    await said(VoiceLevels([first, second], clock=FakeClock()))
    assert first.spoken == ["First sentence here.", "Second sentence here."]
    assert second.spoken == []


async def test_no_word_is_lost_when_a_voice_breaks_in_the_middle_of_a_reply() -> None:
    first, second = HummingVoice(rate_hz=22_050), HummingVoice(rate_hz=16_000)
    failures: list[tuple[str, str]] = []
    levels = VoiceLevels(
        [first, second],
        clock=FakeClock(),
        on_failure=lambda name, reason: failures.append((name, reason)),
    )
    sounds = levels.speak(TEXT)
    await anext(sounds)
    first.pieces_until_failure = 3
    rest = [sound.rate_hz async for sound in sounds]
    assert second.spoken == ["First sentence here.", "Second sentence here."]
    assert rest[-1] == 16_000
    assert failures == [("humming", "the voice broke")]


async def test_a_voice_that_failed_rests_and_is_tried_again_later() -> None:
    first, second, clock = HummingVoice(), HummingVoice(), FakeClock()
    first.pieces_until_failure = 0
    levels = VoiceLevels([first, second], clock=clock)
    await said(levels)
    first.pieces_until_failure = None
    await said(levels, "Still resting.")
    assert "Still resting." not in first.spoken
    clock.advance(2.1)
    await said(levels, "Rested.")
    assert "Rested." in first.spoken


async def test_a_voice_that_fails_again_and_again_rests_longer_each_time() -> None:
    first, second, clock = HummingVoice(), HummingVoice(), FakeClock()
    first.pieces_until_failure = 0
    levels = VoiceLevels([first, second], clock=clock)
    for _ in range(20):
        await said(levels, "Once more.")
        clock.advance(2.1)
    assert len(first.spoken) == 5  # after 0, 2, 4, 8 and 16 seconds of rest


async def test_when_every_voice_fails_it_is_said_and_not_hidden() -> None:
    broken = HummingVoice()
    broken.pieces_until_failure = 0
    levels = VoiceLevels([broken], clock=FakeClock())
    with pytest.raises(Unavailable):
        await said(levels)
    with pytest.raises(Unavailable):
        await levels.warm()


async def test_warming_goes_down_to_the_first_voice_that_is_ready() -> None:
    first, second = HummingVoice("first"), HummingVoice("second")
    first.pieces_until_failure = 0
    levels = VoiceLevels([first, second], clock=FakeClock())
    await levels.warm()
    assert levels.name == "second"


async def test_closing_a_phrase_stops_the_voice_behind_it() -> None:
    voice = HummingVoice()
    sounds = VoiceLevels([voice], clock=FakeClock()).speak(TEXT)
    await anext(sounds)
    await sounds.aclose()
    assert voice.stopped == ["First sentence here."]


async def test_text_is_made_speakable_and_what_has_no_sound_is_left_out() -> None:
    voice = HummingVoice()
    await said(VoiceLevels([voice], clock=FakeClock()), "**It costs $2.** … 😀")
    assert voice.spoken == ["It costs two dollars."]


async def test_no_voice_at_all_is_refused_with_the_cure() -> None:
    with pytest.raises(NotConfigured) as refusal:
        VoiceLevels([], clock=FakeClock())
    assert refusal.value.cure


async def test_closing_closes_every_voice() -> None:
    first, second = HummingVoice(), HummingVoice()
    await VoiceLevels([first, second], clock=FakeClock()).close()
    assert first.is_closed
    assert second.is_closed
