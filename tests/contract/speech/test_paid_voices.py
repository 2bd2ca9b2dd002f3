"""Voices of providers, against servers that speak their wires on a socket."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from backend.conversation.speaking import Voice
from backend.conversation.speaking.engines.elevenlabs import ElevenLabs
from backend.conversation.speaking.engines.openai import OpenAIVoice
from backend.kernel.audio import Sound, WordEnd
from backend.kernel.errors import Busy, Invalid, NotConfigured, RingbackError, Unavailable
from tests.fakes.speech_server import LETTER_MS, Hum, SpeechServer

TEXT = "Good morning, the oat milk is noted."


@pytest.fixture
def server() -> Iterator[SpeechServer]:
    with SpeechServer() as running:
        yield running


def openai(server: SpeechServer) -> Voice:
    return OpenAIVoice(api_key="sk-test", base_url=server.openai_url)


def elevenlabs(server: SpeechServer) -> Voice:
    return ElevenLabs(api_key="el-test", base_url=server.elevenlabs_url, language="en")


@pytest.fixture(params=[openai, elevenlabs], ids=lambda make: make.__name__)
async def voice(request: pytest.FixtureRequest, server: SpeechServer) -> AsyncIterator[Voice]:
    make: Callable[[SpeechServer], Voice] = request.param
    made = make(server)
    yield made
    await made.close()


async def said(voice: Voice, text: str = TEXT) -> list[Sound]:
    return [sound async for sound in voice.speak(text)]


async def keep(voice: Voice, sounds: list[Sound]) -> None:
    """Take the sound piece by piece: what came before it broke off counts."""
    async for sound in voice.speak(TEXT):
        sounds.append(sound)  # noqa: PERF401


def duration_ms(sounds: list[Sound]) -> int:
    return sum(sound.duration_ms for sound in sounds)


async def test_the_sound_arrives_in_pieces_and_whole(voice: Voice, server: SpeechServer) -> None:
    sounds = await said(voice)
    assert len(sounds) > 5
    assert abs(duration_ms(sounds) - len(TEXT) * LETTER_MS) < 110
    assert server.requests[0].text == TEXT


async def test_pieces_that_end_in_the_middle_of_a_sample_are_joined(
    voice: Voice, server: SpeechServer
) -> None:
    server.script(Hum(piece_bytes_odd=True))
    sounds = await said(voice)
    assert all(len(sound.pcm) % 2 == 0 for sound in sounds)
    assert max(abs(level) for level in memoryview(sounds[3].pcm).cast("h")) < 10_000


async def test_warming_costs_nothing(voice: Voice, server: SpeechServer) -> None:
    await voice.warm()
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Invalid),
        (401, NotConfigured),
        (402, Busy),
        (404, NotConfigured),
        (422, Invalid),
        (429, Busy),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
async def test_a_refusal_is_told_in_our_own_words(
    voice: Voice, server: SpeechServer, status: int, expected: type[RingbackError]
) -> None:
    server.script(Hum(status=status))
    with pytest.raises(expected) as failure:
        await said(voice)
    assert type(failure.value) is expected
    assert "test" not in failure.value.message  # neither the key nor what the server said


async def test_a_stream_that_is_cut_off_is_told_and_what_came_is_kept(
    voice: Voice, server: SpeechServer
) -> None:
    server.script(Hum(cut_after=4, between_s=0.02))
    sounds: list[Sound] = []
    with pytest.raises(Unavailable):
        await keep(voice, sounds)
    assert duration_ms(sounds) >= 100
    assert await said(voice)  # the next one has a fresh connection


async def test_a_kept_connection_that_died_is_replaced_without_a_word(
    voice: Voice, server: SpeechServer
) -> None:
    server.script(Hum(closes_quietly=True), Hum(), Hum())
    for _ in range(3):
        assert await said(voice)
    assert server.counters.connections == 2


async def test_a_server_that_is_not_there_is_told(server: SpeechServer) -> None:
    for voice in (
        OpenAIVoice(api_key="", base_url="http://127.0.0.1:1/v1"),
        ElevenLabs(api_key="", base_url="http://127.0.0.1:1"),
    ):
        with pytest.raises(Unavailable, match="does not answer"):
            await said(voice)
        await voice.close()


async def test_closing_a_phrase_hangs_up_on_the_provider(
    voice: Voice, server: SpeechServer
) -> None:
    server.script(Hum(between_s=0.01))
    sounds = voice.speak(TEXT * 20)
    await anext(sounds)
    await sounds.aclose()
    async with asyncio.timeout(5):
        while not server.counters.broken_by_client:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # noqa: TID251 -- the server's thread is waited for
    assert duration_ms(await said(voice))


@pytest.mark.parametrize(
    "garbage",
    [
        b"{nonsense",
        b"[" * 100_000,
        b'{"audio_base64":"AAAA","alignment":{"characters":["a"],'
        b'"character_start_times_seconds":[0],"character_end_times_seconds":[-Infinity]}}',
        b'{"alignment":{"character_start_times_seconds":[1' + b"0" * 400 + b"]}}",
        b'{"alignment":{"characters":7}}',
    ],
    ids=["no json", "too deep", "no time", "too late", "no letters"],
)
async def test_nonsense_in_the_middle_is_a_failure_and_no_noise(
    server: SpeechServer, garbage: bytes
) -> None:
    voice = elevenlabs(server)
    server.script(Hum(garbage_after=2, garbage=garbage + b"\n"))
    with pytest.raises(Unavailable, match="no speech"):
        await said(voice)
    await voice.close()


@pytest.mark.parametrize("starts_anew", [False, True])
async def test_the_times_of_letters_become_ends_of_words(
    server: SpeechServer, starts_anew: bool
) -> None:
    voice = elevenlabs(server)
    server.script(Hum(times_start_anew=starts_anew))
    passed_ms, found = 0, []
    async for sound in voice.speak(TEXT):
        assert all(0 <= word.end_ms <= sound.duration_ms for word in sound.words)
        found += [WordEnd(word.text, passed_ms + word.end_ms) for word in sound.words]
        passed_ms += sound.duration_ms
    assert [word.text for word in found] == TEXT.split()
    ends = [len(" ".join(TEXT.split()[: count + 1])) * LETTER_MS for count in range(7)]
    assert [word.end_ms for word in found] == ends
    await voice.close()


async def test_each_provider_is_asked_in_its_own_language(server: SpeechServer) -> None:
    for voice in (openai(server), elevenlabs(server)):
        await said(voice)
        await voice.close()
    first, second = server.requests
    assert first.headers["authorization"] == "Bearer sk-test"
    assert first.body["response_format"] == "pcm"
    assert second.path == "/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb/stream/with-timestamps"
    assert second.headers["xi-api-key"] == "el-test"
    assert second.query["output_format"] == "pcm_16000"
    assert second.body["language_code"] == "en"


async def test_a_voice_that_is_named_like_a_path_stays_inside_its_own(
    server: SpeechServer,
) -> None:
    voice = ElevenLabs(api_key="k", base_url=server.elevenlabs_url, voice="../../user?a=b")
    await said(voice)
    assert server.requests[0].path.startswith("/v1/text-to-speech/../../user?a=b/stream")
    assert set(server.requests[0].query) == {"output_format"}
    await voice.close()
