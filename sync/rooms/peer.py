"""One device's socket: what waits to be sent to it, and how it ends."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from backend.kernel.clock import Clock
from backend.kernel.errors import Invalid, RingbackError, TooLarge
from backend.kernel.people import Actor
from backend.platform.web import CloseCode

CLOSE_S = 2.0  # for the goodbye; a peer that does not read gets none
WAITING_BYTES_MAX = 32 << 20  # of more than one message; a single one may be as long as it is

Take = Callable[["Peer", bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Farewell:
    """Why a socket is closed, as its client is told."""

    code: int
    reason: str


class _Ended(Exception):
    """The socket is to be closed, or is closed already."""


class Peer:
    """A device in a room. Nobody waits for it: what it does not read in time closes it."""

    def __init__(
        self, socket: WebSocket, actor: Actor, *, clock: Clock, message_bytes_max: int,
        waiting_max: int,
    ) -> None:  # fmt: skip
        self.actor = actor
        self._socket, self._clock = socket, clock
        self._message_bytes_max, self._waiting_max = message_bytes_max, waiting_max
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._news = asyncio.Event()
        self._farewell: Farewell | None = None
        self._is_ended = asyncio.Event()
        self.told_at = clock.monotonic()

    def send(self, frame: bytes) -> None:
        """Queue a frame; never waits."""
        if self._farewell is not None:
            return
        is_full = len(self._waiting) >= self._waiting_max
        is_heavy = bool(self._waiting) and self._waiting_bytes + len(frame) > WAITING_BYTES_MAX
        if is_full or is_heavy:
            # It comes back and asks for what it lacks: that is less than what waits for it here.
            self.end(Farewell(CloseCode.TRY_LATER, "too slow"))
            return
        self._waiting.append(frame)
        self._waiting_bytes += len(frame)
        self.told_at = self._clock.monotonic()
        self._news.set()

    def end(self, farewell: Farewell) -> None:
        """Close the socket as soon as possible; the first reason counts."""
        if self._farewell is None:
            self._farewell = farewell
            self._is_ended.set()

    async def serve(self, take: Take) -> None:
        """Read and write until either side ends it."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch())
                group.create_task(self._write())
                await self._read(take)
        except* _Ended:
            pass
        except* RingbackError as refusals:
            self.end(farewell_of(_first(refusals)))
        except* (WebSocketDisconnect, ConnectionError):
            self.end(Farewell(CloseCode.GOING_AWAY, "lost"))
        if self._farewell is not None:
            await close(self._socket, self._farewell)

    async def _read(self, take: Take) -> NoReturn:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                raise _Ended
            frame = message.get("bytes")
            if frame is None:
                raise Invalid("Shared documents are spoken of in bytes, not in text.")
            if len(frame) > self._message_bytes_max:
                raise TooLarge("This message is longer than one may be.")
            await take(self, frame)

    async def _write(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                frame = self._waiting.popleft()
                self._waiting_bytes -= len(frame)
                await self._socket.send_bytes(frame)

    async def _watch(self) -> None:
        # Beside the writer, which may hang in a socket that nobody reads.
        await self._is_ended.wait()
        raise _Ended


def farewell_of(refusal: RingbackError) -> Farewell:
    """Return how a client of y-websocket understands an error.

    It gives up at codes from 4400 to 4499 and comes back after every other: so what would be
    refused again is 4000 and the status, and what may work later is not.
    """
    if refusal.retryable:
        return Farewell(CloseCode.TRY_LATER, refusal.code)
    if 400 <= refusal.status < 500:
        return Farewell(4000 + refusal.status, refusal.code)
    return Farewell(CloseCode.FAILED, refusal.code)


async def close(socket: WebSocket, farewell: Farewell) -> None:
    """Say goodbye, if the other side still listens."""
    if WebSocketState.DISCONNECTED in (socket.client_state, socket.application_state):
        return
    try:
        async with asyncio.timeout(CLOSE_S):
            await socket.close(farewell.code, farewell.reason)
    except (TimeoutError, RuntimeError, WebSocketDisconnect, ConnectionError):
        return  # it had gone already


def _first(refusals: BaseExceptionGroup[RingbackError]) -> RingbackError:
    first = refusals.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
