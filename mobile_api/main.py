"""The phone app's door as an ASGI application, alone or beside the others in one process."""

from typing import Protocol

from fastapi import APIRouter, FastAPI

from backend.kernel.clock import Clock
from backend.platform.database.engine import Database
from backend.platform.events import EventLog
from backend.platform.settings import Settings
from backend.platform.signals.port import Signals
from backend.platform.tasks import Supervisor
from backend.trust.guard import Guard
from backend.trust.identity import Identity
from mobile_api.calls import Limits, LiveDoor, Register, live_router
from mobile_api.calls.door import Converser, Exchanges
from mobile_api.feed import Feed, feed_router
from mobile_api.pairing import Pairing, pairing_router


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
    def database(self) -> Database:
        """The one truth."""
        ...

    @property
    def events(self) -> EventLog:
        """The event log."""
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
    def sessions(self) -> Exchanges:
        """The exchanges."""
        ...

    @property
    def conductor(self) -> Converser:
        """Whoever holds the conversation."""
        ...


def routers(parts: Parts) -> list[APIRouter]:
    """Return the routes of this door, for a process that serves several."""
    door = LiveDoor(
        guard=parts.guard,
        identity=parts.identity,
        sessions=parts.sessions,
        conductor=parts.conductor,
        register=Register(
            credentials=parts.identity,
            clock=parts.clock,
            supervisor=parts.supervisor,
            limits=Limits.of(parts.settings.limits, grace_s=parts.settings.phone.grace_seconds),
        ),
        clock=parts.clock,
    )
    return [live_router(door), *request_routers(parts)]


def request_routers(parts: Parts) -> list[APIRouter]:
    """Return what is asked by request: the backend answers it too, at its own address.

    Its page has a session there and nowhere else, and its command line is sure to reach it.
    """
    settings = parts.settings
    pairing = Pairing(
        database=parts.database,
        identity=parts.identity,
        guard=parts.guard,
        devices_max=settings.limits.devices_max,
    )
    feed = Feed(
        database=parts.database, events=parts.events, signals=parts.signals, clock=parts.clock
    )
    public_url = settings.urls.mobile_api or settings.public_url
    return [
        pairing_router(pairing, guard=parts.guard, public_url=public_url),
        feed_router(feed, guard=parts.guard),
    ]


def create_app(parts: Parts) -> FastAPI:
    """Return the door as an application of its own."""
    app = FastAPI(title="Ringback, the app's door", openapi_url=None, docs_url=None, redoc_url=None)
    for router in routers(parts):
        app.include_router(router)
    return app
