"""An instance that answers what a test tells it, over a real socket."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from backend.platform.home import Home

TOKEN = "ringback_cli_scripted"


class ScriptedInstance:
    """Knows one answer a door, and remembers what it was asked."""

    def __init__(self, home: Path) -> None:
        self.home = Home(home)
        self.url = ""
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


@contextmanager
def scripted_instance(home: Path) -> Iterator[ScriptedInstance]:
    """Serve until the test is over; the home tells the command line where."""
    instance = ScriptedInstance(home)

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            token = self.headers.get("authorization", "")
            status, content = instance.take(self.command, self.path, token, body)
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 (the library's names)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        instance.url = f"http://127.0.0.1:{server.server_address[1]}"
        instance.home.announce(instance.url, os.getpid())
        instance.home.write_secret("cli.token", TOKEN)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield instance
        server.shutdown()
        thread.join()
