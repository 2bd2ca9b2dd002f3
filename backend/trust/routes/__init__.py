"""The doors of trust: sessions, tickets, people, tokens and the map of who serves what."""

from fastapi import APIRouter

from backend.platform.database.engine import Database
from backend.platform.settings import Settings
from backend.trust.guard import Guard
from backend.trust.identity import Identity
from backend.trust.routes import people, session, tokens, where
from backend.trust.routes.pins import router as pin_router

__all__ = ["pin_router", "router"]


def router(
    *, database: Database, identity: Identity, guard: Guard, settings: Settings
) -> APIRouter:
    """Return every route of the room; each names its own scope."""
    routes = APIRouter()
    routes.include_router(session.router(database=database, identity=identity, guard=guard))
    routes.include_router(people.router(database=database, identity=identity, guard=guard))
    routes.include_router(
        tokens.router(database=database, identity=identity, guard=guard, settings=settings)
    )
    routes.include_router(where.router(settings=settings))
    return routes
