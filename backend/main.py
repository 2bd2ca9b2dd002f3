"""The ASGI application: every room's routes behind one set of edges, and the other roles' doors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request

from backend import console
from backend.backup import routes as backup
from backend.compose import Parts
from backend.console import live, watch
from backend.conversation import calls
from backend.conversation.phone import outgoing_routes, setup_routes
from backend.conversation.phone import routes as phone
from backend.delivery import routes as delivery
from backend.documents import routes as documents
from backend.memory import routes as memory
from backend.memory.facts import routes as facts
from backend.memory.graph import routes as graph
from backend.memory.porting import routes as porting
from backend.memory.vectors import routes as meaning
from backend.platform.forgetting import left
from backend.platform.forgetting import routes as forgetting
from backend.platform.home import Home
from backend.platform.jobs import routes as jobs
from backend.platform.pages import Pages
from backend.platform.settings import Settings
from backend.platform.settings.sources import Loaded
from backend.platform.web import (
    AccessLog,
    BodyLimit,
    ErrorBoundary,
    SecurityHeaders,
    install_error_handlers,
)
from backend.trust import routes as trust
from backend.trust.claim import ClaimGate
from backend.trust.guard import Dependency

DOORS = {  # role → what gives its routes; only here are other roots loaded, by name
    "mobile_api": "mobile_api.main:routers",
    "sync": "sync.main:routers",
}
APP_REQUESTS = "mobile_api.main:request_routers"
WORKERS = "workers.main:work"


@asynccontextmanager
async def application(
    loaded: Loaded[Settings], *, home: Home, roles: frozenset[str], url: str
) -> AsyncIterator[FastAPI]:
    """Start an instance's parts, give the application that serves them, and end them after it."""
    async with Parts(loaded, home=home, roles=roles).running() as parts:
        app = create_app(parts)
        app.state.owner_code = parts.owner_code
        app.state.farewell = parts.say_farewell
        if "workers" in roles:
            await _named(WORKERS)(parts)
        yield app


def create_app(parts: Parts) -> FastAPI:
    """Return the application of the roles that these parts were built for."""
    app = FastAPI(
        title="Ringback",
        version=_version(),
        description="A companion you can call: one memory behind phone, SMS, app and web.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a path is there or not: no answer repeats the request's own host
    )
    install_error_handlers(app)
    app.include_router(_health(parts))
    if "backend" in parts.roles:
        for router in _backend(parts, app):
            app.include_router(router)
        if "mobile_api" not in parts.roles:  # what its page and its command line ask of the app
            for router in _named(APP_REQUESTS)(parts):
                app.include_router(router)
    for role, factory in DOORS.items():
        if role in parts.roles:
            for router in _named(factory)(parts):
                app.include_router(router)
    if "backend" in parts.roles:
        app.include_router(_page(parts))  # last: it answers whatever nobody else does
    _add_edges(app, parts)
    return app


def _backend(parts: Parts, app: FastAPI) -> list[APIRouter]:
    """Return the rooms' routes; each names its scope, or stands behind the guard here."""
    guard, settings = parts.guard, parts.settings
    remembering = memory.routes(parts.memory, parts.clock, settings.limits)
    believing = facts.routes(
        parts.facts,
        database=parts.database,
        clock=parts.clock,
        recordings=parts.recorder,
        secrets=settings.memory.secrets,
    )
    moving = porting.routes(
        parts.porting, compute=parts.compute, bytes_max=settings.limits.import_bytes
    )
    return [
        trust.router(
            database=parts.database, identity=parts.identity, guard=guard, settings=settings
        ),
        trust.pin_router(pins=parts.pins, identity=parts.identity, guard=guard),
        phone.router(parts.phone),
        calls.router(database=parts.database, guard=guard, recordings=parts.recorder),
        delivery.router(parts.delivery_doors),
        outgoing_routes.router(parts.outgoing_doors),
        setup_routes.router(parts.setup_doors),
        _behind(guard.require("memory"), remembering),
        _behind(guard.require("memory"), believing),
        _behind(guard.require("memory"), moving),
        _behind(guard.require("memory"), graph.routes(parts.memory)),
        meaning.routes(parts.meaning, parts.spaces, guard=guard),
        documents.router(parts.documents, guard=guard),
        forgetting.router(parts.forgetting, parts.reporting, database=parts.database, guard=guard),
        left.left_router(parts.forgetting, database=parts.database, guard=guard),
        jobs.router(parts.jobs, parts.clocks, guard=guard),
        backup.router(parts.backups, guard=guard),
        watch.router(uptimes=parts.uptimes, guard=guard),
        live.router(feed=parts.live, guard=guard, metrics=parts.metrics),
        console.router(
            health=parts.health,
            guard=guard,
            projections=parts.integrity,
            settings=settings,
        ),
        _description(parts, app),
    ]


def _behind(guarded: Dependency, router: APIRouter) -> APIRouter:
    outer = APIRouter(dependencies=[Depends(guarded)])
    outer.include_router(router)
    return outer


def _health(parts: Parts) -> APIRouter:
    return console.health_router(
        health=parts.monitor, metrics=parts.metrics, guard=parts.guard, settings=parts.settings
    )


def _description(parts: Parts, app: FastAPI) -> APIRouter:
    """Return the OpenAPI description: everybody's at home, the operator's on a public address."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def describe(request: Request) -> dict[str, Any]:  # Any: OpenAPI's own shape
        if not parts.settings.is_bound_to_loopback:
            await parts.guard.require("operate")(request)
        return app.openapi()

    return router


def _page(parts: Parts) -> APIRouter:
    urls = parts.settings.urls
    pages = Pages(parts.settings.web.folder, origins=(urls.mobile_api, urls.sync))
    pages.load()
    return pages.router()


def _add_edges(app: FastAPI, parts: Parts) -> None:
    """Put the edges around the routes; what is added last meets a request first."""
    limits, urls = parts.settings.limits, parts.settings.urls
    if "backend" in parts.roles:
        app.add_middleware(ClaimGate, settings=parts.settings, identity=parts.identity)
    app.add_middleware(
        BodyLimit,
        bytes_max=limits.body_bytes,
        exceptions={
            "/v1/memory/ingest": limits.ingest_bytes,
            "/v1/import": limits.import_bytes,
        },
    )
    app.add_middleware(SecurityHeaders, origins=(urls.mobile_api, urls.sync))
    app.add_middleware(ErrorBoundary)
    app.add_middleware(AccessLog, clock=parts.clock, metrics=parts.metrics)


def _named(path: str) -> Any:  # Any: a function of another root, which backend may not import
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _version() -> str:
    try:
        return version("ringback")
    except PackageNotFoundError:
        return "0.0.0"
