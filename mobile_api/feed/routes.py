"""The door of the feed: `GET /v1/feed`, which can wait for news."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from backend.platform.web import Caller
from backend.trust.guard import Guard
from mobile_api.feed.service import Feed
from mobile_api.feed.types import FeedPage

WAIT_S_MAX = 25  # below the 30 s after which many proxies give up on a silent answer
ITEMS_MAX = 100


def feed_router(feed: Feed, *, guard: Guard) -> APIRouter:
    """Return the route `/v1/feed`."""
    router = APIRouter(tags=["feed"])

    @router.get("/v1/feed", dependencies=[Depends(guard.require("feed"))])
    async def read(
        caller: Caller,
        limit: Annotated[int, Query(ge=1, le=ITEMS_MAX)] = 20,
        after: Annotated[int | None, Query(ge=0)] = None,
        wait_s: Annotated[float, Query(ge=0, le=WAIT_S_MAX)] = 0,
    ) -> FeedPage:
        """Return what is newest; with `after` and `wait_s`, as soon as there is something new."""
        if after is not None and wait_s > 0:
            await feed.wait(caller.owner_id, after=after, wait_s=wait_s)
        return await feed.page(caller.owner_id, limit=limit)

    return router
