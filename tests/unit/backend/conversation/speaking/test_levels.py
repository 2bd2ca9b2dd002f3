"""When a voice fails, the next one goes on."""

import pytest

from backend.conversation.speaking import Level, Patience, VoiceLevels
from backend.conversation.speaking.levels import LATELY_S
from backend.kernel.errors import Busy, NotConfigured, Unavailable
from backend.llm import Payer
from tests.fakes.clock import FakeClock
from tests.fakes.engines import HummingVoice, SlowVoice, TimedVoice

TEXT = "First sentence here. Second sentence here."


async def said(voice: VoiceLevels, text: str = TEXT) -> list[int]:
    return [sound.rate_hz async for sound in voice.speak(text)]


async def test_the_first_voice_speaks_sentence_by_sentence() -> None:
    first, second = HummingVoice(), HummingVoice()
    await said(VoiceLevels([first, second], clock=FakeClock()))
    assert first.spoken == ["First sentence here.", "Second sentence here."]
    assert second.spoken == []


async def test_the_next_voice_goes_on_from_the_last_word_when_one_breaks_in_the_middle() -> None:
    first, second = HummingVoice(rate_hz=22_050), HummingVoice(rate_hz=16_000)
    failures: list[tuple[str, str]] = []
    levels = VoiceLevels(
        [first, second],
        clock=FakeClock(),
        on_failure=lambda name, reason: failures.append((name, reason)),
    )
    sounds = levels.speak("Now another voice takes the rest of it. And this.")
    await anext(sounds)
    first.pieces_until_failure = 12
    rest = [sound.rate_hz async for sound in sounds]
    # That was enough sound for three words; whether the third was whole, nobody knows.
    assert second.spoken == ["voice takes the rest of it.", "And this."]
    assert rest[-1] == 16_000
    assert failures == [("humming", "the voice broke")]
    assert levels.name == second.name


async def test_a_voice_that_tells_the_times_of_words_is_gone_on_from_exactly() -> None:
    first, second = TimedVoice(), HummingVoice()
    first.pieces_until_failure = 2
    levels = VoiceLevels([first, second], clock=FakeClock())
    await said(levels)
    assert second.spoken == ["here.", "Second sentence here."]


async def test_the_ends_of_words_are_those_of_the_text_as_it_is_written() -> None:
    levels = VoiceLevels([TimedVoice()], clock=FakeClock())
    words = [
        word.text
        async for sound in levels.speak("It costs **$2.50** at 5 p.m. for *Anna*. All right?")
        for word in sound.words
    ]
    assert words == [
        "It",
        "costs",
        "**$2.50**",
        "at",
        "5",
        "p.m.",
        "for",
        "*Anna*.",
        "All",
        "right?",
    ]


async def test_a_voice_that_is_too_slow_is_passed_over() -> None:
    slow, second = SlowVoice(first_s=0.5), HummingVoice()
    patience = Patience(first_sound_s=0.05, between_s=0.05, after_failure_s=0.02, last_s=5)
    levels = VoiceLevels([slow, second], clock=FakeClock(), patience=patience)
    await said(levels, "Are you there?")
    assert second.spoken == ["Are you there?"]
    assert slow.stopped


async def test_the_last_voice_is_waited_for() -> None:
    slow = SlowVoice(first_s=0.1)
    patience = Patience(first_sound_s=0.02, last_s=5)
    levels = VoiceLevels([slow], clock=FakeClock(), patience=patience)
    assert await said(levels, "Are you there?")


async def test_a_voice_without_a_sound_has_failed() -> None:
    mute, second = HummingVoice(), HummingVoice()
    mute.is_mute = True
    await said(VoiceLevels([mute, second], clock=FakeClock()), "Hello there.")
    assert second.spoken == ["Hello there."]


async def test_a_text_that_one_voice_refuses_is_no_illness_of_it() -> None:
    strict, second = HummingVoice(), HummingVoice()
    strict.letters_max = 20
    levels = VoiceLevels([strict, second], clock=FakeClock())
    await said(levels, "This is a sentence that is too long for it.")
    await said(levels, "This one is not.")
    assert strict.spoken[-1] == "This one is not."


class Purse:
    """Pays for so many letters, then no more."""

    def __init__(self, letters: int) -> None:
        self.letters = letters
        self.refunded: list[str] = []

    async def pay(self, text: str, payer: Payer | None) -> str:
        if len(text) > self.letters:
            raise Busy("Today's budget is spent.")
        self.letters -= len(text)
        return text

    async def refund(self, receipt: str) -> None:
        self.refunded.append(receipt)


async def test_when_the_money_is_spent_a_free_voice_goes_on() -> None:
    dear, free, purse = HummingVoice("dear"), HummingVoice("free"), Purse(25)
    await said(VoiceLevels([Level(dear, purse), free], clock=FakeClock()))
    assert dear.spoken == ["First sentence here."]
    assert free.spoken == ["Second sentence here."]
    assert purse.refunded == []


async def test_what_made_no_sound_costs_nothing() -> None:
    dear, free, purse = HummingVoice("dear"), HummingVoice("free"), Purse(1_000)
    dear.pieces_until_failure = 0
    await said(VoiceLevels([Level(dear, purse), free], clock=FakeClock()), "Hello there.")
    assert purse.refunded == ["Hello there."]


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
    levels = VoiceLevels([], clock=FakeClock())
    assert levels.name == "none"
    for asked in (levels.warm(), said(levels)):
        with pytest.raises(NotConfigured) as refusal:
            await asked
        assert refusal.value.cure


async def test_closing_closes_every_voice() -> None:
    first, second = HummingVoice(), HummingVoice()
    await VoiceLevels([first, second], clock=FakeClock()).close()
    assert first.is_closed
    assert second.is_closed


async def test_who_has_just_failed_is_left_alone_until_it_speaks_or_time_has_passed() -> None:
    clock, first = FakeClock(), HummingVoice(rate_hz=22_050)
    levels = VoiceLevels([first, HummingVoice(rate_hz=16_000)], clock=clock)
    assert levels.left_alone == []
    first.pieces_until_failure = 0
    await said(levels)
    clock.advance(LATELY_S - 1)
    assert levels.left_alone == [first.name]
    clock.advance(1)
    assert levels.left_alone == []
