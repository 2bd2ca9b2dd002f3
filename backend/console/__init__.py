"""The admin's eye: how the instance is, for people and for machines that watch."""

from backend.console.figures import Figures
from backend.console.integrity import Integrity
from backend.console.nightly import Nightly
from backend.console.routes import health_router, router

__all__ = ["Figures", "Integrity", "Nightly", "health_router", "router"]
