"""Which voices speak: those that can here, and none that nobody asked to pay for."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from backend.compose.voices import MAKERS, cast_of, edition_of, make_voice
from backend.kernel.errors import NotConfigured
from backend.platform.clock import SystemClock
from backend.platform.settings import Settings
from backend.platform.settings.companion import ElevenLabsSettings, OpenAISettings, VoiceSettings
from backend.platform.weights import Weights


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    return Weights(tmp_path, clock=SystemClock(), is_offline=True)


def test_a_key_for_the_language_model_alone_buys_no_speech(weights: Weights) -> None:
    settings = Settings(openai=OpenAISettings(api_key=SecretStr("sk")))
    assert "openai" not in cast_of(settings, weights).present


def test_a_key_that_is_for_speech_only_puts_its_voice_first(weights: Weights) -> None:
    settings = Settings(elevenlabs=ElevenLabsSettings(api_key=SecretStr("el")))
    assert cast_of(settings, weights).present[0] == "elevenlabs"


def test_openai_speaks_when_it_is_named(weights: Weights) -> None:
    settings = Settings(
        openai=OpenAISettings(api_key=SecretStr("sk")),
        voice=VoiceSettings(speakers=("openai", "espeak")),
    )
    assert cast_of(settings, weights).present[0] == "openai"


def test_who_is_left_out_comes_with_what_would_help(weights: Weights) -> None:
    missing = cast_of(Settings(), weights).missing
    assert missing["elevenlabs"] == "set ELEVENLABS_API_KEY"
    assert missing["kokoro"] == "ringback models pull kokoro kokoro-voices"


def test_an_unknown_voice_is_refused_with_those_that_are_known(weights: Weights) -> None:
    with pytest.raises(NotConfigured) as refusal:
        cast_of(Settings(voice=VoiceSettings(speakers=("nobody",))), weights)
    assert "piper" in refusal.value.cure


@pytest.mark.parametrize("name", MAKERS)
def test_a_preferred_voice_wins_over_the_characters(name: str, weights: Weights) -> None:
    usual = make_voice(name, Settings(), weights)
    preferred = make_voice(name, Settings(), weights, voice="other")
    assert "other" in preferred.name
    assert usual.name != preferred.name
    assert edition_of(name, Settings()) != edition_of(name, Settings(), voice="other")


def test_another_model_is_another_edition() -> None:
    other = Settings(voice=VoiceSettings(elevenlabs_model="eleven_v3"))
    assert edition_of("elevenlabs", Settings()) != edition_of("elevenlabs", other)
