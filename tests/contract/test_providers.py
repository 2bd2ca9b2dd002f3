"""Every cloud is asked whether it answers: by what costs nothing, with a key that nobody reads."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from backend.compose import Parts
from backend.conversation.hearing.absent import AbsentEars
from backend.kernel.errors import NotConfigured, RingbackError
from backend.kernel.speech import Utterance
from backend.platform.health import Finding
from backend.platform.health.listing import Lister, Listing
from backend.platform.home import Home
from backend.platform.settings import Settings, TwilioSettings
from backend.platform.settings.companion import (
    AnthropicSettings,
    ElevenLabsSettings,
    OpenAISettings,
    VoiceSettings,
)
from backend.platform.settings.sources import Loaded
from tests.engines import free_port
from tests.fakes.clock import FakeClock
from tests.fakes.model_server import ModelServer
from tests.fakes.speech_server import SpeechServer
from tests.fakes.transcription_server import Heard, TranscriptionServer
from tests.fakes.twilio_rest import ACCOUNT, OWN_NUMBER, TOKEN, TwilioServer

KEY = "sk-nobody-reads-this"
LOOKS, EVERY_S = 3, 3.0  # a break is found within two looks, in nine seconds


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def ears() -> Iterator[TranscriptionServer]:
    with TranscriptionServer() as server:
        yield server


@pytest.fixture
def voices() -> Iterator[SpeechServer]:
    with SpeechServer() as server:
        yield server


@pytest.fixture
def twilio() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


@pytest.fixture
async def parts(
    tmp_path: Path,
    models: ModelServer,
    ears: TranscriptionServer,
    voices: SpeechServer,
    twilio: TwilioServer,
) -> AsyncIterator[Parts]:
    """An instance that thinks, hears and speaks by clouds."""
    settings = Settings(
        anthropic=AnthropicSettings(api_key=SecretStr(KEY), base_url=models.anthropic_url),
        openai=OpenAISettings(api_key=SecretStr(KEY), base_url=models.openai_url),
        elevenlabs=ElevenLabsSettings(api_key=SecretStr(KEY), base_url=voices.elevenlabs_url),
        voice=VoiceSettings(
            hearers=("openai",), speakers=("elevenlabs",), openai_url=ears.openai_url
        ),
        twilio=TwilioSettings(
            account_sid=ACCOUNT,
            auth_token=SecretStr(TOKEN),
            phone_number=OWN_NUMBER,
            api_url=twilio.url,
        ),
    )
    parts = Parts(Loaded(settings, {}), home=Home(tmp_path), roles=frozenset({"backend"}))
    parts.clock = FakeClock()
    parts.add_providers()
    parts.add_account()
    yield parts
    await parts.close_listers()
    if parts.account is not None:
        await parts.account.close()


async def look(parts: Parts, name: str) -> Finding:
    """Look as often as the monitor does until it has to believe what it sees."""
    assert isinstance(parts.clock, FakeClock)
    for _ in range(LOOKS):
        found = await parts.health.feel(name, within_s=5)
        parts.clock.advance(EVERY_S)
    return found


async def test_each_cloud_is_a_part_and_well(parts: Parts) -> None:
    assert parts.health.names == [
        "provider anthropic",
        "provider openai",
        "provider openai hearing",
        "provider elevenlabs",
        "twilio",
    ]
    for name in parts.health.names:
        found = await look(parts, name)
        assert (found.ok, found.is_vital) == (True, False), found


async def test_nothing_is_asked_that_costs_and_each_key_is_shown_to_its_own_provider(
    parts: Parts, models: ModelServer, ears: TranscriptionServer, voices: SpeechServer
) -> None:
    for name in parts.health.names:
        await look(parts, name)
    for server in (models, ears, voices):
        assert server.requests == []
    shown = {path: headers for path, headers in models.listing.asked}
    assert shown["/v1/models?limit=1"]["x-api-key"] == KEY
    assert shown["/v1/models"]["authorization"] == f"Bearer {KEY}"
    [(path, headers), *_] = voices.listing.asked
    assert (path, headers["xi-api-key"]) == ("/v2/voices?page_size=1", KEY)


@pytest.mark.parametrize(
    ("status", "told"), [(401, "refuses our key"), (429, "limits us"), (503, "an error (503)")]
)
async def test_a_provider_that_refuses_or_fails_is_found_in_time(
    parts: Parts, models: ModelServer, status: int, told: str
) -> None:
    models.listing.status, models.listing.body = status, f'{{"error": "{KEY}"}}'.encode()
    found = await look(parts, "provider openai")
    assert not found.ok
    assert told in found.detail
    assert KEY not in f"{found}"


async def test_a_provider_that_hangs_is_found_in_time(parts: Parts, models: ModelServer) -> None:
    models.listing.before_s = 30
    found = await parts.health.feel("provider anthropic", within_s=5)
    assert (found.ok, found.detail) == (False, "no answer within 2.25 s")


async def test_ears_that_failed_too_often_are_reported_though_their_maker_lists_well(
    parts: Parts, ears: TranscriptionServer
) -> None:
    parts.detector = AbsentEars(NotConfigured())  # every sound counts as words
    ears.default = Heard(status=500)
    speech = Utterance(b"\x10\x10" * 16_000, 0, 1_000)
    for _ in range(2):
        with pytest.raises(RingbackError):
            await parts.ears.transcribe(speech)
    found = await look(parts, "provider openai hearing")
    assert (found.ok, found.detail) == (False, "OpenAI failed for hearing and is left alone")
    assert (await look(parts, "provider openai")).ok
    assert isinstance(parts.clock, FakeClock)
    parts.clock.advance(30)  # by now it would be tried again: nothing says that it is broken
    assert (await look(parts, "provider openai hearing")).ok
    await parts.ears.close()
    parts.compute.close()


@pytest.mark.parametrize(
    ("status", "token", "told"),
    [("suspended", TOKEN, "suspended or closed"), ("active", "another", "Twilio")],
)
async def test_an_account_that_may_not_be_used_is_found(
    parts: Parts, twilio: TwilioServer, status: str, token: str, told: str
) -> None:
    twilio.status, twilio.token = status, token
    found = await look(parts, "twilio")
    assert not found.ok
    assert told in found.detail
    assert TOKEN not in f"{found}"
    assert {asked.method for asked in twilio.requests} == {"GET"}


async def test_a_key_that_may_not_list_is_a_good_key(models: ModelServer) -> None:
    models.listing.status = 403
    models.listing.body = b'{"error": "Missing scopes: api.model.read"}'
    lister = Lister(Listing("OpenAI", f"{models.openai_url}/models", {}, ""))
    assert (await lister.ask()).ok
    await lister.close()


@pytest.mark.parametrize("key", ["clé", "line\nbreak", KEY])
async def test_neither_a_key_that_is_no_header_nor_a_dead_address_is_repeated(key: str) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1/models"
    lister = Lister(Listing("OpenAI", url, {"authorization": key}, ""))
    found = await lister.ask()
    assert not found.ok
    assert key not in found.detail
    await lister.close()
