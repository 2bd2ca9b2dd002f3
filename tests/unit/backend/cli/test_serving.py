"""The life of `ringback up`: it listens, says so, and leaves cleanly."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from backend.cli.serving import address, listen
from backend.kernel.errors import Conflict, Invalid
from backend.platform.home import Home

PROGRAM = Path(__file__).with_name("small_instance.py")
ROOT = Path(__file__).parents[4]


@contextmanager
def small_instance(home: Path, *roles: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), str(home), "0", *roles],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            stream.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_says_that_it_is_ready_and_a_wanted_stop_is_a_success(
    tmp_path: Path, how: signal.Signals
) -> None:
    home = Home(tmp_path / "home")
    with small_instance(home.path, "backend", "workers") as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["pid"] == process.pid
        assert ready["owner_link"] == f"{ready['url']}/#code=ABCD2345"
        running = home.running()
        assert running is not None
        assert running.url == ready["url"]
        answer = httpx2.get(f"{ready['url']}/health/live", trust_env=False)
        assert answer.json() == {"url": ready["url"]}
        assert "server" not in answer.headers
        process.send_signal(how)
        assert process.wait(20) == 0
    assert home.running() is None
    assert (home.path / "ended").exists()


def test_it_ends_with_the_command_that_started_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with small_instance(home.path, "backend", "workers", "mobile_api") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(20) == 0
    assert (home.path / "ended").exists()


def test_a_single_role_does_not_announce_itself_as_the_instance(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with small_instance(home.path, "workers") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["url"]
        assert home.running() is None


def test_a_second_one_in_the_same_home_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with home.lock(), small_instance(home.path, "workers") as process:
        _, told = process.communicate(timeout=30)
        assert process.returncode == 1
        assert "Conflict" in told


def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    with small_instance(tmp_path / "home", "backend") as process:
        _, told = process.communicate(timeout=30)
        assert process.returncode == 1
        assert "This part has no home." in told


def test_a_port_in_use_is_told_with_the_cure() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(Conflict) as refusal:
            listen("127.0.0.1", port)
    assert "--port 0" in refusal.value.cure


def test_an_address_of_nowhere_is_wrong_use() -> None:
    with pytest.raises(Invalid):
        listen("no.such.host.invalid", 0)


@pytest.mark.parametrize(
    ("bind", "near"), [("127.0.0.1", "http://127.0.0.1:"), ("0.0.0.0", "http://127.0.0.1:")]
)
def test_the_machines_own_programs_are_sent_to_loopback(bind: str, near: str) -> None:
    with listen(bind, 0) as listener:
        assert address(listener).startswith(near)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_ipv6_address_stands_in_brackets() -> None:
    try:
        listener = listen("::1", 0)
    except (Conflict, Invalid):
        pytest.skip("this machine has no IPv6 loopback")
    with listener:
        assert address(listener).startswith("http://[::1]:")
