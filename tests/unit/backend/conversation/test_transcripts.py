"""Words that are read before anybody knows that they are the last."""

import asyncio
from collections.abc import Sequence

from backend.conversation.transcripts import Transcripts
from backend.kernel.errors import Unavailable
from backend.kernel.speech import Transcript, Utterance
from backend.platform.clock import SystemClock

WHOLE = Utterance(b"\1\0" * 320, 0, 20)
HALF = Utterance(b"\2\0" * 320, 0, 20)


class CountingEars:
    """Reads each utterance as its first sample, and counts how often it did."""

    name = "counting"

    def __init__(self) -> None:
        self.read: list[Utterance] = []
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
    ) -> Transcript:
        self.read.append(utterance)
        await self.may_end.wait()
        if self.fails:
            self.fails -= 1
            raise Unavailable
        return Transcript(str(utterance.pcm[0]), 1.0, self.name)


def transcripts(ears: CountingEars, group: asyncio.TaskGroup) -> Transcripts:
    return Transcripts(ears, clock=SystemClock(), group=group, hints=[])


async def test_what_was_read_at_the_pause_is_not_read_again() -> None:
    ears = CountingEars()
    async with asyncio.TaskGroup() as group:
        line = transcripts(ears, group)
        line.read_ahead(WHOLE)
        read = await line.read(WHOLE)
    assert read.transcript.text == "1"
    assert ears.read == [WHOLE]


async def test_whoever_goes_on_is_read_whole() -> None:
    ears = CountingEars()
    ears.may_end.clear()
    async with asyncio.TaskGroup() as group:
        line = transcripts(ears, group)
        line.read_ahead(HALF)
        line.read_ahead(WHOLE)
        ears.may_end.set()
        assert (await line.read(WHOLE)).transcript.text == "1"


async def test_a_guess_that_was_wrong_is_not_taken() -> None:
    ears = CountingEars()
    async with asyncio.TaskGroup() as group:
        line = transcripts(ears, group)
        line.read_ahead(HALF)
        assert (await line.read(WHOLE)).transcript.text == "1"


async def test_busy_ears_are_not_asked_to_guess() -> None:
    ears = CountingEars()
    ears.is_idle = False
    async with asyncio.TaskGroup() as group:
        transcripts(ears, group).read_ahead(WHOLE)
    assert ears.read == []


async def test_a_guess_that_failed_is_tried_once_more() -> None:
    ears = CountingEars()
    ears.fails = 1
    async with asyncio.TaskGroup() as group:
        line = transcripts(ears, group)
        line.read_ahead(WHOLE)
        assert (await line.read(WHOLE)).transcript.text == "1"
    assert ears.read == [WHOLE, WHOLE]


async def test_a_line_that_is_gone_leaves_nothing_running() -> None:
    ears = CountingEars()
    ears.may_end.clear()
    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        line = transcripts(ears, group)
        line.read_ahead(WHOLE)
        line.drop()
