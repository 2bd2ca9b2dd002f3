"""An S3 server on a socket that says yes to everything: it ignores every condition."""

from tests.fakes.http_server import Handler, HttpServer


class CarelessS3(HttpServer):
    """Keeps what it was asked, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[tuple[str, dict[str, str]]] = []  # method, headers in lower case


class _Handler(Handler):
    def serve(self) -> None:
        self.server.owner.requests.append((self.command, self.small_headers()))
        self.sent()
        self.answer(204 if self.command == "DELETE" else 200, b"", {"etag": '"0"'})


CarelessS3.handler = _Handler
