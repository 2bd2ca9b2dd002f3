"""The home is its owner's alone, and one process's at a time."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.kernel.errors import Conflict, Unavailable
from backend.platform.home import Home, default_home


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_everything_in_it_is_for_its_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.secret("root.key", lambda: "s")
    home.announce("http://127.0.0.1:1", 1)
    with home.lock():
        assert mode(home.lock_file) == 0o600
    assert mode(home.path) == 0o700
    assert mode(home.folder("logs")) == 0o700
    assert mode(home.path / "root.key") == 0o600
    assert mode(home.instance_file) == 0o600


def test_a_home_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Home(tmp_path).make()
    assert mode(tmp_path) == 0o700


def test_a_home_that_can_not_be_made_says_what_helps(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable) as caught:
        Home(tmp_path / "file" / "home").make()
    assert "RINGBACK_HOME" in caught.value.cure


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("lock", lambda home: home.lock().__enter__()),
        ("cli.token", lambda home: home.write_secret("cli.token", "secret")),
        ("instance.json", lambda home: home.announce("http://127.0.0.1:1", 1)),
    ],
)
def test_what_can_not_be_written_in_it_says_what_helps(
    tmp_path: Path, name: str, use: Callable[[Home], object]
) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(Unavailable, match="can't be used") as caught:
        use(Home(tmp_path))
    assert "RINGBACK_HOME" in caught.value.cure


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.secret("cli.token") is None
    assert home.secret("cli.token", lambda: "first") == "first"
    assert home.secret("cli.token", lambda: "second") == "first"
    home.write_secret("cli.token", "third")
    assert home.secret("cli.token") == "third"
    assert [file.name for file in tmp_path.iterdir()] == ["cli.token"]


def test_a_second_holder_is_refused_with_the_cure(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.lock(), pytest.raises(Conflict, match=str(os.getpid())) as caught, home.lock():
        """Never reached."""
    assert "RINGBACK_HOME" in caught.value.cure
    with home.lock():
        """Free again."""


def test_a_holder_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    script = (
        "import os, signal; from pathlib import Path; from backend.platform.home import Home\n"
        f"lock = Home(Path({str(tmp_path)!r})).lock(); lock.__enter__()\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", script], check=False)
    assert killed.returncode < 0
    assert (tmp_path / "lock").exists()
    with Home(tmp_path).lock():
        """Free."""


def test_the_running_instance_is_found_and_a_dead_one_is_not(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.running() is None
    home.announce("http://127.0.0.1:1", os.getpid())
    found = home.running()
    assert found is not None
    assert found.url == "http://127.0.0.1:1"
    home.announce("http://127.0.0.1:1", 2**22 + 1)
    assert home.running() is None
    home.instance_file.write_text("{")
    assert home.running() is None
    home.withdraw()
    home.withdraw()
    assert home.running() is None


def test_the_default_home_is_named_for_us() -> None:
    assert default_home().name == "ringback"
