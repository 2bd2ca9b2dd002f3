"""The two doors of the live feed: `GET /v1/events` (server-sent events) and `WS /v1/events`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing, suppress
from typing import Annotated, NoReturn

from fastapi import APIRouter, Depends, Header, Query
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from backend.console.live.feed import LiveFeed
from backend.console.live.told import Told
from backend.kernel.errors import Busy, Conflict, Invalid, RingbackError
from backend.kernel.people import Actor
from backend.platform.telemetry.metrics import Metrics
from backend.platform.web import Caller, CloseCode, close_code
from backend.trust.guard import Guard, chosen_subprotocol

SCOPE = "feed"
PATH = "/v1/events"
CURSOR_MAX = 2**63 - 1
CLOSE_S = 2.0  # for the goodbye; a reader that takes nothing gets none
RETRY_MS = 1_000

Events = AsyncGenerator[Told | None, None]


class _Gone(Exception):
    """The reader has left."""


def router(*, feed: LiveFeed, guard: Guard, metrics: Metrics) -> APIRouter:
    """Return both doors: each tells only what belongs to the memory of who asks."""
    routes = APIRouter(tags=["events"])

    @routes.get(
        PATH,
        dependencies=[Depends(guard.require(SCOPE))],
        response_class=Response,
        responses={200: {"content": {EventStream.media_type: {}}}},
    )
    async def events(
        actor: Caller,
        after: Annotated[int | None, Query(ge=0, le=CURSOR_MAX)] = None,
        last_event_id: Annotated[str, Header(max_length=32)] = "",
    ) -> Response:
        """Follow what happens; `Last-Event-ID` or `after` goes on behind an event."""
        cursor = await feed.begin(actor, _cursor(last_event_id) if last_event_id else after)
        seats = ExitStack()
        seats.enter_context(feed.seat(actor))
        seats.enter_context(metrics.sockets.labels("sse").track_inprogress())
        return EventStream(feed.follow(actor, cursor), seats=seats, send_s=feed.limits.send_s)

    async def follow(socket: WebSocket) -> None:
        try:
            actor = await guard.websocket_actor(socket, SCOPE)
            shown = socket.query_params.get("cursor", "")
            cursor = await feed.begin(actor, _cursor(shown) if shown else None)
            with feed.seat(actor):
                await socket.accept(subprotocol=chosen_subprotocol(socket))
                await _Reader(socket, actor, feed=feed).serve(cursor)
        except RingbackError as refusal:
            # Accepted first: before the handshake there is no code that a page could read.
            await socket.accept(subprotocol=chosen_subprotocol(socket))
            await socket.close(_told_by(refusal), refusal.code)

    routes.add_websocket_route(PATH, follow)
    return routes


class EventStream(Response):
    """An answer that goes on as server-sent events until either side ends it.

    Ours rather than Starlette's: a reader that stops reading must not hold its place for ever.
    """

    media_type = "text/event-stream"

    def __init__(self, events: Events, *, seats: ExitStack, send_s: float) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events, self._seats, self._send_s = events, seats, send_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events as they come."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        with self._seats, suppress(TimeoutError):
            async with aclosing(self._events) as events:
                await send(start)
                try:
                    async with asyncio.TaskGroup() as group:
                        group.create_task(_until_gone(receive))
                        await self._tell(events, send)
                except* (_Gone, RingbackError):
                    pass
            async with asyncio.timeout(CLOSE_S):
                await send({"type": "http.response.body", "body": b""})

    async def _tell(self, events: Events, send: Send) -> NoReturn:
        await self._give(send, f"retry: {RETRY_MS}\n\n")
        async for event in events:
            await self._give(send, ": still here\n\n" if event is None else message(event))
        raise _Gone  # we stop

    async def _give(self, send: Send, text: str) -> None:
        try:
            async with asyncio.timeout(self._send_s):
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        except TimeoutError:
            raise _Gone from None  # it comes back with the last id that it saw


class _Reader:
    """One socket of the feed; it sends nothing, and what it says is not listened to."""

    def __init__(self, socket: WebSocket, actor: Actor, *, feed: LiveFeed) -> None:
        self._socket, self._actor, self._feed = socket, actor, feed
        self._cursor = 0

    async def serve(self, cursor: int) -> None:
        """Tell events until either side ends it; the close names the cursor to go on behind."""
        self._cursor = cursor
        code = CloseCode.GOING_AWAY
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen())
                await self._tell()
        except* (_Gone, WebSocketDisconnect, ConnectionError):
            pass
        except* RingbackError as refusals:
            code = _code(refusals)
        await self._close(code)

    async def _listen(self) -> NoReturn:
        while True:
            if (await self._socket.receive())["type"] == "websocket.disconnect":
                raise _Gone

    async def _tell(self) -> NoReturn:
        async with aclosing(self._feed.follow(self._actor, self._cursor)) as events:
            async for event in events:
                if event is not None:  # a socket's signs of life are the protocol's own pings
                    await self._give(event)
        raise _Gone  # we stop

    async def _give(self, event: Told) -> None:
        try:
            async with asyncio.timeout(self._feed.limits.send_s):
                await self._socket.send_text(event.text)
        except TimeoutError:
            raise Busy("This reader is too slow.") from None
        self._cursor = event.cursor

    async def _close(self, code: CloseCode) -> None:
        states = (self._socket.client_state, self._socket.application_state)
        if WebSocketState.DISCONNECTED in states:
            return
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect, ConnectionError):
            async with asyncio.timeout(CLOSE_S):
                await self._socket.close(code, f"cursor={self._cursor}")


def message(event: Told) -> str:
    """Return an event as a server-sent one; its data is the very text that a socket gets."""
    return f"id: {event.cursor}\nevent: {event.kind}\ndata: {event.text}\n\n"


async def _until_gone(receive: Receive) -> NoReturn:
    while True:
        if (await receive())["type"] == "http.disconnect":
            raise _Gone


def _cursor(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > CURSOR_MAX:
        raise Invalid("That is no cursor of the log.", cure="leave it out to begin now")
    return int(text)


def _told_by(refusal: RingbackError) -> CloseCode:
    return CloseCode.POLICY if refusal.status == Conflict.status else close_code(refusal)


def _code(refusals: BaseExceptionGroup[RingbackError]) -> CloseCode:
    first = refusals.exceptions[0]
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return close_code(first)
