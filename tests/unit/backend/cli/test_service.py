"""`ringback service`: the file that the system is given, and what the system is told."""

import json
import plistlib
import shlex
from pathlib import Path

import pytest

from backend.cli.service_units import Service, environment_lines, launchd_plist, systemd_unit
from tests.unit.backend.cli.conftest import Ringback

SYSTEMCTL = '#!/bin/sh\necho "$@" >> "{log}"\nexit {status}\n'


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "user"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setattr("sys.platform", "linux")
    return folder


def with_systemctl(user: Path, monkeypatch: pytest.MonkeyPatch, *, status: int = 0) -> Path:
    """Put a systemctl on the path that writes down what it is told."""
    programs, log = user / "bin", user / "told"
    programs.mkdir()
    program = programs / "systemctl"
    program.write_text(SYSTEMCTL.format(log=log, status=status))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return log


def test_it_is_installed_for_the_user_and_started(
    ringback: Ringback, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = with_systemctl(user, monkeypatch)
    done = ringback("service", "install")
    assert done.status == 0, done.err
    unit = (user / ".config/systemd/user/ringback.service").read_text()
    assert "Restart=on-failure" in unit
    assert log.read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable ringback",
        "--user restart ringback",
    ]
    assert json.loads(ringback("service", "status", "--json").out)["is_installed"]


def test_settings_of_the_shell_go_with_it_in_a_private_file(
    ringback: Ringback, user: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_systemctl(user, monkeypatch)
    monkeypatch.setenv("OPENAI_API_KEY", 'sk-"quoted" $secret')
    done = ringback("service", "install")
    assert done.status == 0, done.err
    file = home / "service.env"
    assert file.read_text() == 'OPENAI_API_KEY="sk-\\"quoted\\" $secret"\n'
    assert file.stat().st_mode & 0o777 == 0o600
    assert "OPENAI_API_KEY" in done.out
    assert "secret" not in done.out
    assert "secret" not in (user / ".config/systemd/user/ringback.service").read_text()


def test_what_the_system_refuses_is_said_with_the_way_out(
    ringback: Ringback, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_systemctl(user, monkeypatch, status=1)
    done = ringback("service", "install")
    assert done.status == 1
    assert "systemctl --user daemon-reload` failed" in done.err
    assert "--print" in done.err


def test_a_machine_without_systemd_gets_the_file_to_use_elsewhere(
    ringback: Ringback, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(user))
    refused = ringback("service", "install")
    assert refused.status == 1
    assert "--print" in refused.err
    shown = ringback("service", "install", "--print")
    assert "ExecStart=" in shown.out
    assert not (user / ".config").exists()


def test_taking_it_away_stops_it_and_keeps_the_home(
    ringback: Ringback, user: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = with_systemctl(user, monkeypatch)
    ringback("service", "install")
    done = ringback("service", "uninstall")
    assert done.status == 0, done.err
    assert log.read_text().splitlines()[-1] == "--user disable --now ringback"
    assert home.exists()
    assert ringback("service", "uninstall").status == 1


def test_a_path_with_spaces_percents_and_dollars_stays_one_word() -> None:
    odd = Path("/home/a b/100%/$x")
    unit = systemd_unit(Service(("/opt/ring back", "up", "--home", str(odd)), odd, {}))
    line = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    words = shlex.split(line.removeprefix("ExecStart=").replace("$$", "$").replace("%%", "%"))
    assert words == ["/opt/ring back", "up", "--home", str(odd)]


def test_a_line_break_in_a_value_makes_no_second_setting() -> None:
    assert environment_lines({"A": "x\nB=y"}).splitlines() == ['A="x\\nB=y"']


def test_launchd_gets_the_same_words() -> None:
    made = plistlib.loads(launchd_plist(Service(("ringback", "up"), Path("/h"), {"A": "b"})))
    assert made["ProgramArguments"] == ["ringback", "up"]
    assert made["EnvironmentVariables"] == {"A": "b"}
