"""Redis, Debian's own."""

import socket

from tests.engines.processes import Server, program


class RedisServer(Server):
    """A Redis that keeps nothing on disk: whoever relies on it must survive its loss."""

    name = "redis"
    ready_s = 20.0

    @property
    def url(self) -> str:
        """Return what REDIS_URL is set to."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """Run it in the foreground, without snapshots."""
        return [
            program("redis-server", "apt-get install redis-server"),
            *("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)),
            *("--save", "", "--appendonly", "no", "--daemonize", "no"),
        ]

    def is_ready(self) -> bool:
        """Expect a pong."""
        return self.ask("PING") == b"+PONG\r\n"

    def flush(self) -> None:
        """Forget everything, as an operator's slip would."""
        assert self.ask("FLUSHALL") == b"+OK\r\n"

    def ask(self, command: str) -> bytes:
        """Send one inline command and return what comes back first."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            line.sendall(f"{command}\r\n".encode())
            return line.recv(4096)
