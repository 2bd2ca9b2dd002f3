"""Wakes those who wait: hints between rooms and processes, never the truth itself."""

from backend.platform.signals.port import Signals

__all__ = ["Signals"]
