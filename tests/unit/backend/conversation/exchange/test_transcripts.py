"""Words that are read before anybody knows that they are the last."""

import asyncio
from collections.abc import Sequence

from backend.conversation.exchange.transcripts import Read, Transcripts, Whose
from backend.kernel.errors import Busy, Unavailable
from backend.kernel.ids import OwnerId, TurnId
from backend.kernel.speech import Transcript, Utterance
from backend.llm import Payer
from tests.fakes.clock import FakeClock

WHOLE = Utterance(b"\1\0" * 320, 0, 20)
HALF = Utterance(b"\2\0" * 320, 0, 20)
NEXT = Utterance(b"\3\0" * 320, 5_000, 5_020)


class CountingEars:
    """Reads each utterance as its first sample, and counts how often it did."""

    name = "counting"

    def __init__(self, *glances: str) -> None:
        self.read: list[Utterance] = []
        self.paid: list[str] = []
        self.glances = list(glances)
        self.is_idle, self.fails = True, 0
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def warm(self) -> None:
        pass

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
        payer: Payer | None = None,
    ) -> Transcript:
        if not is_final:
            await self.may_end.wait()
            if not self.glances:
                raise Busy
            return Transcript(self.glances.pop(0), 1.0, self.name)
        self.read.append(utterance)
        self.paid.append(payer.turn_id or "" if payer else "")
        await self.may_end.wait()
        if self.fails:
            self.fails -= 1
            raise Unavailable
        return Transcript(str(utterance.pcm[0]), 1.0, self.name)


class Line:
    """A line's transcripts, and all that was told of them."""

    def __init__(self, ears: CountingEars, group: asyncio.TaskGroup) -> None:
        self.words: list[Read] = []
        self.partials: list[tuple[str, bool]] = []
        self.clock = FakeClock()
        self.paid = 0
        self.transcripts = Transcripts(
            ears,
            clock=self.clock,
            group=group,
            whose=Whose([], self.pays),
            on_words=self.words.append,
            on_partial=lambda text, is_stable: self.partials.append((text, is_stable)),
        )

    def pays(self) -> Payer:
        self.paid += 1
        return Payer(OwnerId("anna"), TurnId(f"reading {self.paid}"))

    async def glance(self, utterance: Utterance = HALF) -> None:
        self.transcripts.grew(utterance)
        await settled()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)  # noqa: TID251 - a step of the loop, not time


async def test_what_was_read_at_the_pause_is_told_and_not_read_again() -> None:
    ears = CountingEars()
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        line.transcripts.paused(WHOLE)
        read = await line.transcripts.read(WHOLE)
    assert read.transcript.text == "1"
    assert line.words == [read]
    assert ears.read == [WHOLE]
    assert line.transcripts.take_dropped() == []


async def test_whoever_goes_on_is_read_whole_and_the_first_reading_counted_once() -> None:
    ears = CountingEars()
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        line.transcripts.paused(HALF)
        await settled()
        line.transcripts.drop()
        line.transcripts.paused(WHOLE)
        assert (await line.transcripts.read(WHOLE)).transcript.text == "1"
    assert len(line.transcripts.take_dropped()) == 1
    assert line.transcripts.take_dropped() == []


async def test_a_reading_that_was_dropped_tells_nothing() -> None:
    ears = CountingEars()
    ears.may_end.clear()
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        line.transcripts.paused(HALF)
        await settled()
        line.transcripts.drop()
        ears.may_end.set()
    assert line.words == []


async def test_a_soft_ending_replaces_what_was_read_without_it() -> None:
    ears = CountingEars()
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        line.transcripts.paused(HALF)
        line.transcripts.paused(WHOLE)
        assert (await line.transcripts.read(WHOLE)).transcript.text == "1"
    assert len(line.transcripts.take_dropped()) == 1


async def test_more_sound_than_was_read_is_read_again() -> None:
    ears = CountingEars()
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        line.transcripts.paused(HALF)
        assert (await line.transcripts.read(WHOLE)).transcript.text == "1"
    assert len(line.transcripts.take_dropped()) == 1


async def test_the_next_utterance_does_not_drop_one_that_still_waits_for_its_turn() -> None:
    ears = CountingEars()
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        line.transcripts.paused(WHOLE)
        line.transcripts.paused(NEXT)
        line.transcripts.drop()
        assert (await line.transcripts.read(WHOLE)).transcript.text == "1"
    assert ears.read == [WHOLE]


async def test_a_guess_that_failed_is_tried_once_more() -> None:
    ears = CountingEars()
    ears.fails = 1
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        line.transcripts.paused(WHOLE)
        assert (await line.transcripts.read(WHOLE)).transcript.text == "1"
    assert ears.read == [WHOLE, WHOLE]


async def test_a_line_that_is_gone_leaves_nothing_running() -> None:
    ears = CountingEars()
    ears.may_end.clear()
    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        line = Line(ears, group)
        line.transcripts.grew(HALF)
        line.transcripts.paused(WHOLE)
        line.transcripts.paused(NEXT)
        line.transcripts.close()


async def test_what_two_glances_agree_on_is_stable() -> None:
    ears = CountingEars("Remind me to", "Remind me to call", "Remind me to call Anna.")
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        for _ in range(3):
            await line.glance()
    assert line.partials == [
        ("Remind me to", False),
        ("Remind me to", True),
        ("Remind me to call", False),
        ("Remind me to call", True),
        ("Remind me to call Anna.", False),
    ]


async def test_another_utterance_owes_nothing_to_the_last() -> None:
    ears = CountingEars("one two three", "one two three")
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        await line.glance(HALF)
        await line.glance(NEXT)
    assert all(not is_stable for _, is_stable in line.partials)


async def test_ears_that_others_need_are_not_asked_for_glances() -> None:
    ears = CountingEars("words")
    ears.is_idle = False
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        await line.glance()
    assert line.partials == []


async def test_a_glance_that_is_refused_is_no_news() -> None:
    async with asyncio.TaskGroup() as group:
        line = Line(CountingEars(), group)
        await line.glance()
    assert line.partials == []


async def test_slow_glances_become_rare() -> None:
    ears = CountingEars("one", "one two")
    ears.may_end.clear()
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        await line.glance()
        line.clock.advance(0.5)
        ears.may_end.set()
        await settled()
        line.clock.advance(1.0)
        await line.glance()
        assert len(line.partials) == 1
        line.clock.advance(0.2)
        await line.glance()
        assert len(line.partials) > 1


async def test_a_pause_ends_the_glance() -> None:
    ears = CountingEars("one")
    ears.may_end.clear()
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        line.transcripts.grew(HALF)
        line.transcripts.paused(WHOLE)
        ears.may_end.set()
        await line.transcripts.read(WHOLE)
    assert line.partials == []


async def test_each_reading_is_paid_under_its_own_name_and_keeps_it_when_it_is_dropped() -> None:
    ears = CountingEars()
    async with asyncio.TaskGroup() as group:
        line = Line(ears, group)
        line.transcripts.paused(HALF)
        await settled()
        line.transcripts.drop()
        line.transcripts.paused(WHOLE)
        read = await line.transcripts.read(WHOLE)
    assert ears.paid == ["reading 1", "reading 2"]
    assert [dropped.paid_as for dropped in line.transcripts.take_dropped()] == ["reading 1"]
    assert read.paid_as == "reading 2"
