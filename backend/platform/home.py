"""The folder in which everything of one instance lies, readable by its owner only."""

import errno
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.kernel.errors import Conflict, Unavailable
from backend.platform.settings import default_home

__all__ = ["Home", "RunningInstance", "default_home", "write_private"]

FOLDER_MODE = 0o700
FILE_MODE = 0o600


@dataclass(frozen=True, slots=True)
class RunningInstance:
    """Where the running instance answers."""

    url: str
    pid: int


class Home:
    """One instance's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.database_file = self.path / "ringback.db"
        self.instance_file = self.path / "instance.json"
        self.lock_file = self.path / "lock"

    def make(self) -> None:
        """Make the folder if it is not there, and close it to everybody else."""
        try:
            self.path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            if self.path.stat().st_mode & 0o077:
                self.path.chmod(FOLDER_MODE)
        except OSError as failure:
            raise self._unusable(failure) from failure

    def folder(self, name: str) -> Path:
        """Return a folder inside the home, made when it was not there."""
        self.make()
        folder = self.path / name
        try:
            folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        except OSError as failure:
            raise self._unusable(failure) from failure
        return folder

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the home: two processes in one home would each believe they are the only writer."""
        self.make()
        try:
            descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        except OSError as failure:
            raise self._unusable(failure) from failure
        try:
            self._hold(descriptor)
            yield
        finally:
            os.close(descriptor)

    def secret(self, name: str, make: Callable[[], str] | None = None) -> str | None:
        """Return what a private file of the home holds; `make` gives its first content."""
        file = self.path / name
        content = _read(file)
        if content is not None or make is None:
            return content
        self.make()
        made = make()
        try:
            self._write(file, made, is_new=True)
        except FileExistsError:  # another process was first: both must use the same
            return _read(file)
        return made

    def write_secret(self, name: str, content: str) -> Path:
        """Keep a text in a private file of the home, in place of what it held."""
        self.make()
        file = self.path / name
        self._write(file, content)
        return file

    def announce(self, url: str, pid: int) -> None:
        """Tell the command line where the running instance answers."""
        self.make()
        self._write(self.instance_file, json.dumps({"url": url, "pid": pid}))

    def withdraw(self) -> None:
        """Take the announcement back."""
        self.instance_file.unlink(missing_ok=True)

    def running(self) -> RunningInstance | None:
        """Return where the instance answers, if it runs."""
        try:
            found = json.loads(self.instance_file.read_text(encoding="utf-8"))
            instance = RunningInstance(url=str(found["url"]), pid=int(found["pid"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        return instance if _is_alive(instance.pid) else None

    def _hold(self, descriptor: int) -> None:
        try:
            # The kernel lets go of it when the process dies, however it dies.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        except BlockingIOError:
            raise self._held() from None
        except OSError as failure:
            raise self._unusable(failure) from failure

    def _write(self, file: Path, content: str, *, is_new: bool = False) -> None:
        try:
            write_private(file, content, is_new=is_new)
        except FileExistsError:
            raise  # another process was first
        except OSError as failure:
            raise self._unusable(failure) from failure

    def _unusable(self, failure: OSError) -> Unavailable:
        cure = "set RINGBACK_HOME to a folder you may write in"
        if failure.errno in {errno.ENOSPC, errno.EDQUOT}:
            cure = "free some space on its disk, or set RINGBACK_HOME to a folder on another"
        return Unavailable(f"The home {self.path} can't be used: {failure.strerror}.", cure=cure)

    def _held(self) -> Conflict:
        holder = _read(self.lock_file) or "unknown"
        return Conflict(
            f"Another process (pid {holder}) uses the home {self.path}.",
            cure="stop it, or set RINGBACK_HOME to another folder; "
            "several processes share one instance only with DATABASE_URL on PostgreSQL",
        )


def write_private(file: Path, content: str, *, is_new: bool = False) -> None:
    """Write a file that only its owner reads: whole and durable, or not at all."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), FILE_MODE)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if is_new:
            os.link(draft, file)  # refuses, atomically, to replace
        else:
            draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Make a name in a folder as durable as the file behind it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
