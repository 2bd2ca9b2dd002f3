"""Connections that nobody can hold for nothing: how many, how long a request may take to arrive.

The server itself waits for ever for the first request of a connection, for the rest of a slow one,
and for a peer that does not read: a single machine could so take every descriptor of the process.
"""

from asyncio import BaseTransport, TimerHandle, Transport
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from backend.platform.settings import LimitSettings

STALL_S_MAX = 30.0  # a peer that takes no byte of its answer for so long is gone


def bounded(limits: LimitSettings) -> type[H11Protocol]:
    """Return the server's protocol with these limits; it is made anew for each connection."""

    class Bounded(BoundedProtocol):
        """One connection of this instance."""

        bounds = limits

    return Bounded


class BoundedProtocol(H11Protocol):
    """One connection: closed when it waits for its peer longer than it should."""

    bounds = LimitSettings()
    _awaited: object = None  # what of a request is to come

    def __init__(self, *given: Any, **named: Any) -> None:  # Any: the server's own words
        super().__init__(*given, **named)
        self._deadline, self._stall = _Timer(), _Timer()

    # ── what the server calls ────────────────────────────────────────────────────────────────
    def connection_made(self, transport: BaseTransport) -> None:
        """Take a connection, or turn it away when there are too many."""
        super().connection_made(cast(Transport, transport))
        if len(self.connections) > self.bounds.connections_max:
            self.transport.abort()
            return
        self._await_request()

    def data_received(self, data: bytes) -> None:
        """Read on; a request that goes on arriving has its deadline."""
        super().data_received(data)
        self._await_request()

    def on_response_complete(self) -> None:
        """Answer; the next request's deadline begins."""
        super().on_response_complete()
        self._await_request()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand over: sockets have limits of their own."""
        super().handle_websocket_upgrade(event)
        self._let_go()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines."""
        self._let_go()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the peer to read, but only as long as it does."""
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        """Go on: the peer has read."""
        super().resume_writing()
        self._stall.stop()

    # ── deadlines ────────────────────────────────────────────────────────────────────────────
    def _await_request(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        state = self.conn.their_state
        awaited = state if state in (h11.IDLE, h11.SEND_BODY) else None
        if awaited is self._awaited:
            return  # a byte more is no new beginning
        self._awaited = awaited
        self._deadline.stop()
        if awaited is not None:
            is_head = awaited is h11.IDLE
            wait_s = self.bounds.head_seconds if is_head else self.bounds.request_seconds
            self._deadline.start(self.loop.call_later(wait_s, self.transport.abort))

    def _watch_reader(self) -> None:
        left = self.transport.get_write_buffer_size()

        def look() -> None:
            if self.transport.get_write_buffer_size() >= left:
                self.transport.abort()
            else:
                self._watch_reader()

        self._stall.start(self.loop.call_later(STALL_S_MAX, look))

    def _let_go(self) -> None:
        self._deadline.stop()
        self._stall.stop()


class _Timer:
    """At most one thing that is to happen later."""

    def __init__(self) -> None:
        self._handle: TimerHandle | None = None

    def start(self, handle: TimerHandle) -> None:
        self.stop()
        self._handle = handle

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None
