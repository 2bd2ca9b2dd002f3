"""An S3 server on a socket that says yes to everything: it ignores every condition."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class CarelessS3:
    """What it was asked, and where it listens."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[tuple[str, dict[str, str]]] = []  # method, headers in lower case


@contextmanager
def careless_s3() -> Iterator[CarelessS3]:
    """Serve until the end of the block."""

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen.requests.append((self.command, headers))
            self.rfile.read(int(headers.get("content-length", 0)))
            self.send_response(204 if self.command == "DELETE" else 200)
            self.send_header("Content-Length", "0")
            self.send_header("ETag", '"0"')
            self.end_headers()

        do_PUT = do_DELETE = do_GET = do_HEAD = answer  # noqa: N815 - the server's own names

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    seen = CarelessS3(f"http://127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
