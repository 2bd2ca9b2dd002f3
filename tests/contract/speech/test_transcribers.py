"""What every transcriber does, the fake included."""

import asyncio
import re
from collections.abc import AsyncIterator

import numpy as np
import pytest

from backend.conversation.hearing import Transcriber
from backend.conversation.hearing.endpoint import Endpoint
from backend.conversation.hearing.engines.faster_whisper import FasterWhisper
from backend.conversation.hearing.engines.groq import GroqTranscriber
from backend.conversation.hearing.engines.openai import OpenAITranscriber
from backend.conversation.hearing.engines.silero import Silero
from backend.conversation.hearing.pool import WAITING_MAX
from backend.conversation.hearing.voicing import Voicing
from backend.conversation.sound import from_samples, silence
from backend.kernel.errors import Busy
from backend.kernel.speech import Utterance
from backend.platform.compute import Compute
from backend.platform.weights import Weights
from tests.contract.speech.conftest import REMEMBER
from tests.fakes.engines import ScriptedTranscriber
from tests.fakes.transcription_server import Heard, TranscriptionServer

pytestmark = pytest.mark.engines


@pytest.fixture(scope="session")
def whisper(weights: Weights, compute: Compute) -> FasterWhisper:
    return FasterWhisper(weights, compute, voicing=Voicing(Silero(folder=weights.folder)))


@pytest.fixture
async def remote(
    request: pytest.FixtureRequest, weights: Weights, compute: Compute
) -> AsyncIterator[OpenAITranscriber]:
    """A provider on a socket that always hears the sentence: what has no voice never gets there."""
    make, model = REMOTE[request.getfixturevalue("kind")]
    with TranscriptionServer() as server:
        server.default = Heard(REMEMBER)
        ears = make(
            Endpoint(make.__name__, model, "key", server.openai_url),
            language="en",
            voicing=Voicing(Silero(folder=weights.folder)),
            compute=compute,
        )
        yield ears
        await ears.close()


REMOTE = {
    "openai": (OpenAITranscriber, "gpt-4o-mini-transcribe"),
    "openai-verbose": (OpenAITranscriber, "whisper-1"),
    "groq": (GroqTranscriber, "whisper-large-v3-turbo"),
}


@pytest.fixture(params=["scripted", "whisper", *REMOTE])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def transcriber(request: pytest.FixtureRequest, kind: str) -> Transcriber:
    if kind == "scripted":
        return ScriptedTranscriber(REMEMBER)
    ears: Transcriber = request.getfixturevalue("whisper" if kind == "whisper" else "remote")
    return ears


def words(text: str) -> list[str]:
    return re.sub(r"[^\w ]", "", text.lower()).replace("4th", "fourth").split()


def utterance(pcm: bytes) -> Utterance:
    return Utterance(pcm, 0, len(pcm) // 32)


async def test_a_sentence_over_the_telephone_is_understood(
    transcriber: Transcriber, spoken: bytes
) -> None:
    await transcriber.warm()
    transcript = await transcriber.transcribe(utterance(spoken))
    assert words(transcript.text) == words(REMEMBER)
    assert 0.4 < transcript.confidence <= 1.0
    assert transcript.engine == transcriber.name


@pytest.mark.parametrize("duration_ms", [0, 20, 1000, 12_000, 28_000])
async def test_silence_has_no_words(transcriber: Transcriber, duration_ms: int) -> None:
    await transcriber.warm()
    transcript = await transcriber.transcribe(utterance(silence(duration_ms)))
    assert (transcript.text, transcript.confidence) == ("", 0.0)


async def test_several_callers_are_each_given_their_own_words(
    transcriber: Transcriber, spoken: bytes
) -> None:
    await transcriber.warm()
    said, nothing = await asyncio.gather(
        transcriber.transcribe(utterance(spoken)), transcriber.transcribe(utterance(silence(800)))
    )
    assert words(said.text) == words(REMEMBER)
    assert nothing.text == ""


async def test_hints_do_not_put_words_into_a_mouth(transcriber: Transcriber, spoken: bytes) -> None:
    await transcriber.warm()
    hints = ("Anna", "oat milk", "Thursday")
    transcript = await transcriber.transcribe(utterance(spoken), hints=hints)
    assert words(transcript.text) == words(REMEMBER)


@pytest.mark.parametrize("kind", ["hiss", "roar", "hum", "clicks", "beep"])
async def test_noise_is_not_taken_for_words(whisper: FasterWhisper, kind: str) -> None:
    time = np.arange(32_000) / 16_000
    noise = np.random.default_rng(1).normal(size=32_000)
    sound = {
        "hiss": noise * 300,
        "roar": noise * 3000,
        "hum": 3000 * np.sin(2 * np.pi * 50 * time),
        "clicks": np.where(np.arange(32_000) % 4000 < 20, 8000, 0),
        "beep": 8000 * np.sin(2 * np.pi * 1000 * time),
    }[kind]
    pcm = from_samples(sound.astype(np.float32))
    assert (await whisper.transcribe(utterance(pcm))).text == ""


async def test_too_many_at_once_are_refused_and_not_piled_up(
    weights: Weights, compute: Compute
) -> None:
    whisper = FasterWhisper(weights, compute)
    await whisper.warm()
    asked = [
        whisper.transcribe(utterance(silence(500)), line=str(line))
        for line in range(compute.threads + WAITING_MAX + 3)
    ]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, Busy) for answer in answers) == 3
