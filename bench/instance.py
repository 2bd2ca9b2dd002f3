"""An instance of the product as a process: started, timed until it is ready, stopped by its id."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

READY_S_MAX = 60.0
STOP_S_MAX = 20.0
LOOK_S = 0.01
# What would change an instance, or the `make` that starts it: a bench measures the defaults. All
# else stays, as it may say where packages come from.
FOREIGN = (
    *("RINGBACK_", "DATABASE_URL", "REDIS_URL", "NEO4J_", "CHROMA_URL", "TWILIO_", "OPENAI_"),
    *("ANTHROPIC_", "GROQ_", "ELEVENLABS_", "R2_", "OTEL_", "PORT", "MAKE", "MFLAGS", "ARGS"),
)
MODELS = "RINGBACK_MODELS__FOLDER"


class NotMeasured(Exception):
    """A figure could not be had; its text says why."""


class TooLong(NotMeasured):
    """It took longer than there was time."""


@dataclass
class Instance:
    """One running instance."""

    process: subprocess.Popen[bytes]
    home: Path
    began: float  # when its command was given, on the monotonic clock
    url: str = ""
    pid: int = 0
    ready_s: float = 0.0

    def get(self, path: str, **query: str) -> dict[str, object]:
        """Read a JSON answer as the command line does."""
        return self._answer("GET", path, params=query)

    def post(self, path: str, body: object) -> dict[str, object]:
        """Send JSON and read the answer."""
        return self._answer("POST", path, json=body)

    def _answer(self, method: str, path: str, **how: object) -> dict[str, object]:
        token = (self.home / "cli.token").read_text().strip()
        with httpx2.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=READY_S_MAX,
            trust_env=False,
        ) as client:
            answer = client.request(method, path, **how)  # type: ignore[arg-type]
        if answer.status_code >= 300:
            raise NotMeasured(f"{path} answered {answer.status_code}: {answer.text[:200]}")
        told: dict[str, object] = answer.json()
        return told


def environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what a process of the product sees."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name == MODELS or not name.startswith(FOREIGN)
    }
    return kept | {"RINGBACK_HOME": str(home)} | dict(extra or {})


@contextmanager
def running(
    command: Sequence[str],
    home: Path,
    *,
    cwd: Path,
    ready_s_max: float = READY_S_MAX,
    extra: Mapping[str, str] | None = None,
) -> Iterator[Instance]:
    """Start an instance, wait until it is ready, and stop it afterwards whatever happens.

    `extra` is what it sees besides the defaults.
    """
    home.mkdir(parents=True, exist_ok=True)
    log = home.parent / f"{home.name}.log"
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment(home, extra),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that all of it can be ended, and only it
        )
    instance = Instance(process, home, began)
    try:
        _wait_until_ready(instance, log, deadline=began + ready_s_max)
        yield instance
    finally:
        _stop(instance)


def _wait_until_ready(instance: Instance, log: Path, *, deadline: float) -> None:
    announced = instance.home / "instance.json"
    with httpx2.Client(timeout=READY_S_MAX, trust_env=False) as client:
        while time.monotonic() < deadline:
            if instance.process.poll() is not None:
                raise NotMeasured(f"it did not start: {_end_of(log)}")
            with suppress(OSError, ValueError, KeyError, httpx2.HTTPError):
                told = json.loads(announced.read_text())
                instance.url, instance.pid = told["url"], told["pid"]
                if client.get(f"{instance.url}/health/ready").status_code == 200:
                    instance.ready_s = time.monotonic() - instance.began
                    return
            time.sleep(LOOK_S)
    raise TooLong(f"not ready in time: {_end_of(log)}")


def _stop(instance: Instance) -> None:
    """Ask it to stop as Ctrl-C does; what does not go in time is ended with all that it started."""
    process = instance.process
    with suppress(ProcessLookupError):
        os.kill(instance.pid or process.pid, signal.SIGINT)
    try:
        process.wait(STOP_S_MAX)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _end_of(log: Path) -> str:
    return " ".join(log.read_text(errors="replace").split())[-300:]
