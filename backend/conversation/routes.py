"""The telephone's doors: signed webhooks, and the media socket that joins a carrier to us."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from backend.conversation.carriers import twiml
from backend.conversation.carriers.forms import FORM_BYTES_MAX, Form, read_form
from backend.conversation.carriers.signatures import HEADER, is_signed
from backend.conversation.carriers.sms import read_text
from backend.conversation.carriers.twilio import (
    NORMAL,
    POLICY,
    SocketClosed,
    TwilioLine,
    await_start,
)
from backend.conversation.conductor import Conductor
from backend.conversation.switchboard import Doors, Switchboard
from backend.conversation.texts import Texts
from backend.kernel.clock import Clock
from backend.kernel.errors import Forbidden, RingbackError, TooLarge
from backend.platform.keys import Keys
from backend.platform.settings import Settings
from backend.trust.guard import Guard

MEDIA_PATH = "/phone/media"
AFTER_PATH = "/phone/after"
SIMULATOR_PURPOSE = "phone simulator"
SEND_S_MAX = 10.0  # a peer that takes nothing for so long hears nothing either
CLOSE_S_MAX = 2.0
FAILED = 1011


@dataclass(frozen=True, slots=True)
class PhoneParts:
    """What the telephone's doors lead to."""

    switchboard: Switchboard
    texts: Texts
    conductor: Conductor
    guard: Guard
    settings: Settings
    keys: Keys
    clock: Clock


class SimulatorSecret(BaseModel):
    """With what a simulated call on this instance signs."""

    secret: str
    public_url: str  # the origin that must be signed; empty: the one that was asked


def router(parts: PhoneParts) -> APIRouter:
    """Return the doors; every one of them fails closed without the carrier's signature."""
    routes = APIRouter(tags=["phone"])
    gate = _Gate(parts)

    @routes.post("/phone/incoming")
    async def ring(request: Request) -> Response:
        form = await gate.form(request)
        return _twiml(await parts.switchboard.ring(form, gate.doors(request)))

    @routes.post(AFTER_PATH)
    async def after(request: Request) -> Response:
        return _twiml(await parts.switchboard.after(await gate.form(request)))

    @routes.post("/phone/status", status_code=204)
    async def report(request: Request) -> None:
        await parts.switchboard.report(await gate.form(request))

    @routes.post("/phone/recording", status_code=204)
    async def recording(request: Request) -> None:
        # We record calls ourselves, sealed: what the carrier says of its own recordings is heard
        # and needs nothing done.
        await gate.form(request)

    @routes.post("/sms/incoming")
    async def text(request: Request) -> Response:
        form = await gate.form(request)
        limit = parts.settings.limits.text_chars
        return _twiml(await parts.texts.answer(read_text(form, characters_max=limit)))

    @routes.websocket(MEDIA_PATH)
    async def media(websocket: WebSocket) -> None:
        if not gate.is_signed(websocket, ()):
            await websocket.close(POLICY)  # before it is accepted: the peer sees a plain 403
            return
        await websocket.accept()
        await _carry(parts, StarletteSocket(websocket))

    @routes.get("/v1/phone/simulator", dependencies=[Depends(parts.guard.require("operate"))])
    async def simulator() -> SimulatorSecret:
        return SimulatorSecret(
            secret=simulator_secret(parts.keys), public_url=parts.settings.public_url
        )

    return routes


def simulator_secret(keys: Keys) -> str:
    """Return what signs simulated calls: derived, so that no key of the carrier is needed."""
    return keys.derive(SIMULATOR_PURPOSE).hex()


class _Gate:
    """Lets only the carrier in, and the simulator that the operator holds the secret of."""

    def __init__(self, parts: PhoneParts) -> None:
        self._settings = parts.settings
        token = parts.settings.twilio.auth_token.get_secret_value()
        self._secrets = (token, simulator_secret(parts.keys))

    async def form(self, request: Request) -> Form:
        """Return a form that is signed; raise Forbidden for every other."""
        form = read_form(await _body(request), request.headers.get("content-type", ""))
        if not self.is_signed(request, form.fields):
            raise Forbidden("The signature of the carrier is missing or wrong.")
        return form

    def is_signed(self, connection: HTTPConnection, fields: Sequence[tuple[str, str]]) -> bool:
        """Say whether the carrier, or our simulator, signed this URL with these fields."""
        query = f"?{connection.url.query}" if connection.url.query else ""
        url = self._origin(connection) + connection.url.path + query
        return is_signed(url, fields, connection.headers.get(HEADER, ""), self._secrets)

    def doors(self, request: Request) -> Doors:
        """Return where the carrier reaches us: by the public name, else by the one it used."""
        origin = self._origin(request)
        return Doors(
            media_url=origin.replace("http", "ws", 1) + MEDIA_PATH, after_url=origin + AFTER_PATH
        )

    def _origin(self, connection: HTTPConnection) -> str:
        # Forwarded headers are never asked: anybody can send them.
        is_socket = connection.scope["type"] == "websocket"
        public = self._settings.public_url
        if public:
            origin = urlsplit(public)
            scheme = origin.scheme.replace("http", "ws", 1) if is_socket else origin.scheme
            return f"{scheme}://{origin.netloc}"
        return f"{connection.url.scheme}://{connection.url.netloc}"


async def _body(request: Request) -> bytes:
    """Read a body, but no more of it than a form may have."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES_MAX:
            raise TooLarge("The form is too large.")
    return bytes(body)


async def _carry(parts: PhoneParts, socket: "StarletteSocket") -> None:
    """Serve one media socket to its end; whatever goes wrong, it is closed."""
    code = FAILED
    try:
        start = await await_start(socket)
        party = await parts.switchboard.admit(start)
        line = TwilioLine(socket, start, clock=parts.clock)
        with parts.switchboard.carrying(start.call_sid, line):
            await parts.conductor.converse(line, party)
        code = NORMAL
    except SocketClosed:
        return
    except RingbackError:
        code = POLICY
    finally:
        await socket.close(code, "")


def _twiml(answer: str) -> Response:
    return Response(answer, media_type=twiml.MEDIA_TYPE)


class StarletteSocket:
    """The server's WebSocket with the few verbs of a media socket."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._is_closed = False

    async def receive(self) -> str:
        """Return the next text message."""
        if self._is_closed:
            raise SocketClosed
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            self._is_closed = True
            raise SocketClosed
        text = message.get("text")
        return text if isinstance(text, str) else ""  # bytes are none of Twilio's: a bad message

    async def send(self, text: str) -> None:
        """Send one message, unless the peer stopped reading."""
        if self._is_closed:
            raise SocketClosed
        try:
            async with asyncio.timeout(SEND_S_MAX):
                await self._socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError, TimeoutError) as gone:
            self._is_closed = True
            raise SocketClosed from gone

    async def close(self, code: int, reason: str) -> None:
        """Close; a second time does nothing."""
        if self._is_closed or self._socket.application_state is WebSocketState.DISCONNECTED:
            return
        self._is_closed = True
        try:
            async with asyncio.timeout(CLOSE_S_MAX):
                await self._socket.close(code, reason)
        except (WebSocketDisconnect, RuntimeError, TimeoutError):
            return  # it closed itself in the same moment
