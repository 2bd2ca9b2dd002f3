"""A line comes to its end however loud it is at the other side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.conversation.exchange.stages import Limits
from backend.kernel.events import Said
from tests.contract.phone.ground import Ground
from tests.contract.phone.house import House
from tests.contract.phone.talk import spoken, talking
from tests.fakes.line import FakeLine

LIMITS = Limits(session_s=1.0, goodbye_s=1.0)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


@asynccontextmanager
async def a_voice_without_end(house: House, line: FakeLine) -> AsyncIterator[None]:
    async def go_on() -> None:
        while True:
            line.speak(voice_ms=20, silence_ms=0)
            await house.clock.sleep(0.02)

    async with asyncio.TaskGroup() as group:
        going_on = group.create_task(go_on())
        yield
        going_on.cancel()


@pytest.mark.parametrize("words", [[], ["Let me tell you all about it, and"]])
async def test_neither_a_noise_nor_a_talker_outlasts_the_maximum_call_time(
    ground: Ground, words: list[str]
) -> None:
    house = House(ground, limits=LIMITS)
    await house.settle()
    house.voice.phrase_ms = 600
    house.transcriber.texts = words
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        async with a_voice_without_end(house, talk.line):
            row = await talk.ended()
    assert row["ended_by"] == "limit"


async def test_a_noise_that_begins_in_our_goodbye_does_not_stop_the_clock(ground: Ground) -> None:
    house = House(ground, limits=Limits(session_s=4.0, silence_s=0.3, goodbye_s=1.0))
    await house.settle()
    house.voice.phrase_ms = 600
    async with talking(house, FakeLine()) as talk:
        while "I'll hang up now." not in spoken(talk.line):
            await house.clock.sleep(0.02)
        async with a_voice_without_end(house, talk.line):
            row = await talk.ended()
    assert row["ended_by"] == "limit"
