"""Sockets that cost little: a short whole message is read here, all else as the server does it.

A telephone call is fifty messages a second of some 350 bytes. The server's own way takes each
through a generic parser and stops and starts the reading of the connection around it (two system
calls); for a message that arrived whole, in one masked text frame, neither is needed. Whoever
serves the socket may also ask to see such a message first: what is taken there wakes no task.
"""

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import apply_mask  # type: ignore[attr-defined] # in C where it can be
from websockets.http11 import Request
from websockets.protocol import State

from backend.platform.sockets import FIRST_LOOK

QUICK_BYTES_MAX = 16 << 10  # a longer message goes the server's way
WAITING_MAX = 32  # short messages that nobody has taken yet; then the peer has to wait
WHOLE_TEXT = 0x81  # one frame that is a message of text, without extensions
MASK = 0x80


class QuickSocket(WebSocketsSansIOProtocol):
    """One socket. Between two frames the bytes are looked at here; inside a frame they are not."""

    def __init__(self, *given: Any, **named: Any) -> None:  # Any: the server's own words
        super().__init__(*given, **named)
        self._head = b""  # of a frame, as far as it came
        self._owed = 0  # bytes of a frame that the server's parser is reading
        self._is_plain = False  # everything goes the server's way
        self._takes: Callable[[str], bool] | None = None  # who sees each message first

    def handle_connect(self, event: Request) -> None:
        """Begin to serve, and say where to ask for the first look at messages."""
        super().handle_connect(event)
        if hasattr(self, "scope"):  # else it was refused
            extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
            extensions[FIRST_LOOK] = self._let_look

    def _let_look(self, takes: Callable[[str], bool]) -> None:
        self._takes = takes

    def data_received(self, data: bytes) -> None:
        """Take what arrived."""
        if self._is_plain or self.conn.state is not State.OPEN:
            # Bytes before our answer to the handshake: then nobody knows where a frame begins.
            self._is_plain = self._is_plain or self.handshake_initiated
            super().data_received(data)
            return
        if self._head:
            data, self._head = self._head + data, b""
        at = 0
        while at < len(data) and not self._is_plain:
            at = self._pass_on(data, at) if self._owed else self._read_frame(data, at)
        if at < len(data):
            super().data_received(data[at:])

    def _read_frame(self, data: bytes, at: int) -> int:
        """Take the frame that begins here; return where it ends, or where the data does."""
        begins, length = _measure(data, at)
        if not begins:
            self._head = data[at:]
            return len(data)
        ends = begins + length
        is_quick = data[at] == WHOLE_TEXT and length <= QUICK_BYTES_MAX and ends <= len(data)
        if not is_quick or self.conn.current_size is not None or not data[at + 1] & MASK:
            self._owed = ends - at
            return self._pass_on(data, at)
        try:
            text = apply_mask(data[begins:ends], data[begins - 4 : begins]).decode()
        except UnicodeDecodeError:
            self._owed = ends - at  # the server knows what to say to that
            return self._pass_on(data, at)
        self._deliver(text)
        return ends

    def _pass_on(self, data: bytes, at: int) -> int:
        """Give the server's parser its part of the data."""
        part = data[at : at + self._owed]
        self._owed -= len(part)
        super().data_received(part)
        # Whoever closes, or is told to, is the server's business to the end.
        self._is_plain = self.conn.state is not State.OPEN or self.transport.is_closing()
        return at + len(part)

    def _deliver(self, text: str) -> None:
        if self.close_sent:
            return
        # Never past a message that waits: they come in order.
        if self._takes is not None and self.queue.empty() and self._takes(text):
            return
        self.queue.put_nowait({"type": "websocket.receive", "text": text})
        if self.queue.qsize() >= WAITING_MAX and not self.read_paused:
            self.read_paused = True  # until all of them were taken
            self.transport.pause_reading()


def _measure(data: bytes, at: int) -> tuple[int, int]:
    """Return where a frame's payload begins and how long it is; nought when nobody knows yet."""
    if len(data) - at < 2:
        return 0, 0
    length = data[at + 1] & ~MASK
    begins = at + 2 + (4 if data[at + 1] & MASK else 0)
    if length >= 126:
        size = 2 if length == 126 else 8
        length = int.from_bytes(data[at + 2 : at + 2 + size])
        begins += size
    return (begins, length) if begins <= len(data) else (0, 0)
