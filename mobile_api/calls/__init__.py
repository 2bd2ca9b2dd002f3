"""Live conversation of app and page: one more carrier beside the telephone."""

from mobile_api.calls.captions import Introduction
from mobile_api.calls.door import LiveDoor
from mobile_api.calls.limits import Limits
from mobile_api.calls.line import AppLine
from mobile_api.calls.register import Register
from mobile_api.calls.routes import live_router

__all__ = [
    "AppLine",
    "Introduction",
    "Limits",
    "LiveDoor",
    "Register",
    "live_router",
]
