"""The feed: what happened lately, on every channel, for the pages and apps that show it."""

from mobile_api.feed.routes import feed_router
from mobile_api.feed.service import Feed

__all__ = ["Feed", "feed_router"]
