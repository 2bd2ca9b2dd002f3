"""What is to be typed next works in the shell that somebody sits in."""

from pathlib import Path

import pytest

from backend.cli.called import command, here


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def script(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return str(path)


def test_a_command_that_the_shell_finds_goes_by_its_name(folder: Path) -> None:
    program = script(folder / "bin" / "ringback")
    assert command([program, "up"], found=lambda _: program) == "ringback"


def test_one_that_it_finds_nowhere_goes_by_its_path_from_here(folder: Path) -> None:
    program = script(folder / ".venv" / "bin" / "ringback")
    assert command([program, "up"], found=lambda _: None) == ".venv/bin/ringback"


def test_another_ringback_that_the_shell_finds_is_not_this_one(folder: Path) -> None:
    program = script(folder / ".venv" / "bin" / "ringback")
    other = script(folder / "other" / "ringback")
    assert command([program], found=lambda _: other) == ".venv/bin/ringback"


def test_one_that_lies_elsewhere_goes_by_its_whole_path(folder: Path) -> None:
    program = script(folder / "my tools" / "ringback")
    (folder / "here").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder / "here")
        assert command([program], found=lambda _: None) == f"'{program}'"


def test_only_commands_are_changed_in_a_cure() -> None:
    cure = "pip install 'ringback[voice]', set RINGBACK_HOME, see docs/ringback up/x"
    assert here(cure).startswith("pip install 'ringback[voice]', set RINGBACK_HOME")
    assert here("first: ringback doctor").endswith("ringback doctor")
