"""An instance that answers what a test tells it, over a real socket."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backend.platform.home import Home
from tests.fakes.http_server import Handler, HttpServer

TOKEN = "ringback_cli_scripted"


class ScriptedInstance(HttpServer):
    """Knows one answer a door, and remembers what it was asked."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home, self.url = Home(home), self.origin
        self.asked: list[tuple[str, str, Any]] = []
        self._answers: dict[tuple[str, str], tuple[int, bytes]] = {}

    def answer(self, method: str, path: str, body: object, *, status: int = 200) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._answers[method, path] = (status, content)

    def take(self, method: str, path: str, token: str, body: Any) -> tuple[int, bytes]:
        self.asked.append((method, path, body))
        if token != f"Bearer {TOKEN}":
            error = {"code": "unauthorised", "message": "no", "cure": ""}
            return 401, json.dumps({"error": error}).encode()
        missing = {"error": {"code": "missing", "message": f"no {method} {path}", "cure": ""}}
        plain = path.partition("?")[0]
        return self._answers.get((method, plain), (404, json.dumps(missing).encode()))


class _Handler(Handler):
    def serve(self) -> None:
        sent = self.sent()
        body = json.loads(sent) if sent else None
        token = self.headers.get("authorization", "")
        self.answer(*self.server.owner.take(self.command, self.path, token, body))


ScriptedInstance.handler = _Handler


@contextmanager
def scripted_instance(home: Path) -> Iterator[ScriptedInstance]:
    """Serve until the test is over; the home tells the command line where."""
    with ScriptedInstance(home) as instance:
        instance.home.announce(instance.url, os.getpid())
        instance.home.write_secret("cli.token", TOKEN)
        yield instance
