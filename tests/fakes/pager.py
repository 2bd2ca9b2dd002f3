"""Takes what a webhook posts, as an operator's pager would."""

import json
from typing import Any

from tests.fakes.http_server import Handler, HttpServer


class Pager(HttpServer):
    """Takes what is posted, and answers as the test wants."""

    def __init__(self, status: int = 204) -> None:
        super().__init__()
        self.status = status
        self.taken: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"{self.origin}/hook/secret"


class _Handler(Handler):
    def post(self) -> None:
        self.server.owner.taken.append(json.loads(self.sent()))
        self.answer(self.server.owner.status, b"")


Pager.handler = _Handler
