"""The sync door as an ASGI application, alone or beside the others in one process."""

from typing import Protocol

from fastapi import APIRouter, FastAPI
from starlette.websockets import WebSocket

from backend.documents import Documents
from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError
from backend.platform.settings import Settings
from backend.platform.signals.port import Signals
from backend.platform.tasks import Supervisor
from backend.trust.guard import Guard, chosen_subprotocol
from backend.trust.identity import Identity
from sync.rooms.hall import Hall, HallLimits
from sync.rooms.peer import Peer, close, farewell_of

SCOPE = "documents"


class Parts(Protocol):
    """What this door needs of everything that compose builds."""

    @property
    def settings(self) -> Settings:
        """The settings."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock."""
        ...

    @property
    def supervisor(self) -> Supervisor:
        """Who owns the tasks beside the sockets."""
        ...

    @property
    def signals(self) -> Signals:
        """What wakes readers."""
        ...

    @property
    def guard(self) -> Guard:
        """Who stands at the door."""
        ...

    @property
    def identity(self) -> Identity:
        """Who is known."""
        ...

    @property
    def documents(self) -> Documents:
        """The shared documents."""
        ...


class SyncDoor:
    """Lets devices into the rooms of their owner's documents."""

    def __init__(self, *, guard: Guard, hall: Hall, clock: Clock, settings: Settings) -> None:
        self._guard, self._hall, self._clock = guard, hall, clock
        self._limits = settings.limits

    async def serve(self, socket: WebSocket) -> None:
        """Serve one socket from its handshake to its end."""
        name = str(socket.path_params["document"])
        try:
            actor = await self._guard.websocket_actor(socket, SCOPE)
        except RingbackError as refusal:
            # Accepted first: before the handshake there is no code that tells a client to give up.
            await socket.accept(subprotocol=chosen_subprotocol(socket))
            await close(socket, farewell_of(refusal))
            return
        await socket.accept(subprotocol=chosen_subprotocol(socket))
        peer = Peer(
            socket,
            actor,
            clock=self._clock,
            message_bytes_max=self._limits.sync_message_bytes,
            waiting_max=self._limits.sync_queue,
        )
        try:
            room = await self._hall.enter(peer, name)
        except RingbackError as refusal:
            await close(socket, farewell_of(refusal))
            return
        try:
            await peer.serve(room.take)
        finally:
            self._hall.leave(peer, room)


def routers(parts: Parts) -> list[APIRouter]:
    """Return the routes of this door, for a process that serves several."""
    hall = Hall(
        documents=parts.documents,
        credentials=parts.identity,
        signals=parts.signals,
        clock=parts.clock,
        supervisor=parts.supervisor,
        limits=HallLimits(sockets_max=parts.settings.limits.sockets_max),
    )
    door = SyncDoor(guard=parts.guard, hall=hall, clock=parts.clock, settings=parts.settings)
    router = APIRouter()
    router.add_websocket_route("/sync/{document:path}", door.serve)
    return [router]


def create_app(parts: Parts) -> FastAPI:
    """Return the door as an application of its own."""
    app = FastAPI(title="Ringback, sync", openapi_url=None, docs_url=None, redoc_url=None)
    for router in routers(parts):
        app.include_router(router)
    return app
