"""The door of live conversation: `WS /v1/live`."""

from fastapi import APIRouter
from starlette.websockets import WebSocket

from mobile_api.calls.door import LiveDoor


def live_router(door: LiveDoor) -> APIRouter:
    """Return the route that an app or a page talks over; see `mobile_api/wire.py`."""
    router = APIRouter()

    @router.websocket("/v1/live")
    async def live(websocket: WebSocket) -> None:
        await door.serve(websocket)

    return router
