"""The page of settings says what the program does."""

from backend.platform.settings import Settings
from backend.platform.settings.sources import leaves
from backend.platform.settings_doc import FILE, rendered


def test_the_page_of_settings_is_the_tree() -> None:
    assert FILE.read_text(encoding="utf-8") == rendered(), (
        "run: .venv/bin/python -m backend.platform.settings_doc"
    )


def test_every_setting_explains_itself() -> None:
    assert [leaf.name for leaf in leaves(Settings) if len(leaf.description) < 10] == []
