"""Whenever a reply is cut, held or let go on: what was heard and what was not is all of it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import given, settings
from hypothesis import strategies as some

from backend.conversation.exchange.repertoire import Repertoire
from backend.conversation.exchange.reply import RESTART_WORDS, Reply, Speakers
from backend.conversation.speaking import Player
from backend.conversation.wording import FILLER, FILLER_LATER
from backend.kernel.audio import RATE_HZ, Sound
from backend.kernel.ids import TurnId
from backend.platform.tasks import Supervisor
from tests.fakes.clock import FakeClock
from tests.fakes.line import FakeLine

LETTER_MS = 20
TEXT = (
    "The sea covers most of our planet and holds nearly all of its water. "
    "It keeps the climate mild by storing warmth. Shall I tell you about tides next?"
)


class WordyVoice:
    """Speaks for as long as a text has letters, and remembers every word it was asked for."""

    name = "wordy"

    def __init__(self) -> None:
        self.spoken: list[str] = []

    async def warm(self) -> None:
        pass

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        self.spoken.append(text)
        for _ in text:
            yield Sound(b"\x10\x10" * (RATE_HZ * LETTER_MS // 1000))

    async def close(self) -> None:
        pass


async def settle() -> None:
    for _ in range(15):
        await asyncio.sleep(0)  # noqa: TID251 -- lets everybody work, no time passes


class Stage:
    """A reply at work on a clock that stands still; marks come back when the sound is over."""

    def __init__(self) -> None:
        self.clock, self.line, self.voice = FakeClock(), FakeLine(hears_at_once=False), WordyVoice()
        self.player = Player(self.line, self.clock)
        self.repertoire = Repertoire(self.voice)
        self.supervisor = Supervisor()

    def reply(self) -> Reply:
        speakers = Speakers(self.line, self.player, self.repertoire, self.clock)
        return Reply(TurnId("t"), speakers)

    async def pass_ms(self, duration_ms: int) -> None:
        for _ in range(duration_ms // 50):
            self.clock.advance(0.050)
            await settle()


@asynccontextmanager
async def stage(*, knows: tuple[str, ...] = ()) -> AsyncIterator[Stage]:
    here = Stage()
    await here.repertoire.learn(*knows)
    here.voice.spoken.clear()
    async with here.supervisor as supervisor:
        supervisor.start("player", here.player.run())
        yield here


def words(text: str) -> list[str]:
    return text.split()


step = some.tuples(some.sampled_from(["hold", "resume", "give", "wait"]), some.integers(0, 900))


@settings(max_examples=60, deadline=None)
@given(steps=some.lists(step, max_size=8), is_hushed=some.booleans())
def test_cut_at_any_instant_both_parts_are_the_whole(
    steps: list[tuple[str, int]], is_hushed: bool
) -> None:
    asyncio.run(cut_anywhere(steps, is_hushed=is_hushed))


async def cut_anywhere(steps: list[tuple[str, int]], *, is_hushed: bool) -> None:
    async with stage() as here:
        reply = here.reply()
        pieces = [f"{word} " for word in words(TEXT)]
        running = here.supervisor.start("reply", reply.run())
        held, heard_before = 0, 0
        for verb, duration_ms in steps:
            if verb == "hold":
                held += await reply.hold()
            elif verb == "resume":
                reply.resume()
            elif verb == "give" and pieces:
                for piece in pieces[: duration_ms // 30]:
                    await reply.give(piece)
                pieces = pieces[duration_ms // 30 :]
            await here.pass_ms(duration_ms)
            heard = words(reply.heard_text())
            assert heard + words(reply.unheard_text()) == words(reply.text)
            assert len(heard) >= heard_before, "what was heard is not unheard again"
            heard_before = len(heard)
        if is_hushed:
            await reply.hush()
            assert words(reply.heard_text()) == words(TEXT)[:heard_before]
        else:
            for piece in pieces:
                await reply.give(piece)
            reply.close()
            reply.resume()
            await here.pass_ms(6_000)
            assert reply.heard_text() == TEXT
        await settle()
        assert running.done()
        said = sum(len(words(text)) for text in here.voice.spoken)
        if not is_hushed:
            again = said - len(words(TEXT))
            assert again >= 0, "a word was left out"


async def test_a_held_reply_goes_on_a_word_or_two_before_where_it_was_cut() -> None:
    async with stage() as here:
        reply = here.reply()
        reply.add("It keeps the climate mild by storing warmth.")
        reply.close()
        here.supervisor.start("reply", reply.run())
        await here.pass_ms(450)
        await reply.hold()
        heard = words(reply.heard_text())
        assert reply.resume()
        await here.pass_ms(4_500)
        again = words(here.voice.spoken[-1])
        assert again == words(reply.text)[len(heard) - RESTART_WORDS :]
        assert reply.unheard_text() == ""


async def test_between_two_phrases_nothing_is_said_twice() -> None:
    async with stage() as here:
        reply = here.reply()
        reply.add("This sentence comes first. And that one comes after it.")
        reply.close()
        here.supervisor.start("reply", reply.run())
        await here.pass_ms(550)
        here.player.mark_heard(here.line.marks[0])
        await reply.hold()
        reply.resume()
        await here.pass_ms(5_000)
        assert here.voice.spoken[-1] == "And that one comes after it."


async def test_a_reply_that_begins_while_somebody_speaks_waits_for_them() -> None:
    async with stage() as here:
        speakers = Speakers(here.line, here.player, here.repertoire, here.clock)
        reply = Reply(TurnId("t"), speakers, is_held=True)
        reply.add("Here I am again.")
        reply.close()
        here.supervisor.start("reply", reply.run())
        await here.pass_ms(500)
        assert not here.line.played
        reply.resume()
        await here.pass_ms(4_000)
        assert reply.heard_text() == "Here I am again."


async def test_dead_air_is_bridged_twice_by_what_is_known_by_heart() -> None:
    async with stage(knows=(FILLER, FILLER_LATER)) as here:
        reply = here.reply()
        running = here.supervisor.start("reply", reply.run())
        await here.pass_ms(1_000)
        assert not here.line.played
        await here.pass_ms(400)
        first = len(here.line.played)
        assert first
        await here.pass_ms(8_000)
        assert len(here.line.played) > first
        assert reply.delivery.has_filler
        assert (reply.heard_text(), reply.unheard_text()) == ("", "")
        reply.add("Found it.")
        reply.close()
        await here.pass_ms(6_000)
        assert running.done()
        assert reply.heard_text() == "Found it."


async def test_no_filler_interrupts_what_is_being_heard() -> None:
    async with stage(knows=(FILLER, FILLER_LATER)) as here:
        reply = here.reply()
        reply.add("A sentence that takes its time to be said, as some of them do. ")
        running = here.supervisor.start("reply", reply.run())
        await here.pass_ms(2_000)
        assert not reply.delivery.has_filler
        reply.close()
        await here.pass_ms(6_000)
        assert running.done()


async def test_a_short_reply_that_was_all_made_goes_on_at_once_after_a_cough() -> None:
    async with stage() as here:
        reply = here.reply()
        reply.add("The sea is wide and deep.")
        reply.close()
        here.supervisor.start("reply", reply.run())
        await here.pass_ms(250)
        assert await reply.hold()
        await here.pass_ms(200)
        here.line.played.clear()
        assert reply.resume()
        await here.pass_ms(50)
        assert here.line.played
