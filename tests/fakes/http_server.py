"""The frame of every scripted HTTP server: a free port, a thread, and what breaks off as asked.

It runs in a thread, so that a product in another process can use it too. Who answers is a `Handler`
of the server's own; it finds the server it belongs to as `self.server.owner`.
"""

import socket
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Generic, Self, TypeVar

POLL_S = 0.02  # so often a server looks whether it is over

Told = TypeVar("Told")


class HttpServer:
    """A port of this machine on which a handler answers, from `with` to its end."""

    handler: type["Handler"]

    def __init__(self) -> None:
        """Take a port; nothing is answered before the server is entered."""
        self._stopped = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_S,), daemon=True
        )

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def pause(self, seconds: float) -> None:
        """Wait; the end of the test ends the wait."""
        if seconds:
            self._stopped.wait(seconds)

    def connected(self) -> None:
        """Somebody has opened a connection."""

    def broken_off(self) -> None:
        """Somebody hung up in the middle: that is what we are tested with."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Listing:
    """How a list is answered that anybody with a key may ask for, and who asked."""

    status: int = 200
    before_s: float = 0.0  # silence before the answer
    body: bytes = b'{"object": "list", "data": []}'
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # path, headers


class ProviderServer(HttpServer, Generic[Told]):
    """A provider: answers by its script, in order; when that is used up, by `default`.

    What it has is listed for nothing, beside what it does for money.
    """

    def __init__(self, default: Told) -> None:
        super().__init__()
        self.default = default
        self.listing = Listing()
        self._script: deque[Told] = deque()

    @property
    def openai_url(self) -> str:
        return f"{self.origin}/v1"

    def script(self, *answers: Told) -> None:
        self._script.extend(answers)

    def next_answer(self) -> Told:
        return self._script.popleft() if self._script else self.default


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], owner: HttpServer) -> None:
        super().__init__(address, owner.handler)
        self.owner: Any = owner  # each handler knows whose it is

    def handle_error(self, request: object, client_address: object) -> None:
        self.owner.broken_off()


class Handler(BaseHTTPRequestHandler):
    """Answers one connection, and says nothing of it."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.owner.connected()

    def do_GET(self) -> None:
        self.get()

    def do_POST(self) -> None:
        self.post()

    def do_other(self) -> None:
        self.serve()

    do_PUT = do_PATCH = do_DELETE = do_HEAD = do_other  # noqa: N815 - the library's own names

    def serve(self) -> None:
        """Answer whatever is asked."""
        self.send_error(501)

    def get(self) -> None:
        """Answer a GET."""
        self.serve()

    def post(self) -> None:
        """Answer a POST."""
        self.serve()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def small_headers(self) -> dict[str, str]:
        """Return the request's headers, their names in small letters."""
        return {name.lower(): value for name, value in self.headers.items()}

    def sent(self) -> bytes:
        """Return the request's body."""
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def answer(
        self,
        status: int,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        length: int | None = None,
    ) -> None:
        """Send an answer: JSON, unless the headers say otherwise; `length` promises more of it."""
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def chunk(self, data: bytes) -> None:
        """Send a piece of an answer whose length nobody knows; nothing: its end."""
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def cut(self) -> None:
        """Break the connection off, as a crash does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.close()


class ProviderHandler(Handler):
    """Answers what is listed."""

    def get(self) -> None:
        listing = self.server.owner.listing
        listing.asked.append((self.path, self.small_headers()))
        self.server.owner.pause(listing.before_s)
        self.answer(listing.status, listing.body)
