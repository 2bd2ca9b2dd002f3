"""One hub, many ears."""

import asyncio

import numpy as np
import pytest

from backend.conversation.hearing import Hub
from backend.conversation.hearing.voice_activity import LOUD_ENOUGH
from backend.conversation.sound import Framer, silence
from backend.kernel.audio import Frame
from backend.kernel.errors import Unavailable
from tests.fakes.engines import LoudnessDetector

LOUD = (np.sin(np.arange(16_000)) * 9000).astype("<i2").tobytes()


def frames(pcm: bytes) -> list[Frame]:
    return Framer().feed(pcm)


async def test_an_ear_says_voice_where_there_is_one_and_silence_elsewhere() -> None:
    ear = Hub(LoudnessDetector()).open()
    heard = [await ear.listen(frame) for frame in frames(silence(500) + LOUD + silence(1500))]
    assert max(heard[:24]) < 0.1
    assert min(heard[28:74]) > 0.5
    assert heard[-1] < 0.1


async def test_silence_costs_no_run_of_the_model() -> None:
    detector = LoudnessDetector()
    ear = Hub(detector).open()
    for frame in frames(silence(2000)):
        await ear.listen(frame)
    assert detector.rounds == []


async def test_ears_that_hear_at_the_same_time_are_judged_in_one_round() -> None:
    detector = LoudnessDetector()
    hub = Hub(detector)
    ears = [hub.open() for _ in range(8)]
    first, second = frames(LOUD)[:2]
    await asyncio.gather(*(ear.listen(first) for ear in ears))
    await asyncio.gather(*(ear.listen(second) for ear in ears))
    assert detector.rounds == [8]


async def test_a_call_that_hangs_up_in_the_middle_harms_no_other() -> None:
    hub = Hub(LoudnessDetector())
    leaving, staying = hub.open(), hub.open()
    first, second = frames(LOUD)[:2]
    await leaving.listen(first)
    await staying.listen(first)
    left = asyncio.ensure_future(leaving.listen(second))
    stayed = asyncio.ensure_future(staying.listen(second))
    await asyncio.sleep(0)  # noqa: TID251 -- lets both ask, no time passes
    left.cancel()
    assert await stayed == 0.9
    leaving.close()
    leaving.close()


async def test_a_broken_detector_leaves_nobody_waiting() -> None:
    detector = LoudnessDetector()
    detector.is_broken = True
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(str(context)))
    ear = Hub(detector).open()
    first, second = frames(LOUD)[:2]
    await ear.listen(first)  # no whole window yet
    with pytest.raises(Unavailable):
        await ear.listen(second)
    assert "broken" in told[0]


async def test_what_one_line_sends_deafens_no_other() -> None:
    detector = LoudnessDetector()
    hub = Hub(detector)
    sick, well = hub.open(), hub.open()
    first, second = frames(LOUD)[:2]
    await asyncio.gather(sick.listen(first), well.listen(first))
    detector.failures_left = 2  # the common run, and the first that is made alone
    heard = await asyncio.gather(sick.listen(second), well.listen(second))
    assert list(heard) == [LOUD_ENOUGH, 0.9]


async def test_when_the_gate_opens_the_detector_hears_what_came_just_before() -> None:
    detector = LoudnessDetector()
    ear = Hub(detector).open()
    for frame in frames(silence(1600)):
        await ear.listen(frame)
    assert detector.rounds == []
    for frame in frames(LOUD)[:2]:
        await ear.listen(frame)
    assert len(detector.rounds) == 5  # four silent windows and the first loud one


async def test_silence_that_is_passed_over_leaves_the_ear_as_if_it_had_listened() -> None:
    heard: list[list[float]] = []
    asked: list[list[int]] = []
    for is_quick in (True, False):
        detector = LoudnessDetector()
        ear = Hub(detector).open()
        sound = silence(700) + LOUD + silence(1500) + LOUD + silence(200)
        heard.append(
            [
                0.0 if is_quick and ear.hears_nothing(frame) else await ear.listen(frame)
                for frame in frames(sound)
            ]
        )
        asked.append(detector.rounds)
    assert heard[0] == heard[1]
    assert asked[0] == asked[1]
