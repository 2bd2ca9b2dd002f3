"""What models cost, and that nothing unknown is cheap."""

from pathlib import Path

import pytest

from backend.kernel.errors import Invalid
from backend.llm import Catalogue, Price
from backend.llm.catalogue import FREE, UNKNOWN
from backend.platform.settings import ModelSettings, VoiceSettings


def test_the_default_models_are_listed() -> None:
    models = ModelSettings()
    for name in (models.anthropic, models.openai, models.groq):
        assert Catalogue().entry(name) is not UNKNOWN


def test_a_dated_snapshot_costs_what_its_model_costs() -> None:
    catalogue = Catalogue()
    assert catalogue.entry("claude-haiku-4-5-20251001") == catalogue.entry("claude-haiku-4-5")
    assert catalogue.entry("gpt-4.1-mini-2025-04-14") == catalogue.entry("gpt-4.1-mini")


@pytest.mark.parametrize("name", ["gpt-4.1-mini-pro", "gpt-6-luna-fast", "claude-opus-9", ""])
def test_what_only_begins_like_a_known_model_is_unknown_and_dear(name: str) -> None:
    assert Catalogue().entry(name) is UNKNOWN


def test_an_unknown_model_on_our_own_machine_is_free() -> None:
    assert Catalogue().entry("smollm2", is_local=True) is FREE
    assert Catalogue().entry("gpt-6-luna", is_local=True) is not FREE


def test_costs_are_rounded_up() -> None:
    assert Price(0.1, 0.5).cost_micros(1, 0) == 1
    assert Price(3, 15).cost_micros(1000, 100) == 4500


def test_a_catalogue_that_is_wrong_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.toml"
    file.write_text('[[models]]\nname = "x"\ninput = "cheap"\noutput = 1\n')
    with pytest.raises(Invalid):
        Catalogue(file)


def test_the_default_ears_are_listed_and_an_unknown_pair_is_dear() -> None:
    voice, catalogue = VoiceSettings(), Catalogue()
    unknown = catalogue.hearing_micros("whisper-9", 60_000)
    for name in (voice.openai_hearing_model, voice.groq_hearing_model):
        assert 0 < catalogue.hearing_micros(name, 60_000) < unknown


def test_a_word_costs_as_much_as_ten_seconds() -> None:
    catalogue = Catalogue()
    assert catalogue.hearing_micros("whisper-1", 300) == 1_000
    assert catalogue.hearing_micros("whisper-1", 60_000) == 6_000


def test_speech_is_priced_by_its_characters_and_an_unknown_voice_is_dear() -> None:
    catalogue = Catalogue()
    assert catalogue.speech_micros("eleven_flash_v2_5", 1_000) == 150_000
    assert catalogue.speech_micros("nobody-knows", 1_000) == 300_000
    assert catalogue.speech_micros("tts-1", 0) == 0
