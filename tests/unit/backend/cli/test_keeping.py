"""What dies unasked lives again; what ends as it should, or never started, stays as it is."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.cli.keeping import keep

ROOT = Path(__file__).parents[4]


def lives(file: Path) -> int:
    return len(file.read_text()) if file.exists() else 0


def program(file: Path, *ends: str) -> list[str]:
    """A program that ends differently in each of its lives."""
    script = (
        "import os, signal, sys\n"
        f"file = {str(file)!r}\n"
        "open(file, 'a').write('x')\n"
        f"end = {list(ends)!r}[len(open(file).read()) - 1]\n"
        "os.kill(os.getpid(), signal.SIGKILL) if end == 'kill' else sys.exit(int(end))\n"
    )
    return [sys.executable, "-c", script]


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        (("0",), 0),
        (("1",), 1),  # it never started, and has said why
        (("2",), 2),
        (("kill", "0"), 0),
        (("kill", "1", "kill", "0"), 0),
        (("kill", "2"), 2),
    ],
    ids=str,
)
def test_only_what_dies_unasked_lives_again(
    tmp_path: Path, ends: tuple[str, ...], status: int
) -> None:
    file = tmp_path / "lives"
    assert keep(program(file, *ends), rests_s=(0.0,)) == status
    assert lives(file) == len(ends)


def test_it_is_told_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(program(tmp_path / "lives", "kill", "0"), rests_s=(0.0,))
    assert "ended unasked (status 137)" in capsys.readouterr().err


def test_whoever_ends_the_keeper_ends_what_it_keeps(tmp_path: Path) -> None:
    child = "import sys; print('up', flush=True); sys.stdin.read()"
    code = (
        "import sys; from backend.cli.keeping import keep; "
        f"sys.exit(keep([sys.executable, '-c', {child!r}]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == "up\n"
        keeper.send_signal(signal.SIGTERM)
        assert keeper.wait(30) == 128 + signal.SIGTERM  # as its child ended, which has no handler
        assert keeper.stdout.read() == ""  # the child has let go of it too
