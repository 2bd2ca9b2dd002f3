"""One engine's process: how it is started, found ready, hurt and stopped."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn, Self

import pytest

STOP_S = 20.0
POLL_S = 0.05
UNPRIVILEGED = "nobody"  # whom an engine runs as that refuses to run as root


def environment(extra: Mapping[str, str] | None = None, /, **more: str) -> dict[str, str]:
    """Return what a child process inherits: ours, less every setting of the product."""
    products = ("RINGBACK_", "TWILIO_", "OPENAI_", "ANTHROPIC_", "GROQ_", "R2_", "NEO4J_")
    named = {"DATABASE_URL", "REDIS_URL", "CHROMA_URL", "PORT"}
    ours = {
        name: value
        for name, value in os.environ.items()
        if name not in named and not name.startswith(products)
    }
    return {**ours, **(extra or {}), **more}


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def need(engine: str, cure: str) -> NoReturn:
    """Skip the test that asked for an engine which is not here; fail where all are required."""
    reason = f"{engine} is not installed; {cure}"
    if os.environ.get("RINGBACK_ENGINES") == "required":
        pytest.fail(f"RINGBACK_ENGINES=required, but {reason}", pytrace=False)
    pytest.skip(reason)


def program(name: str, cure: str, *, folders: Sequence[Path] = ()) -> str:
    """Return where a program lies, or give up as `need` does."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, folders)])
    found = shutil.which(name, path=path)
    if found is None:
        need(name, cure)
    return found


def cache_folder() -> Path:
    """Return where engines that are downloaded once are kept: outside of every checkout."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "ringback" / "engines"


class Server(ABC):
    """An engine in a process group of its own, with a scratch folder that goes when it goes.

    `launch` and `await_ready` are apart so that several engines can come up at the same time.
    """

    name = "engine"
    ready_s = 60.0
    stop_signal = signal.SIGTERM

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"ringback-{self.name}-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    # what an engine says of itself

    @abstractmethod
    def command(self) -> list[str]:
        """Return the program and its arguments; the folder is prepared by now."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Say whether it answers its own protocol; OSError means not yet."""

    def prepare(self) -> None:  # noqa: B027 - most engines need nothing
        """Make what it needs before its first start."""

    def variables(self) -> dict[str, str]:
        """Return what its environment has beside ours."""
        return {}

    def user(self) -> str | None:
        """Return whom it runs as; None: whoever we are."""
        return None

    # what a test does with it

    @property
    def pid(self) -> int:
        """The process id; it is an error to ask when it is not running."""
        assert self._process is not None, f"{self.name} is not running"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether its process lives (a paused one lives)."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start it and return when it answers; after a stop or a kill it has its old data."""
        self.launch()
        self.await_ready()
        return self

    def launch(self) -> None:
        """Start its process and return at once."""
        assert not self.is_running, f"{self.name} is running already"
        self.prepare()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=environment(self.variables()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user(),
                group=group(self.user()),
                extra_groups=extra_groups(self.user()),
            )

    def await_ready(self) -> None:
        """Return when it answers; a failure shows the end of its log."""
        self._await(self._answers, self.ready_s)

    def stop(self) -> int | None:
        """Ask it to end, and end it when it doesn't; return its status, None when it had to be."""
        if self._process is None:
            return None
        self.resume()
        self._signal(self.stop_signal)
        try:
            status = self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        self._process = None
        return status

    def kill(self) -> None:
        """End it and its children as a power cut would."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Freeze it: its sockets stay open, nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._signal(signal.SIGCONT)

    def discard(self) -> None:
        """Stop it and remove its folder."""
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.folder / "log.txt"

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.discard()
            raise

    def __exit__(self, *_: object) -> None:
        self.discard()

    def _answers(self) -> bool:
        if not self.is_running:
            raise AssertionError(f"{self.name} ended at its start:\n{self._last_words()}")
        with contextlib.suppress(OSError):
            return self.is_ready()
        return False

    def _await(self, condition: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"{self.name} was not ready in {seconds:.0f} s:\n{self._last_words()}"
                )
            time.sleep(POLL_S)

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)


def group(user: str | None) -> str | None:
    """Return the group of a child that runs as another user."""
    return None if user is None else "nogroup"


def extra_groups(user: str | None) -> list[str] | None:
    """Return the other groups of a child that runs as another user: none of ours."""
    return None if user is None else []


def start_together(*servers: Server) -> None:
    """Start several engines at once and return when all of them answer."""
    for server in servers:
        server.launch()
    for server in servers:
        server.await_ready()


def is_listening(port: int) -> bool:
    """Say whether something accepts connections at a port of the loopback address."""
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
