"""Opens live lines: knows who comes by their first message, then the conductor takes over."""

import asyncio
from typing import Protocol

from starlette.websockets import WebSocket

from backend.conversation.carriers.port import Line
from backend.conversation.phone.lasting import LastingLine
from backend.conversation.sessions import NewSession, Party
from backend.kernel.clock import Clock
from backend.kernel.errors import (
    Busy,
    Forbidden,
    Invalid,
    RingbackError,
    TooLarge,
    Unauthorised,
    Unavailable,
)
from backend.kernel.events import LineOpened
from backend.kernel.ids import PersonId
from backend.kernel.people import Actor, ActorKind, Person
from backend.platform.sockets import ServerSocket, Socket, SocketClosed
from backend.trust.guard import chosen_subprotocol, remote_of, socket_token
from mobile_api import wire
from mobile_api.calls.captions import Introduction
from mobile_api.calls.line import AppLine
from mobile_api.calls.register import Register
from mobile_api.wire import CloseCode

SCOPE = "voice"

CARRIERS = {ActorKind.SESSION: "web", ActorKind.CLI: "talk"}  # all others come by an app

CLOSE_CODES: tuple[tuple[type[RingbackError], CloseCode], ...] = (
    (Unauthorised, CloseCode.UNAUTHORISED),
    (Forbidden, CloseCode.FORBIDDEN),
    (TooLarge, CloseCode.TOO_LARGE),
    (Invalid, CloseCode.GARBAGE),
    (Busy, CloseCode.TRY_LATER),
    (Unavailable, CloseCode.TRY_LATER),
)


class UnknownWire(Invalid):
    """This wire is not spoken here."""

    code = "unknown_wire"


class Silent(Invalid):
    """The client did not say hello in time."""

    code = "silent"


class Doorkeeper(Protocol):
    """What is needed of trust's guard."""

    async def admit(self, token: str, scope: str, connection: WebSocket) -> Actor:
        """Return who holds a ticket or token."""
        ...


class People(Protocol):
    """What is needed of trust's identity."""

    async def person(self, person_id: PersonId) -> Person:
        """Return one person."""
        ...


class Exchanges(Protocol):
    """What is needed of the conversations' sessions."""

    async def start(self, wanted: NewSession) -> Party:
        """Open an exchange."""
        ...


class Converser(Protocol):
    """What is needed of the conductor."""

    async def converse(self, line: Line, party: Party) -> None:
        """Hold the whole conversation, from the greeting to its end."""
        ...


class LiveDoor:
    """The door `/v1/live`."""

    def __init__(
        self, *, guard: Doorkeeper, identity: People, sessions: Exchanges,
        conductor: Converser, register: Register, clock: Clock,
    ) -> None:  # fmt: skip
        self._guard, self._identity, self._sessions = guard, identity, sessions
        self._conductor, self._register, self._clock = conductor, register, clock
        self._limits = register.limits

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one socket to its end; whatever goes wrong, it is closed with the reason."""
        await websocket.accept(subprotocol=chosen_subprotocol(websocket))
        socket = ServerSocket(websocket)
        code = CloseCode.FAILED
        try:
            await self._serve(websocket, socket)
            code = CloseCode.GOODBYE
        except SocketClosed:
            return
        except RingbackError as refusal:
            code = _close_code(refusal)
            await _explain(socket, refusal)
        finally:
            await socket.close(code, code.name.lower())

    async def _serve(self, websocket: WebSocket, socket: Socket) -> None:
        hello, actor = await self._introduce(websocket, socket)
        with self._register.counting(actor.owner_id):
            await self._converse(socket, hello, actor)

    async def _introduce(self, websocket: WebSocket, socket: Socket) -> tuple[wire.Hello, Actor]:
        try:
            with self._register.waiting(remote_of(websocket)):
                async with asyncio.timeout(self._limits.hello_s):
                    hello = read_hello(await socket.receive())
                    token = hello.ticket or hello.token or socket_token(websocket)
                    if token is None:
                        raise Unauthorised("This socket needs a ticket or a token.")
                    return hello, await self._guard.admit(token, SCOPE, websocket)
        except TimeoutError:
            raise Silent from None

    async def _converse(self, socket: Socket, hello: wire.Hello, actor: Actor) -> None:
        person = await self._identity.person(actor.person_id) if actor.person_id else None
        carrier, is_spoken = CARRIERS.get(actor.kind, "app"), hello.mode == "voice"
        waiting = self._register.kept(hello.resume, actor) if hello.resume else None
        name = person.name if person else actor.name
        introduction = Introduction(carrier, name, is_spoken, is_resumed=waiting is not None)
        line = AppLine(socket, introduction, clock=self._clock, limits=self._limits)
        with self._register.watching(line, actor):
            if waiting is not None:
                await line.tell(LineOpened(hello.resume))
                await waiting.serve(line)
                return
            party = await self._sessions.start(NewSession(actor, carrier, person=person))
            lasting = LastingLine(line, grace_s=self._limits.grace_s, clock=self._clock)
            with self._register.keeping(party, lasting):
                await self._conductor.converse(lasting, party)


def read_hello(message: str | bytes) -> wire.Hello:
    """Understand a first message: its wire before everything else, which may be of another one."""
    if len(message) > wire.MESSAGE_BYTES_MAX:
        raise TooLarge("The first message is too long.")
    if isinstance(message, bytes):
        raise Invalid("The first message must be hello.")
    claimed = wire.wire_of(message)
    if claimed is not None and claimed != wire.WIRE:
        raise UnknownWire(
            f"Wire {wire.WIRE} is spoken here, not {claimed}.",
            cure="Update the app, or Ringback, so that both speak the same wire.",
        )
    hello = wire.read(message)
    if not isinstance(hello, wire.Hello):
        raise Invalid("The first message must be hello.")
    return hello


def _close_code(refusal: RingbackError) -> CloseCode:
    if isinstance(refusal, UnknownWire):
        return CloseCode.UNKNOWN_WIRE
    if isinstance(refusal, Silent):
        return CloseCode.SILENT
    codes = (code for kind, code in CLOSE_CODES if isinstance(refusal, kind))
    return next(codes, CloseCode.FAILED)


async def _explain(socket: Socket, refusal: RingbackError) -> None:
    error = wire.Error(code=refusal.code, message=refusal.message, cure=refusal.cure)
    try:
        await socket.send(error.model_dump_json())
    except SocketClosed:
        return
