"""The command line as a person has it: words in, lines and an exit status out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.cli import main
from tests.fakes.scripted_instance import ScriptedInstance, scripted_instance


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    status: int
    out: str
    err: str


Ringback = Callable[..., Done]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("RINGBACK_HOME", str(folder))
    monkeypatch.setenv("COLUMNS", "200")
    return folder


@pytest.fixture
def ringback(home: Path, capsys: pytest.CaptureFixture[str]) -> Ringback:
    def run(*words: str) -> Done:
        capsys.readouterr()
        status = 0
        try:
            main(words)
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 1
        told = capsys.readouterr()
        return Done(status, told.out, told.err)

    return run


@pytest.fixture
def instance(home: Path) -> Iterator[ScriptedInstance]:
    with scripted_instance(home) as running:
        yield running
