"""The map of who serves what, for apps that know one address only."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from backend.platform.settings import Settings


class Where(BaseModel):
    """The absolute address of each part."""

    backend: str
    mobile_api: str
    sync: str
    live: str  # the app's socket
    documents: str  # the shared documents' socket


def router(*, settings: Settings) -> APIRouter:
    """Return the one public route of the room: it names addresses and nothing else."""
    routes = APIRouter(tags=["where"])

    @routes.get("/v1/where")
    async def where(request: Request) -> Where:
        """Say where each part is reached."""
        own = origin_of(request, settings)
        mobile_api, sync = settings.urls.mobile_api or own, settings.urls.sync or own
        return Where(
            backend=settings.urls.backend or own,
            mobile_api=mobile_api,
            sync=sync,
            live=_socket(mobile_api) + "/v1/live",
            documents=_socket(sync) + "/sync",
        )

    return routes


def origin_of(request: Request, settings: Settings) -> str:
    """Return the origin that this instance is reached by: as set, else the request's own."""
    return settings.public_url or f"{request.url.scheme}://{request.url.netloc}"


def _socket(origin: str) -> str:
    return origin.replace("http", "ws", 1)
