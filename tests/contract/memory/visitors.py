"""Somebody at the doors of memory, named by headers: no token is asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from backend.kernel.ids import OwnerId
from backend.kernel.people import Actor, ActorKind, Assurance, Role
from backend.platform.web import install_error_handlers


@asynccontextmanager
async def visiting(router: APIRouter, *, owner: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Ask as a program of `owner`'s; `x-owner`, `x-role` and `x-scopes` make it another's."""
    app = FastAPI()
    install_error_handlers(app)
    app.include_router(router)

    @app.middleware("http")
    async def recognise(request: Request, call_next: RequestResponseEndpoint) -> Response:
        whose = OwnerId(request.headers.get("x-owner", owner))
        role = Role(request.headers.get("x-role", "owner"))
        scopes = frozenset(request.headers.get("x-scopes", "memory operate").split())
        request.state.actor = Actor(whose, ActorKind.API, Assurance.HELD, role=role, scopes=scopes)
        return await call_next(request)

    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://ringback") as client:
        yield client
