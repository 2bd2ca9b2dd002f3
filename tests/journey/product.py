"""The product as a stranger has it: a process that was started, a command line, and addresses."""

import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

import httpx2

T = TypeVar("T")

# Nothing here is asked by TLS, and to read all certificates takes 20 ms of each request.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
RINGBACK = str(Path(sys.executable).with_name("ringback"))
READY_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 20.0
KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "RINGBACK_MODELS__FOLDER",
    "COVERAGE_PROCESS_CONFIG",
)


def environment(home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """Return what a process of the product sees: paths, and what the story gives it."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"RINGBACK_HOME": str(home)} | dict(extra)


@dataclass
class Product:
    """One instance: where it lives, and what it was told."""

    home: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    url: str = ""
    output: Path | None = None

    def start(self, *flags: str, port: int = 0) -> Self:
        """Start `ringback up` and wait until it says that it is ready."""
        self.launch(*flags, port=port)
        self.await_ready()
        return self

    def launch(self, *flags: str, port: int = 0) -> None:
        """Start its process and return at once."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.output = self.home.parent / f"{self.home.name}-{time.monotonic_ns()}.log"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [RINGBACK, "up", "--port", str(port), *flags],
                env=environment(self.home, self.extra),
                cwd=self.home.parent,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def await_ready(self) -> None:
        """Return when it says that it is ready."""
        assert self.process is not None
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"it stopped with {self.process.returncode}:\n{self.said()}")
            self.url = self._told_url()
            if self.url and self._answers():
                return
            time.sleep(0.1)
        raise AssertionError(f"not ready after {READY_SECONDS_MAX} s:\n{self.said()}")

    def _told_url(self) -> str:
        """Return where it says that it answers; empty when it has not yet."""
        assert self.process is not None
        instance = self.home / "instance.json"
        told = json.loads(instance.read_text()) if instance.exists() else {}
        return str(told["url"]) if told.get("pid") == self.process.pid else ""

    def _answers(self) -> bool:
        try:
            answer = httpx2.get(f"{self.url}/health/ready", timeout=5, verify=NO_TLS)
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200

    def said(self) -> str:
        """Return what the process has printed so far."""
        return self.output.read_text(errors="replace")[-6000:] if self.output else ""

    def stop(self) -> int:
        """Ask it to stop, as Ctrl-C does, and return its exit status."""
        return self._end(signal.SIGINT)

    def terminate(self) -> int:
        """Ask it to stop, as a supervisor of processes does, and return its exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(how)
        try:
            return process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(
                f"it did not stop in {STOP_SECONDS_MAX} s:\n{self.said()}"
            ) from None

    def command(self, *words: str, status: int = 0, stdin: str = "") -> str:
        """Run `ringback WORDS`, check its exit status, and return what it printed."""
        done = subprocess.run(
            [RINGBACK, *words],
            env=environment(self.home, self.extra),
            cwd=self.home.parent,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == status, (
            f"ringback {' '.join(words)}: {done.stdout}\n{done.stderr}"
        )
        return done.stdout

    def told(self, *words: str) -> object:
        """Run a command with `--json` and return what it tells."""
        return json.loads(self.command(*words, "--json"))

    def client(self) -> httpx2.Client:
        """Return a client that holds the command line's own token."""
        token = (self.home / "cli.token").read_text().strip()
        bearer = {"Authorization": f"Bearer {token}"}
        return httpx2.Client(base_url=self.url, headers=bearer, timeout=30, verify=NO_TLS)

    def get(self, path: str, **query: str) -> dict[str, object]:
        """Read one JSON answer as the owner."""
        with self.client() as client:
            answer = client.get(path, params=query)
            assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
            found: dict[str, object] = answer.json()
            return found


def eventually(look: Callable[[], T], *, seconds: float = 30.0) -> T:
    """Look until something is there, and return it; fail when it does not come."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"did not come in {seconds} s; last seen: {found!r}"
        time.sleep(0.1)


@contextmanager
def running(home: Path, extra: Mapping[str, str], flags: Sequence[str] = ()) -> Iterator[Product]:
    """Start an instance and stop it afterwards, whatever happens in between."""
    product = Product(home, extra)
    try:
        yield product.start(*flags)
    finally:
        product.stop()
