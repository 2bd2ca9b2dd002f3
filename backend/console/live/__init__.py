"""Calls as they happen: one log, told over a WebSocket and over server-sent events alike."""

from backend.console.live.feed import LiveFeed, LiveLimits
from backend.console.live.routes import router

__all__ = ["LiveFeed", "LiveLimits", "router"]
