"""Calls as they were: listed, shown turn by turn, and heard again by whoever may."""

from backend.conversation.calls.routes import Recordings, router

__all__ = ["Recordings", "router"]
