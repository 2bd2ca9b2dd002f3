"""Two hundred sounds in which nobody speaks, through a telephone: no words come of them."""

import pytest

from backend.conversation.hearing.engines.faster_whisper import FasterWhisper
from backend.conversation.hearing.engines.silero import Silero
from backend.conversation.hearing.voicing import Voicing
from backend.kernel.errors import NotConfigured
from backend.platform.compute import Compute
from backend.platform.weights import Weights
from bench.callers import telephone
from bench.noises import clips
from tests.engines.processes import need

pytestmark = [pytest.mark.engines, pytest.mark.slow]

CLIPS = 200


@pytest.mark.covers("VT-02")
@pytest.mark.parametrize("model", ["base", "tiny.en"])
async def test_noise_breath_music_and_line_hum_give_no_words(
    weights: Weights, compute: Compute, model: str
) -> None:
    try:
        await weights.ensure(f"whisper-{model}")
    except NotConfigured as missing:
        need(f"whisper-{model}", missing.message)
    ears = FasterWhisper(
        weights,
        compute,
        model=f"whisper-{model}",
        voicing=Voicing(Silero(folder=weights.folder)),
    )
    invented = []
    for clip in clips(CLIPS):
        transcript = await ears.transcribe(telephone(clip.samples))
        if transcript.text:
            invented.append((clip.kind, transcript))
    assert invented == []
