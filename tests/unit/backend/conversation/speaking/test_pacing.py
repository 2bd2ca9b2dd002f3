"""A little ahead of the ear, and sure of what was heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.conversation.speaking import Player
from backend.conversation.tuning import VoiceTuning
from backend.kernel.audio import Sound, WordEnd
from backend.kernel.speech import Phrase
from tests.fakes.clock import FakeClock
from tests.fakes.engines import WrittenLine

TEN_WORDS = "one two three four five six seven eight nine ten"


async def hum(duration_ms: int, *, rate_hz: int = 16_000) -> AsyncIterator[Sound]:
    for _ in range(duration_ms // 100):
        yield Sound(b"\x10\x10" * (rate_hz // 10), rate_hz)


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)  # noqa: TID251 -- lets the player work, no time passes


class Stage:
    """A player at work on a clock that stands still."""

    def __init__(self) -> None:
        self.clock, self.line = FakeClock(), WrittenLine()
        tuning = VoiceTuning(playback_lead_ms=400, playback_slice_ms=100)
        self.player = Player(self.line, self.clock, tuning=tuning)

    async def pass_ms(self, duration_ms: int) -> None:
        for _ in range(duration_ms // 10):
            self.clock.advance(0.010)
            await settle()

    async def play(self, text: str, duration_ms: int, *, index: int = 0) -> None:
        await self.player.play(Phrase(text, index), hum(duration_ms))
        await settle()


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    here = Stage()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(here.player.run())
        yield here
        running.cancel()


async def test_it_never_sends_further_ahead_than_the_lead() -> None:
    async with stage() as here:
        await here.play(TEN_WORDS, 3000)
        assert here.line.sent_ms == 500  # the lead, and the slice that reaches over it
        await here.pass_ms(1000)
        assert here.line.sent_ms == 1500
        await here.pass_ms(2000)
        assert here.line.sent_ms == 3000


async def test_a_phrase_ends_with_one_mark() -> None:
    async with stage() as here:
        await here.play(TEN_WORDS, 200)
        assert here.line.done == ["play", "play", "mark"]


async def test_until_marks_come_the_clock_says_what_was_heard() -> None:
    async with stage() as here:
        await here.play(TEN_WORDS, 2000)
        assert here.player.heard().text == ""
        await here.pass_ms(1000)
        heard = here.player.heard()
        assert heard.text == "one two three four five"
        assert heard.unheard == "six seven eight nine ten"


async def test_a_mark_is_the_truth_whatever_the_clock_says() -> None:
    async with stage() as here:
        await here.play("hello there", 300)
        here.player.mark_heard(here.line.marks[0])
        assert here.player.heard().text == "hello there"
        assert here.player.is_silent


async def test_a_late_mark_moves_what_follows() -> None:
    async with stage() as here:
        await here.play("first phrase", 300)
        await here.play(TEN_WORDS, 1000, index=1)
        await here.pass_ms(900)  # the line was slow: the first phrase ends only now
        here.player.mark_heard(here.line.marks[0])
        assert here.player.heard().text == "first phrase"
        await here.pass_ms(500)
        assert here.player.heard().text == "first phrase one two three four five"


async def test_clearing_keeps_the_words_heard_and_gives_back_the_rest() -> None:
    async with stage() as here:
        await here.play(TEN_WORDS, 2000)
        await here.pass_ms(600)
        heard = await here.player.clear()
        assert heard.text == "one two three"
        assert heard.unheard == "four five six seven eight nine ten"
        await here.pass_ms(2000)
        assert here.player.heard() == heard
        assert here.line.pcm == b""


async def test_marks_that_a_clear_sends_back_prove_nothing() -> None:
    async with stage() as here:
        await here.play("hello there", 300)
        heard = await here.player.clear()
        here.player.mark_heard(here.line.marks[0])
        assert here.player.heard() == heard


async def test_a_clear_stops_the_phrase_that_is_being_made() -> None:
    async with stage() as here:

        async def endless() -> AsyncIterator[Sound]:
            while True:
                yield Sound(bytes(3200))
                await here.clock.sleep(0.01)

        async with asyncio.TaskGroup() as group:
            playing = group.create_task(here.player.play(Phrase("endless", 0), endless()))
            await here.pass_ms(100)
            await here.player.clear()
            await here.pass_ms(100)
            assert playing.done()


async def test_what_is_said_after_a_cut_leaves_at_once() -> None:
    async with stage() as here:
        await here.play(TEN_WORDS, 3000)
        before = here.line.sent_ms
        here.player.cut()
        here.player.begin()
        await here.play("Yes.", 200)
        assert here.line.sent_ms == before + 200, "it waited for what nobody hears"


async def test_what_is_made_far_ahead_waits_and_is_not_piled_up() -> None:
    async with stage() as here, asyncio.TaskGroup() as group:
        playing = group.create_task(here.play(TEN_WORDS, 60_000))
        await settle()
        assert not playing.done()
        await here.pass_ms(46_000)
        assert playing.done()


async def asked(voice: list[str], duration_ms: int) -> AsyncIterator[Sound]:
    voice.append("asked")
    async for sound in hum(duration_ms):
        yield sound


async def test_no_voice_is_asked_for_a_phrase_while_enough_lies_ready() -> None:
    voice: list[str] = []
    async with stage() as here, asyncio.TaskGroup() as group:
        await here.play(TEN_WORDS, 6_000)
        playing = group.create_task(here.player.play(Phrase("more", 1), asked(voice, 1_000)))
        await here.pass_ms(1_000)
        assert not voice, "what nobody may ever hear was made"
        await here.pass_ms(1_000)
        assert playing.done()
        assert voice


async def test_a_phrase_that_waits_for_its_turn_is_dropped_at_a_cut() -> None:
    voice: list[str] = []
    async with stage() as here, asyncio.TaskGroup() as group:
        await here.play(TEN_WORDS, 6_000)
        playing = group.create_task(here.player.play(Phrase("more", 1), asked(voice, 1_000)))
        await settle()
        here.player.cut()
        await settle()
        sent_ms = here.line.sent_ms
        await here.pass_ms(2_000)
        assert playing.done()
        assert here.line.sent_ms == sent_ms


async def test_phrases_that_waited_follow_without_a_gap() -> None:
    async with stage() as here:
        async with asyncio.TaskGroup() as group:
            group.create_task(here.play(TEN_WORDS, 6_000))
            await settle()
            group.create_task(here.play("more", 3_000, index=1))
            await here.pass_ms(9_000)
        assert here.line.sent_ms == 9_000


async def test_drained_waits_for_the_mark() -> None:
    async with stage() as here:
        await here.play("hello", 200)
        async with asyncio.TaskGroup() as group:
            drained = group.create_task(here.player.drained())
            await here.pass_ms(300)
            assert not drained.done()
            here.player.mark_heard(here.line.marks[0])
            await here.pass_ms(40)
            assert drained.done()


async def test_drained_does_not_wait_for_ever_for_a_lost_mark() -> None:
    async with stage() as here:
        await here.play("hello", 200)
        async with asyncio.TaskGroup() as group:
            drained = group.create_task(here.player.drained())
            await here.pass_ms(2300)
            assert drained.done()


async def test_voices_of_different_rates_in_one_phrase_keep_their_pace() -> None:
    async with stage() as here:

        async def both() -> AsyncIterator[Sound]:
            async for sound in hum(300, rate_hz=22_050):
                yield sound
            async for sound in hum(300):
                yield sound

        await here.player.play(Phrase("two voices", 0), both())
        await here.pass_ms(1000)
        assert abs(here.line.sent_ms - 600) <= 15


async def test_it_knows_which_voice_spoke_last_in_a_reply() -> None:
    async def relay() -> AsyncIterator[Sound]:
        for engine in ("first", "", "second"):
            yield Sound(b"\x10\x10" * 1600, 16_000, engine=engine)

    async with stage() as here:
        await here.player.play(Phrase(TEN_WORDS, 0), relay())
        assert here.player.speaker == "second"
        here.player.begin()
        assert not here.player.speaker


async def test_a_new_reply_counts_what_is_heard_from_its_beginning() -> None:
    async with stage() as here:
        await here.play("old words", 200)
        here.player.mark_heard(here.line.marks[0])
        here.player.begin()
        await here.play("new words", 200)
        here.player.mark_heard(here.line.marks[1])
        assert here.player.heard().text == "new words"


async def test_a_voice_that_fails_in_the_middle_leaves_a_phrase_that_still_ends() -> None:
    async with stage() as here:

        async def broken() -> AsyncIterator[Sound]:
            yield Sound(bytes(6400))
            raise ValueError

        try:
            await here.player.play(Phrase("broken words here", 0), broken())
        except ValueError:
            await settle()
        assert here.line.done == ["play", "play", "mark"]


async def test_a_mark_that_nobody_knows_proves_nothing() -> None:
    async with stage() as here:
        await here.play(TEN_WORDS, 2000)
        here.player.mark_heard("0.99")
        assert here.player.heard().text == ""


async def test_a_phrase_that_is_still_being_made_is_no_silence() -> None:
    async with stage() as here:

        async def slow() -> AsyncIterator[Sound]:
            await here.clock.sleep(5)
            yield Sound(bytes(3200))

        async with asyncio.TaskGroup() as group:
            group.create_task(here.player.play(Phrase("slow", 0), slow()))
            await here.pass_ms(3000)
            assert not here.player.is_silent
            await here.pass_ms(5000)
            assert here.player.is_silent


async def test_an_engine_that_knows_where_its_words_end_is_believed() -> None:
    async with stage() as here:

        async def drawn_out() -> AsyncIterator[Sound]:
            yield Sound(b"\x10\x10" * 16_000, words=(WordEnd("wait", 900),))
            yield Sound(b"\x10\x10" * 16_000, words=(WordEnd("there", 500),))

        await here.player.play(Phrase("wait 4 there now", 0), drawn_out())
        await here.pass_ms(800)
        assert here.player.heard().text == ""  # by its letters it would long have passed
        await here.pass_ms(150)
        assert here.player.heard().text == "wait"
        await here.pass_ms(600)
        assert here.player.heard().text == "wait 4 there"


async def test_crumbs_of_sound_leave_as_slices() -> None:
    async with stage() as here:

        async def crumbs() -> AsyncIterator[Sound]:
            for _ in range(20):
                yield Sound(b"\x10\x10" * 160)

        await here.player.play(Phrase("in crumbs", 0), crumbs())
        await here.pass_ms(400)
        assert here.line.done == ["play", "play", "mark"]


async def test_a_way_to_the_ear_that_takes_time_is_learnt_from_the_marks() -> None:
    async with stage() as here:
        for index in range(8):
            await here.play("a phrase", 200, index=index)
            await here.pass_ms(400)  # each is heard 200 ms after it was sent
            here.player.mark_heard(here.line.marks[-1])
        here.player.begin()
        await here.play(TEN_WORDS, 2000)
        await here.pass_ms(300)
        assert here.player.heard().text in {"", "one"}


async def test_keys_are_pressed_in_place_of_words_and_leave_no_words_behind() -> None:
    async with stage() as here, asyncio.TaskGroup() as group:
        saying = group.create_task(here.play(TEN_WORDS, 3000))
        await here.pass_ms(200)
        pressing = group.create_task(here.player.press("12#"))
        await here.pass_ms(5000)  # no mark comes, so the clock decides
        assert saying.done()
        assert pressing.done()
        assert here.line.done.count("clear") == 1
        assert here.player.heard().text == ""
