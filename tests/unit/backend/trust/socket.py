"""Opens a WebSocket of an app without a server."""

import json
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI


async def open_socket(
    app: FastAPI,
    path: str,
    *,
    query: str = "",
    headers: Sequence[tuple[str, str]] = (),
    subprotocols: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Return what the app sent: an accept with its messages, or a close."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(dict(message))

    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (b"host", b"127.0.0.1:7464"),
            *((name.encode(), value.encode()) for name, value in headers),
        ],
        "client": ("203.0.113.7", 50000),
        "server": ("127.0.0.1", 7464),
        "subprotocols": list(subprotocols),
        "state": {},
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    return sent


def is_refused(sent: list[dict[str, Any]]) -> bool:
    return [message["type"] for message in sent] == ["websocket.close"]


def told(sent: list[dict[str, Any]]) -> dict[str, Any]:
    assert sent[0]["type"] == "websocket.accept", sent
    found: dict[str, Any] = json.loads(sent[1]["text"])
    return found
