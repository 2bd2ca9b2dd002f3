"""`ringback models`: what is here, what is used, and what may be deleted."""

import json
from pathlib import Path

import pytest

from backend.cli.models import wanted
from backend.platform.settings import Settings, VoiceSettings
from backend.platform.weights import CATALOGUE
from tests.unit.backend.cli.conftest import Ringback


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv("RINGBACK_MODELS__FOLDER", str(folder))
    return folder


def test_an_empty_folder_lists_everything_and_says_how_to_fetch_what_is_used(
    ringback: Ringback,
) -> None:
    done = ringback("models", "list")
    assert done.status == 0
    assert "whisper-base" in done.out
    assert "→ ringback models pull" in done.out


def test_scripts_learn_the_size_the_licence_and_the_use(ringback: Ringback, models: Path) -> None:
    told = json.loads(ringback("models", "list", "--json").out)
    base = next(model for model in told["models"] if model["name"] == "whisper-base")
    assert base == {
        "name": "whisper-base",
        "megabytes": 148,
        "licence": "MIT",
        "is_here": False,
        "is_used": True,
    }
    assert told["folder"] == str(models)


def test_an_unknown_model_is_refused_before_anything_is_fetched(ringback: Ringback) -> None:
    done = ringback("models", "pull", "whisper-huge")
    assert done.status == 2  # wrong use: trying again helps nobody
    assert "There is no model whisper-huge." in done.err
    assert all(name in done.err for name in CATALOGUE)


def test_a_model_in_use_is_not_deleted(ringback: Ringback) -> None:
    done = ringback("models", "remove", "minilm")
    assert done.status == 1
    assert "minilm is in use." in done.err


def test_a_model_that_is_not_here_cannot_be_deleted(ringback: Ringback) -> None:
    done = ringback("models", "remove", "whisper-tiny.en")
    assert done.status == 1
    assert "is not here" in done.err


def test_only_what_the_settings_name_is_wanted() -> None:
    settings = Settings(voice=VoiceSettings(whisper_model="tiny.en", speakers=("espeak",)))
    names = wanted(settings)
    assert "whisper-tiny.en" in names
    assert "piper-joe" not in names
