"""Starts a peer beside us and calls it as we are called."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.instance import NotMeasured

HERE = Path(__file__).parent
READY_S_MAX = 60.0
STOP_S_MAX = 10.0
LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Running:
    """A peer that listens."""

    url: str
    pid: int


@contextmanager
def peer(
    name: str, python: Path, clips: Path, *, command: tuple[str, ...] = ()
) -> Iterator[Running]:
    """Run a bot of this folder until the end of the block; `command` goes before it."""
    port = _free_port()
    log = clips / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, str(python), str(HERE / f"{name}_bot.py"), str(port), str(clips)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, port, log)
        yield Running(f"ws://127.0.0.1:{port}/ws", process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_S_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(LOOK_S)
    told = " ".join(log.read_text(errors="replace").split())[-300:]
    raise NotMeasured(f"the peer did not start: {told}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
