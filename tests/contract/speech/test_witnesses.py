"""What every witness of a turn's end does, the fake included."""

import json
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from backend.conversation.hearing.engines.smart_turn import SmartTurn, features
from backend.conversation.hearing.witness import Witness, WitnessedEars
from backend.conversation.sound import silence
from backend.kernel.errors import NotConfigured, Unavailable
from backend.kernel.speech import Utterance
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.weights import Weights
from backend.platform.weights.service import RECEIPT
from backend.platform.weights.smart_turn import SMART_TURN
from tests.engines.processes import need
from tests.fakes.speech import FakeTranscriber, FakeWitness

pytestmark = pytest.mark.engines


@pytest.fixture(params=["fake", "smart_turn"])
async def witness(request: pytest.FixtureRequest, compute: Compute) -> Witness:
    if request.param == "fake":
        return FakeWitness()
    weights: Weights = request.getfixturevalue("weights")
    try:
        await weights.ensure("smart-turn")
    except NotConfigured as missing:
        need("the weights of Smart Turn", f"{missing.message} {missing.cure}")
    smart = SmartTurn(weights, compute)
    await smart.warm()
    return smart


def utterance(pcm: bytes) -> Utterance:
    return Utterance(pcm, 0, len(pcm) // 32)


async def test_its_word_is_a_probability(witness: Witness, spoken: bytes) -> None:
    for pcm in (spoken, spoken[: len(spoken) // 4 * 2], silence(200), silence(20_000), b""):
        assert 0 <= await witness.ending(utterance(pcm)) <= 1


async def test_the_same_sound_is_judged_the_same(witness: Witness, spoken: bytes) -> None:
    first = await witness.ending(utterance(spoken))
    assert await witness.ending(utterance(spoken)) == pytest.approx(first, abs=1e-4)


async def test_without_its_weights_it_says_so(compute: Compute, tmp_path: Path) -> None:
    smart = SmartTurn(Weights(tmp_path, clock=SystemClock()), compute)
    await smart.warm()
    assert not smart.is_here
    with pytest.raises(NotConfigured) as missing:
        await smart.ending(utterance(silence(100)))
    assert missing.value.cure == "ringback models pull smart-turn"


async def test_a_model_that_is_none_is_told_and_missed_by_nobody(
    compute: Compute, tmp_path: Path
) -> None:
    (tmp_path / "smart-turn").mkdir()
    for file in SMART_TURN.files:  # as large as it should be, and every byte of it wrong
        (tmp_path / "smart-turn" / file.name).write_bytes(b"x" * file.size_bytes)
    receipt = {file.name: file.sha256 for file in SMART_TURN.files}
    (tmp_path / "smart-turn" / RECEIPT).write_text(json.dumps(receipt))
    smart = SmartTurn(Weights(tmp_path, clock=SystemClock()), compute)
    assert smart.is_here
    with pytest.raises(Unavailable):
        await smart.warm()
    ears = WitnessedEars(FakeTranscriber("Hello."), smart)
    assert (await ears.transcribe(utterance(silence(100)))).text == "Hello."


def test_the_picture_is_what_whisper_would_see() -> None:
    """The reference is Whisper's own extractor; its window is longer by one, with other edges."""
    rng = np.random.default_rng(3)
    tone = np.sin(np.arange(8 * 16_000) / 20) * np.linspace(0, 1, 8 * 16_000)
    samples = (tone + rng.normal(size=8 * 16_000) * 0.01).astype(np.float32)
    level = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    whisper = FeatureExtractor(feature_size=80)(level.astype(np.float32))
    ours = features(samples)
    assert ours.shape == (80, 800)
    assert np.abs(ours[:, 5:790] - whisper[:, 5:790]).max() < 0.02
