"""Ears at a provider: what they are sent, and every way in which they break."""

import io
import wave
from collections.abc import AsyncIterator, Iterator

import pytest

from backend.conversation.hearing.endpoint import Endpoint
from backend.conversation.hearing.engines.openai import OpenAITranscriber
from backend.conversation.hearing.levels import HearingLevels, Level
from backend.kernel.errors import Busy, Invalid, NotConfigured, Unavailable
from backend.kernel.speech import Utterance
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from tests.fakes.transcription_server import Heard, TranscriptionServer

UTTERANCE = Utterance(b"\x01\x10" * 16_000, 0, 1_000)


@pytest.fixture
def server() -> Iterator[TranscriptionServer]:
    with TranscriptionServer() as server:
        yield server


@pytest.fixture
def compute() -> Iterator[Compute]:
    compute = Compute(1)
    yield compute
    compute.close()


def ears_at(url: str, compute: Compute, model: str = "whisper-1") -> OpenAITranscriber:
    endpoint = Endpoint("openai", model, "secret-key", url)
    return OpenAITranscriber(endpoint, language="en", voicing=None, compute=compute)


@pytest.fixture
async def ears(server: TranscriptionServer, compute: Compute) -> AsyncIterator[OpenAITranscriber]:
    ears = ears_at(server.openai_url, compute)
    yield ears
    await ears.close()


async def test_it_sends_a_wav_the_language_and_the_hints(
    ears: OpenAITranscriber, server: TranscriptionServer
) -> None:
    await ears.transcribe(UTTERANCE, hints=("Anna", "oat milk"))
    (asked,) = server.requests
    assert asked.path == "/v1/audio/transcriptions"
    assert asked.headers["authorization"] == "Bearer secret-key"
    assert asked.fields["language"] == "en"
    assert asked.fields["prompt"] == "Anna, oat milk"
    with wave.open(io.BytesIO(asked.wav)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (16_000, 1)
        assert sound.readframes(sound.getnframes()) == UTTERANCE.pcm


@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-mini-transcribe"])
async def test_the_makers_doubt_is_our_confidence(
    server: TranscriptionServer, compute: Compute, model: str
) -> None:
    ears = ears_at(server.openai_url, compute, model)
    server.script(
        Heard("Buy some milk.", probability=0.8), Heard("Buy some silk.", probability=0.5)
    )
    sure, unsure = await ears.transcribe(UTTERANCE), await ears.transcribe(UTTERANCE)
    await ears.close()
    assert (sure.text, sure.is_unsure) == ("Buy some milk.", False)
    assert sure.confidence == pytest.approx(0.8)
    assert (unsure.text, unsure.is_unsure) == ("Buy some silk.", True)
    assert sure.engine == f"openai/{model}"


async def test_a_server_that_tells_nothing_of_its_doubt_is_believed(
    ears: OpenAITranscriber, server: TranscriptionServer
) -> None:
    server.script(Heard(body=b'{"text": " Hello there. "}'))
    transcript = await ears.transcribe(UTTERANCE)
    assert (transcript.text, transcript.is_unsure) == ("Hello there.", False)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, NotConfigured),
        (403, NotConfigured),
        (404, NotConfigured),
        (400, Invalid),
        (413, Invalid),
        (429, Busy),
        (500, Unavailable),
        (503, Unavailable),
        (302, Unavailable),
    ],
)
async def test_a_refusal_is_told_for_what_it_is(
    ears: OpenAITranscriber, server: TranscriptionServer, status: int, error: type[Exception]
) -> None:
    server.script(Heard(status=status))
    with pytest.raises(error) as refusal:
        await ears.transcribe(UTTERANCE)
    assert refusal.type is error
    assert "secret-key" not in str(refusal.value)
    assert (await ears.transcribe(UTTERANCE)).text == "All right."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"null",
        b"{}",
        b'{"text": 7}',
        b'{"text": "hi", "segments": [{"avg_logprob": "x"}]}',
        b"[" * 20_000,
        b"\xff\xfe",
        b'{"text": "' + b"a" * 2_000_000 + b'"}',
    ],
    ids=["empty", "words", "list", "null", "no text", "number", "types", "deep", "bytes", "long"],
)
async def test_garbage_is_survived(
    ears: OpenAITranscriber, server: TranscriptionServer, body: bytes
) -> None:
    server.script(Heard(body=body))
    with pytest.raises(Unavailable):
        await ears.transcribe(UTTERANCE)
    assert (await ears.transcribe(UTTERANCE)).text == "All right."


async def test_a_doubt_that_is_no_number_is_no_doubt(
    ears: OpenAITranscriber, server: TranscriptionServer
) -> None:
    server.script(Heard(body=b'{"text": "Hello.", "segments": [{"avg_logprob": NaN}]}'))
    assert (await ears.transcribe(UTTERANCE)).text == "Hello."


async def test_an_answer_that_is_cut_is_no_answer(
    ears: OpenAITranscriber, server: TranscriptionServer
) -> None:
    server.script(Heard(is_cut=True), Heard(is_cut=True))
    with pytest.raises(Unavailable):
        await ears.transcribe(UTTERANCE)


async def test_a_kept_connection_that_was_closed_is_replaced_unnoticed(
    ears: OpenAITranscriber, server: TranscriptionServer
) -> None:
    await ears.transcribe(UTTERANCE)
    server.script(Heard(closes_quietly=True))
    assert (await ears.transcribe(UTTERANCE)).text == "All right."


async def test_nobody_there_is_unavailable(compute: Compute) -> None:
    ears = ears_at("http://127.0.0.1:9/v1", compute)
    with pytest.raises(Unavailable):
        await ears.transcribe(UTTERANCE)
    await ears.close()


async def test_a_glance_is_not_sent(ears: OpenAITranscriber, server: TranscriptionServer) -> None:
    with pytest.raises(Busy):
        await ears.transcribe(UTTERANCE, is_final=False)
    assert server.requests == []


async def test_a_provider_that_is_killed_in_mid_call_is_followed_by_the_next(
    server: TranscriptionServer, compute: Compute
) -> None:
    failures: list[str] = []
    with TranscriptionServer() as second:
        second.default = Heard("heard by the second")
        levels = HearingLevels(
            [
                Level(ears_at(server.openai_url, compute)),
                Level(ears_at(second.openai_url, compute, "whisper-2")),
            ],
            clock=SystemClock(),
            on_failure=lambda name, _reason: failures.append(name),
        )
        assert (await levels.transcribe(UTTERANCE)).text == "All right."
        server.script(*[Heard(is_cut=True)] * 8)
        for _ in range(3):
            assert (await levels.transcribe(UTTERANCE)).text == "heard by the second"
        await levels.close()
    assert levels.name == "openai/whisper-2"
    assert failures == ["openai/whisper-1"] * 2
