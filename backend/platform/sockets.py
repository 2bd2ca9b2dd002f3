"""The few verbs that a live line needs of a WebSocket, and the server's WebSocket in that shape."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

# The server's extension by which whoever serves a socket sees its messages before they wait.
FIRST_LOOK = "ringback.first_look"
CLOSE_S_MAX = 2.0  # a peer that is gone answers no closing handshake
SEND_S_MAX = 10.0  # a peer that takes nothing for so long hears nothing either
REASON_BYTES_MAX = 123  # RFC 6455: a close frame holds no more


class SocketClosed(Exception):
    """The other end is gone."""


class Socket(Protocol):
    """What a live line is carried by, so that a line can be driven without a server."""

    async def receive(self) -> str | bytes:
        """Return the next message; raise SocketClosed when there is none."""
        ...

    def look_first(self, takes: Callable[[str], bool]) -> None:
        """Ask to see messages as they arrive, where the server can do that.

        `takes` must not wait. What it refuses, and whatever the server can't show, is received.
        """
        ...

    async def send(self, message: str | bytes) -> None:
        """Send one message; raise SocketClosed when nobody takes it."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Close; a second time does nothing."""
        ...


class ServerSocket:
    """A WebSocket of the server; implements `Socket`."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._is_closed = False

    async def receive(self) -> str | bytes:
        """Return the next message as it came: text or bytes."""
        if self._is_closed:
            raise SocketClosed
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            self._is_closed = True
            raise SocketClosed
        text = message.get("text")
        return text if isinstance(text, str) else bytes(message.get("bytes") or b"")

    def look_first(self, takes: Callable[[str], bool]) -> None:
        """Ask the server to show messages first; another server than ours doesn't."""
        let_look = self._socket.scope.get("extensions", {}).get(FIRST_LOOK)
        if let_look is not None:
            let_look(takes)

    async def send(self, message: str | bytes) -> None:
        """Send one message, unless the peer stopped reading."""
        if self._is_closed:
            raise SocketClosed
        try:
            async with asyncio.timeout(SEND_S_MAX):
                if isinstance(message, str):
                    await self._socket.send_text(message)
                else:
                    await self._socket.send_bytes(message)
        except (WebSocketDisconnect, RuntimeError, TimeoutError) as gone:
            self._is_closed = True
            raise SocketClosed from gone

    async def close(self, code: int, reason: str) -> None:
        """Say why and close."""
        if self._is_closed or self._socket.application_state is WebSocketState.DISCONNECTED:
            return
        self._is_closed = True
        try:
            async with asyncio.timeout(CLOSE_S_MAX):
                short = reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore")
                await self._socket.close(code, short)
        except (WebSocketDisconnect, RuntimeError, TimeoutError):
            return  # it closed itself in the same moment
