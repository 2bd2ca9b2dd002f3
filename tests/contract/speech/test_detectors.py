"""What every detector of voices does, the fake included."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from backend.conversation.hearing import Detector, Hub, TurnTaker, UtteranceEnded
from backend.conversation.hearing.engines.silero import Silero
from backend.conversation.sound import (
    Framer,
    TelephoneDecoder,
    TelephoneEncoder,
    from_samples,
    silence,
)
from backend.conversation.speaking.engines.piper import Piper
from backend.conversation.tuning import VoiceTuning
from backend.platform.weights import Weights
from tests.fakes.engines import LoudnessDetector

Memory = npt.NDArray[np.float32]

pytestmark = pytest.mark.engines


@pytest.fixture(params=["loudness", "silero"])
async def detector(request: pytest.FixtureRequest) -> Detector:
    if request.param == "loudness":
        return LoudnessDetector()
    weights: Weights = request.getfixturevalue("weights")
    silero = Silero(folder=weights.folder)
    await silero.warm()
    return silero


async def heard(detector: Detector, pcm: bytes) -> list[float]:
    ear = Hub(detector).open()
    return [await ear.listen(frame) for frame in Framer().feed(pcm)]


async def test_speech_is_a_voice_and_silence_is_none(detector: Detector, spoken: bytes) -> None:
    probabilities = await heard(detector, spoken)
    assert max(probabilities[:25]) < 0.3
    assert np.mean([probability > 0.5 for probability in probabilities[40:200]]) > 0.6
    assert max(probabilities[-20:]) < 0.3


async def test_the_murmur_of_a_line_is_no_voice(detector: Detector) -> None:
    murmur = np.random.default_rng(2).normal(size=48_000).astype(np.float32) * 60
    assert max((await heard(detector, from_samples(murmur)))[10:]) < 0.5


async def test_lines_judged_together_hear_what_they_hear_alone(
    detector: Detector, spoken: bytes
) -> None:
    windows = np.frombuffer(spoken, "<i2")[: 512 * 60].astype(np.float32).reshape(-1, 512) / 32768
    alone: Sequence[Memory] = [detector.fresh()]
    together: Sequence[Memory] = [detector.fresh()] * 2
    other = windows[::-1]
    for window, distraction in zip(windows, other, strict=True):
        (single,), alone = detector.judge(window[None], alone)
        (first, _), together = detector.judge(np.stack((window, distraction)), together)
        assert first == pytest.approx(single, abs=1e-3)


async def test_a_spoken_sentence_becomes_one_utterance(detector: Detector, spoken: bytes) -> None:
    ear, taker = Hub(detector).open(), TurnTaker(VoiceTuning())
    events = [
        taker.push(frame, await ear.listen(frame))
        for frame in Framer().feed(silence(200) + spoken + silence(800))
    ]
    ended = [event for event in events if isinstance(event, UtteranceEnded)]
    assert len(ended) == 1
    assert ended[0].utterance.ended_ms - ended[0].utterance.started_ms > 2_500


async def test_single_short_words_are_heard(weights: Weights, piper: Piper) -> None:
    silero = Silero(folder=weights.folder)
    await silero.warm()
    unheard = []
    for word in ("Yes.", "No.", "Okay.", "Thank you."):
        encoder, decoder = TelephoneEncoder(), TelephoneDecoder()
        pcm = b"".join(
            [
                decoder.feed(encoder.feed(sound.pcm, sound.rate_hz))
                async for sound in piper.speak(word)
            ]
        )
        ear, taker = Hub(silero).open(), TurnTaker(VoiceTuning())
        frames = Framer().feed(silence(400) + pcm + silence(1800))
        events = [taker.push(frame, await ear.listen(frame)) for frame in frames]
        if not any(isinstance(event, UtteranceEnded) for event in events):
            unheard.append(word)
    assert unheard == []
